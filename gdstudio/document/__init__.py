"""The document: a frozen Project, pure edits of it, its data, and the files that it comes from and goes to.

An edit is a function from one Project to the next that shares what it did not change. What can't be done raises a
:class:`~gdstudio.document.errors.ProjectError` whose text is one sentence for a person. Knows nothing of Qt.
"""
