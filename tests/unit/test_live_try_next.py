"""What the page proposes after a run."""

from typing import Any

import pytest

from lab.live.try_next import try_next


def target(kind: str = "clear", **more: Any) -> dict[str, Any]:
    """A target of the state that some kind of limit stops."""
    found = {"name": "flask-svc", "framework": "flask", "active": True, "slots": 4}
    return found | {"limit": {"kind": kind}} | more


@pytest.mark.parametrize(
    ("load", "given", "words"),
    [
        ("closed", target("slots"), "flask-svc “1 worker, 100 threads”"),
        ("closed", target("slots", framework="fastapi"), "“100 pool tokens”"),
        ("closed", target("processor"), "half the load"),
        ("closed", target(), "a burst of 100"),
        ("burst", target(), "arrivals, at twice the rate"),
        ("burst", target(slots=None), "upstream's dial"),
        ("open", target(), "freeze the upstream"),
        ("steps", target(), "upstream's dial"),
    ],
)
def test_the_proposal_follows_from_the_run(load: str, given: dict[str, Any], words: str) -> None:
    """From its load, and from what limited its targets."""
    assert words in try_next({"state": "stopped", "load": load}, [given])


def test_nothing_is_proposed_during_a_run() -> None:
    """Nor without a target."""
    assert try_next({"state": "running", "load": "closed"}, [target()]) == ""
    assert try_next({"state": "stopped", "load": "closed"}, [target(active=False)]) == ""
