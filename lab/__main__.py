"""The lab's command line: `python3 -m lab COMMAND`. The Makefile lists every command.

This module starts on the standard library alone. Commands that need the lab's packages run in
.venv, or in the lab's container when the runtime is docker.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python is exactly what reads this line
    sys.exit("lab: Python 3.11 or newer is needed; this is " + sys.version.split()[0])

from lab.command import main

if __name__ == "__main__":
    sys.exit(main())
