"""What a person sees of a step: all its numbers, their explanation, the choreography of its phases, what is to come.

Pure functions of projects. Knows nothing of Qt, time or who is watching.
"""
