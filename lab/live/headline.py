"""The result of a run in one sentence, as soon as it stands; before the run, what theory predicts.

    Same load, same 4 workers: fastapi-svc answers 20 a second, flask-svc 4; 16 wait in its
    accept queue

It is made from the state that the page shows (docs/state.md), so that the two cannot disagree.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lab.live.load import BURST, OPEN
from lab.live.stations import ACCEPT
from lab.rounded import count, counted, exact, listed, rate, seconds

Target = Mapping[str, Any]
ALIKE = 1.1
"""Ratio of two results below which one is not said to be more than the other."""


def headline(run: Mapping[str, Any], targets: Sequence[Target]) -> str:
    """Return the sentence, without a full stop; "" where there is nothing to say yet."""
    active = [each for each in targets if each["active"]]
    if not active:
        return ""
    if run["began_s"] is None:
        found = _results(run, active, "predicted")
        return f"Theory predicts: {found}" if found else ""
    if any(each["limit"]["is_doubt"] for each in active):
        return "In doubt: see the cards before you believe a number"
    found = _results(run, active, "measured")
    if not found:
        return _starting(active) if run["state"] in ("spawning", "running") else ""
    return f"{_basis(run, active)}: {found}{_who_waits(run, active, found)}"


def _results(run: Mapping[str, Any], active: Sequence[Target], of: str) -> str:
    """The results of all targets, the best first; "" until all of them are known."""
    key, written, greatest_first = _measure(run, of)
    found = [(each[of][key], each["name"]) for each in active]
    known = [(number, name) for number, name in found if number is not None]
    if len(known) < len(found):
        return ""
    known.sort(key=lambda pair: pair[0], reverse=greatest_first)
    (first, best), *others = known
    is_burst = run["load"] == BURST
    if len(known) > 1 and _are_alike([number for number, _ in known]):
        return f"{listed([name for _, name in known])} {_alike(written(first), is_burst)}"
    verb = "is done in" if is_burst else "answers"
    after = "" if is_burst else " a second"
    told = [f"{best} {verb} {written(first)}{after}"]
    return ", ".join([*told, *(f"{name} {_in(is_burst)}{written(each)}" for each, name in others)])


def _measure(run: Mapping[str, Any], of: str) -> tuple[str, Callable[[float], str], bool]:
    # Bursts that are all answered in time have equal throughput: their length is the result.
    if run["load"] == BURST:
        return ("response_s" if of == "predicted" else "p99_s"), seconds, False
    return "throughput_rps", _rate, True


def _are_alike(numbers: Sequence[float]) -> bool:
    return max(numbers) <= ALIKE * min(numbers)


def _alike(told: str, is_burst: bool) -> str:
    return f"are done alike, in {told}" if is_burst else f"answer alike, {told} a second each"


def _in(is_burst: bool) -> str:
    return "in " if is_burst else ""


def _basis(run: Mapping[str, Any], active: Sequence[Target]) -> str:
    """What all targets have in common: "Same load, same 4 workers"."""
    found = [_load(run, active)]
    workers = {each["workers"] for each in active}
    if len(active) > 1 and len(workers) == 1 and None not in workers:
        [number] = workers
        found.append("one worker each" if number == 1 else f"same {count(number)} workers")
    return ", ".join(found)


def _load(run: Mapping[str, Any], active: Sequence[Target]) -> str:
    options = run["options"]
    if run["load"] == BURST:
        return f"Bursts of {count(options['burst_size'])}"
    if run["load"] == OPEN:
        return f"{_rate(options['arrival_rate'])} arrivals a second"
    users = {each["users"] for each in active}
    if len(active) > 1:
        return "Same load" if len(users) == 1 else "Not the same load"
    return counted(users.pop() or 0, "user")


def _who_waits(run: Mapping[str, Any], active: Sequence[Target], results: str) -> str:
    """The longest queue of those that a full target has, and where it stands; else "".

    `results` is what the sentence has said before.
    """
    if run["state"] not in ("spawning", "running"):
        return ""
    full = [each for each in active if each["limit"]["kind"] == "slots"]
    longest = max(full, key=lambda each: each["measured"]["queue"] or 0, default=None)
    queue = longest and longest["measured"]["queue"]
    if not longest or not queue:
        return ""
    verb = "waits" if queue == 1 else "wait"
    return f"; {count(queue)} {verb} {_where(longest, queue, results)}"


def _where(target: Target, queue: int, results: str) -> str:
    accept = next((each["busy"] for each in target["stations"] if each["name"] == ACCEPT), None)
    name = target["name"]
    if accept is None or accept < queue / 2:
        return f"for {name}"
    is_the_last_named = results.rpartition(", ")[2].startswith(f"{name} ")
    return "in its accept queue" if is_the_last_named else f"in {name}'s accept queue"


def _starting(active: Sequence[Target]) -> str:
    known = (each["alone_s"] for each in active)
    first_s = min((each for each in known if each is not None), default=None)
    return "Starting" if first_s is None else f"Starting: first answers in {seconds(first_s)}"


def _rate(per_s: float) -> str:
    return exact(rate(per_s))
