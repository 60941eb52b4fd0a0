"""How long an experiment waits for servers that may never answer."""

from typing import Any

import pytest
from made_run import burst_cell

from lab.experiments.experiment import Cell
from lab.running import driver_command, warming
from lab.running.time_limits import LEAST_S, PLENTY, TimeLeft, TimeLimits


def burst(expected_s: float) -> Cell:
    return burst_cell(4, shape="a", slots=4, service_s=1.0, expected_s=expected_s)


def at(patience: TimeLimits, *, spent_s: float) -> TimeLeft:
    """What is left after some time."""
    times = iter([0.0])
    return TimeLeft(patience, lambda: next(times, spent_s))


def test_plenty_changes_nothing_for_an_experiment() -> None:
    """A wave that comes late is a number: three times what is expected, or half a minute."""
    assert (
        driver_command.timeout_s(burst(4.0))
        == driver_command.timeout_s(burst(4.0), TimeLeft(PLENTY))
        == 30
    )
    assert driver_command.timeout_s(burst(40.0), TimeLeft(PLENTY)) == pytest.approx(120)
    assert not TimeLeft(PLENTY).is_over


@pytest.mark.parametrize(
    ("spent_s", "timeout_s", "is_over"),
    [(0.0, 20.0, False), (45.0, 15.0, False), (59.9, LEAST_S, False), (60.0, LEAST_S, True)],
)
def test_a_request_has_as_much_as_is_left(spent_s: float, timeout_s: float, is_over: bool) -> None:
    """At most what one request may take, whatever theory expects of it."""
    left = at(TimeLimits(request_s=20.0, whole_s=60.0), spent_s=spent_s)

    command = driver_command.command(burst(400.0), "http://127.0.0.1:9", 1, left)
    assert command["timeout_s"] == pytest.approx(timeout_s)
    assert left.is_over is is_over
    assert driver_command.limit_s(burst(0.0), left) < 70


def test_first_requests_have_their_own_patience() -> None:
    """They are sent while the upstream answers soon."""
    asked: list[tuple[dict[str, Any], float]] = []

    class FakeTestbed:
        upstream_url = "http://127.0.0.1:9"

        def behaviour(self, **fields: Any) -> dict[str, Any]:
            return fields

        def url(self, name: str) -> str:
            return f"http://127.0.0.1:1/{name}"

        def drive(self, command: dict[str, Any], timeout_s: float) -> dict[str, Any]:
            asked.append((command, timeout_s))
            return {}

    class Experiment:
        behaviour = {"delay_ms": 1000.0}

    left = TimeLeft(TimeLimits(warm_up_s=4.0, whole_s=60.0))
    warming.warm(FakeTestbed(), Experiment(), [burst(4.0)], {}, left)  # type: ignore[arg-type]
    [(command, limit_s)] = asked
    assert (command["timeout_s"], limit_s) == (4.0, 32.0)
