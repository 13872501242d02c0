"""Garbage in cycles, collected at moments of our own choosing.

Python looks for it whenever enough has been made: also in the middle of a call into Qt, which may hold the very lock
that the deletion of an object needs and then stands still, or on a worker's thread, where no widget may be deleted.
"""

import gc

from PySide6.QtCore import QObject, QTimer, Slot

EVERY = 1000
"""Milliseconds between two collections."""
WHOLE = 30
"""So many collections of what is young, for one of everything."""


class Housekeeper(QObject):
    """Collects garbage between two events of the event loop, on the window's thread, in the place of Python itself."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._turn = -1
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.tidy)
        self._timer.start()

    @Slot()
    def tidy(self) -> None:
        """Collect what is young, and now and then everything; at first only leave out what stands when all has begun.

        Walking through that would be most of each collection's time, and stays for ever anyway.
        """
        if self._turn < 0:
            gc.freeze()
        else:
            gc.collect(1 if self._turn else 2)
        self._turn = (self._turn + 1) % WHOLE
