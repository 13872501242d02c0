"""What a person sees of a step: all its numbers, the explanation of each slope, and the choreography of its phases.

Pure functions of projects. Knows nothing of Qt, time or who is watching.
"""
