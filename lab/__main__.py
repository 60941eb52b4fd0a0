"""The lab's command line: `python3 -m lab COMMAND`; the Makefile names them all.

It starts on Python alone. What needs the lab's packages runs in .venv, or in
the lab's container when the runtime is docker.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the older Python is the one that reads this
    sys.exit("lab: Python 3.11 or newer is needed; this is " + sys.version.split()[0])

from lab.command import main

if __name__ == "__main__":
    sys.exit(main())
