"""The mock upstream without its statistics, to measure their cost."""

import os
import sys

import uvloop

from mock_upstream.ledger import Ledger, Tally
from mock_upstream.server import serve
from mock_upstream.settings import Settings

# One shared tally for every caller, so that nothing is allocated per request.
NOBODY = Tally()


class NoLedger(Ledger):
    """A ledger that records nothing."""

    def begin(self, caller: str) -> Tally:
        return NOBODY

    def serve(self, tally: Tally, *, held_ms: float, late_ms: float) -> None:
        pass

    def fail(self, tally: Tally) -> None:
        pass

    def cancel(self, tally: Tally) -> None:
        pass

    def hang(self, tally: Tally, call: object, *, at_s: float) -> None:
        pass

    def give_up(self, tally: Tally, call: object) -> None:
        pass


if __name__ == "__main__":
    uvloop.run(serve(Settings.from_env(os.environ), NoLedger()))
    sys.exit(0)
