"""What to try after a run, in one sentence: the change whose effect is easiest to see."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lab.live.load import BURST, CLOSED, OPEN

Target = Mapping[str, Any]
Rule = Callable[[Mapping[str, Any], Sequence[Target]], str]


def try_next(run: Mapping[str, Any], targets: Sequence[Target]) -> str:
    """Return the sentence for a run that is over, without a full stop; "" for any other."""
    active = [each for each in targets if each["active"]]
    if run["state"] != "stopped" or not active:
        return ""
    found = (rule(run, active) for rule in _RULES)
    return next((f"Try next: {each}" for each in found if each), "")


def _more_slots(run: Mapping[str, Any], active: Sequence[Target]) -> str:
    full = [each for each in active if each["limit"]["kind"] == "slots"]
    if run["load"] != CLOSED or not full:
        return ""
    name, framework = full[0]["name"], full[0]["framework"]
    preset = "1 worker, 100 threads" if framework == "flask" else "100 pool tokens"
    return f"the server's dial gives {name} “{preset}”; what does theory say of that?"


def _less_processor(run: Mapping[str, Any], active: Sequence[Target]) -> str:
    full = [each["name"] for each in active if each["limit"]["kind"] == "processor"]
    return f"half the load: {full[0]} then waits less and answers as much" if full else ""


def _burst(run: Mapping[str, Any], active: Sequence[Target]) -> str:
    return "a burst of 100: how long does the last one wait?" if run["load"] == CLOSED else ""


def _arrivals(run: Mapping[str, Any], active: Sequence[Target]) -> str:
    known = [each["slots"] for each in active if each["slots"]]
    if run["load"] != BURST or not known:
        return ""
    return "arrivals, at twice the rate that the smallest target can answer: does its queue end?"


def _frozen(run: Mapping[str, Any], active: Sequence[Target]) -> str:
    return "freeze the upstream in the middle of a run" if run["load"] == OPEN else ""


def _slower(run: Mapping[str, Any], active: Sequence[Target]) -> str:
    return "the upstream's dial at 200 ms: which of the targets gains from it?"


_RULES: tuple[Rule, ...] = (_less_processor, _more_slots, _burst, _arrivals, _frozen, _slower)
