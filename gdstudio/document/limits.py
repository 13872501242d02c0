"""How large a document may be: what the canvas can still show and a file may ask for.

The one place that states them; knows nothing of projects.
"""

MAX_LAYERS = 10
MAX_NODES = 64
"""In one layer."""
MAX_PARAMETERS = 4096
MAX_EXAMPLES = 100_000
MAX_NAME = 80
"""Characters in a title or a name."""
MAX_VALUES = 4_000_000
"""Inputs and targets of all examples: a hundred thousand examples of forty columns."""
MAX_NUMBERS = 8_000_000
"""Values in one file: the largest data, twelve kept runs, and what belongs to them."""
MAX_FILE_BYTES = 256 * 2**20
"""Of a studio file: that many values with all their digits."""
MAX_TABLE_BYTES = 64 * 2**20
MAX_COLUMNS = 256
"""Of a table, of which as many are chosen as a network takes."""
MAX_CLASSES = 20
"""Different words in a column of classes."""
MAX_SEED = 2**31 - 1
MAX_STEP = 2**53
"""The largest number of steps that a float can count."""
MAX_TURNS = 2_000_000
"""Parameters squared x examples of a batch, where parameters move one at a time: some tens of milliseconds a step."""
