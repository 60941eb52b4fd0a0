"""The workshop's command line: `python3 -m workshop COMMAND`. The Makefile lists its commands."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python is exactly what reads this line
    sys.exit("workshop: Python 3.11 or newer is needed; this is " + sys.version.split()[0])

from workshop.command import main

if __name__ == "__main__":
    sys.exit(main())
