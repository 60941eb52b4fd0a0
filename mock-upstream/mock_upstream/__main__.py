"""`python -m mock_upstream`: serve until SIGTERM or SIGINT.

Exit codes: 0 after a clean stop, 1 if the address cannot be bound, 2 for a bad setting.
"""

import os
import sys

import uvloop

from mock_upstream.server import ListenError, serve
from mock_upstream.settings import Settings, SettingsError


def main() -> int:
    """Run the server and return the exit code of the process."""
    try:
        uvloop.run(serve(Settings.from_env(os.environ)))
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except ListenError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
