"""``gdstudio`` and ``python -m gdstudio``: the command line first, the window second."""

import os
import sys

# One BLAS thread: two beside a busy window only make steps late, and the bits would depend on the number of cores.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(_name, "1")


def main() -> int:
    """Run the command line; returns the exit status."""
    from gdstudio.app.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
