"""`python -m grapevine.dgl script.py args...`; see `grapevine.dgl.run`."""

import sys

from .run import main

main(sys.argv[1:])
