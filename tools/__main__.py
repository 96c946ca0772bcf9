"""Entry point of ./run."""

import sys

from run.cli import main

sys.exit(main(sys.argv[1:]))
