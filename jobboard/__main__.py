"""`python -m jobboard` is the `jobboard` command."""

import sys

from jobboard.cli import main

sys.exit(main())
