"""What a person sees of a step: all its numbers, their explanation, the choreography of its phases, what is to come.

An explanation is a :class:`~gdstudio.teaching.trace.Trace`: a number, how it was worked out, and on demand the numbers
that it was made of.

Pure functions of projects. Knows nothing of Qt, time or who is watching.
"""
