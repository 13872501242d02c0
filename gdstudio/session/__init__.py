"""The open document while it is worked on: project and undo, its history, the player, and what a person looks at.

QtCore and the undo stack alone: it draws nothing and knows no widget. Views hear of facts by signals in the past tense
and ask for changes through slots.

Three choices that the rest stands on. An undo entry holds project, history *and* the runs that are kept beside it: a
descent extends the history in place, an edit branches it and keeps what is cut off as a ghost, so undo after going on
from an earlier step brings the whole old run back. A step is taken first and played then (*Phase*, which shows a step
that is not yet taken, takes it in its update phase). In a run faster than frames, and while something is dragged, the
canvas is shown with every change and the other views by turns, a dear one in a tick without steps, since together they
would make every frame late.

What is not saved is written now and then to a place of its own (:mod:`~gdstudio.session.recovery`): every window holds
the lock of its place, and what lies in a place that nobody holds was left by a crash.

A race (:mod:`~gdstudio.session.race`) runs beside the document and changes nothing of it.

What takes longer than a frame (surfaces, curvature, the gradient check) is asked of
:mod:`~gdstudio.session.jobs` while it can be seen: one worker, frozen values in, the newest of a kind wins, and what
has become stale is dropped.
"""
