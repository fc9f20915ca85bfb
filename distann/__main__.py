"""``python -m distann``: the command line."""

import sys

from distann.cli import main

sys.exit(main())
