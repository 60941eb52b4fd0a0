"""The mock upstream without its statistics, to see what those cost."""

import os
import sys

import uvloop

from mock_upstream.ledger import Ledger, Tally
from mock_upstream.server import serve
from mock_upstream.settings import Settings

NOBODY = Tally()


class NoLedger(Ledger):
    """Takes every entry and writes none down."""

    def begin(self, caller: str) -> Tally:
        return NOBODY

    def serve(self, tally: Tally, *, held_ms: float, late_ms: float) -> None:
        pass

    def fail(self, tally: Tally) -> None:
        pass

    def cancel(self, tally: Tally) -> None:
        pass


if __name__ == "__main__":
    uvloop.run(serve(Settings.from_env(os.environ), NoLedger()))
    sys.exit(0)
