"""What theory predicts for a run that has not begun: of each target, and in one sentence."""

from collections.abc import Mapping, Sequence
from typing import Any

from lab.live.headline import headline
from lab.live.observation import TargetSetup
from lab.live.observing import RunContext, alone_s, prediction


def foreseen(
    run: Mapping[str, Any], setups: Sequence[TargetSetup], around: RunContext
) -> dict[str, Any]:
    """Return the answer of GET /lab/next (docs/state.md).

    `run` is as in the state; `around` has no begin. A target's keys are those of the state.
    """
    targets = [_target(asked, around) for asked in setups]
    before = {**run, "began_s": None, "state": "ready"}
    return {"sentence": headline(before, targets), "targets": targets}


def _target(asked: TargetSetup, around: RunContext) -> dict[str, Any]:
    predicted = prediction(asked, around, around.now_s)
    return {
        "name": asked.name,
        "active": asked.active,
        "users": None if asked.load.is_scheduled else asked.load.users,
        "predicted": {
            "throughput_rps": predicted.throughput_rps,
            "response_s": predicted.response_s,
        },
        "alone_s": alone_s(asked, around),
    }
