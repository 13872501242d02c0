"""The panels beside the canvas; each is shown a picture and emits wishes."""
