"""Table models: the studio's values as rows and columns for Qt's views and for screen readers."""
