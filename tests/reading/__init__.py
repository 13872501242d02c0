"""Tools for tests that read the window as a person does: its texts, and the arithmetic that stands in them.

Mirrors no module of the studio, and uses none of its ways of writing or of reading a number.
"""
