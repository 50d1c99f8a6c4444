"""`python -m jobboard` is the `jobboard` command."""

import gc
import sys

gc.disable()  # what is imported stays: looking for cycles in it took a fifth of a start

from jobboard.cli import main  # noqa: E402 after the line above

gc.freeze()
gc.enable()
sys.exit(main())
