"""Small widgets that several panels use; each knows only what it is shown."""
