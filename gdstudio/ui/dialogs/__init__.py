"""Dialogs of the window; each asks for a few values and knows nothing of what is done with them."""
