"""The application: builds the objects, connects them, owns their lifetime; and the command line.

The only floor that knows both the session and the window.
"""
