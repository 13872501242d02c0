"""The plots below the canvas; each is shown values and emits wishes. pyqtgraph is imported after the first paint."""
