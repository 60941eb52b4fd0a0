"""The arithmetic of the ground truth."""

import pytest

from mock_upstream.ledger import Ledger, caller_name

NOTHING = {
    "in_flight": 0,
    "peak": 0,
    "served": 0,
    "held_ms": 0.0,
    "cancelled": 0,
    "errors": 0,
    "hung": 0,
    "late_ms": None,
}


def test_a_new_ledger_has_counted_nothing() -> None:
    """No caller is listed before it has called."""
    assert Ledger().as_dict() == {"all": NOTHING, "callers": {}}


def test_every_wait_ends_in_one_way() -> None:
    """Four begun: one served, one failed, one cancelled, and one still held."""
    ledger = Ledger()
    held = [ledger.begin("a") for _ in range(4)]
    ledger.serve(held[0], held_ms=201.5, late_ms=1.5)
    ledger.fail(held[1])
    ledger.cancel(held[2])

    assert ledger.as_dict()["callers"]["a"] == {
        "in_flight": 1,
        "peak": 4,
        "served": 1,
        "held_ms": 201.5,
        "cancelled": 1,
        "errors": 1,
        "hung": 0,
        "late_ms": {"p50": 1.5, "p99": 1.5, "max": 1.5},
    }


def test_the_peak_of_all_is_of_one_instant() -> None:
    """Two callers that never overlapped have held one request at most between them."""
    ledger = Ledger()
    ledger.serve(ledger.begin("a"), held_ms=21, late_ms=1)
    ledger.serve(ledger.begin("b"), held_ms=23, late_ms=3)

    assert ledger.as_dict()["all"] == NOTHING | {
        "peak": 1,
        "served": 2,
        "held_ms": 44.0,
        "late_ms": {"p50": 1, "p99": 3, "max": 3},
    }


def test_the_worst_lateness_is_taken_once() -> None:
    """Of all callers, since it was last asked for; nothing where nothing was served."""
    ledger = Ledger()
    for caller, late_ms in [("a", 0.5), ("b", 4.0), ("a", 1.0)]:
        ledger.serve(ledger.begin(caller), held_ms=20, late_ms=late_ms)
    ledger.fail(ledger.begin("a"))

    assert ledger.take_worst_late_ms() == 4.0
    assert ledger.take_worst_late_ms() is None
    ledger.serve(ledger.begin("a"), held_ms=20, late_ms=0.0)
    assert ledger.take_worst_late_ms() == 0.0


def test_only_what_was_served_counts_as_held() -> None:
    """Nobody got an answer for the time that a failed or a cancelled request was held."""
    ledger = Ledger()
    ledger.serve(ledger.begin("a"), held_ms=1000.25, late_ms=0.25)
    ledger.serve(ledger.begin("a"), held_ms=500, late_ms=0)
    ledger.fail(ledger.begin("a"))
    ledger.cancel(ledger.begin("a"))
    ledger.serve(ledger.begin("b"), held_ms=2, late_ms=0)

    found = ledger.as_dict()
    assert found["callers"]["a"]["held_ms"] == 1500.25
    assert found["all"]["held_ms"] == 1502.25


def test_a_call_that_hangs_is_held_until_its_client_leaves() -> None:
    """With the times at which the oldest and the newest began, whichever of them leaves first."""
    ledger = Ledger()
    begun = [(ledger.begin("a"), call) for call in ("first", "second", "third")]
    for at_s, (tally, call) in enumerate(begun, start=100):
        ledger.hang(tally, call, at_s=at_s)
    ledger.serve(ledger.begin("b"), held_ms=20, late_ms=0)

    assert ledger.hung() == {"a": {"calls": 3, "oldest_at": 100, "newest_at": 102}}
    ledger.give_up(*begun[2])
    assert ledger.hung() == {"a": {"calls": 2, "oldest_at": 100, "newest_at": 101}}
    ledger.give_up(*begun[0])
    assert ledger.hung() == {"a": {"calls": 1, "oldest_at": 101, "newest_at": 101}}
    ledger.reset()
    assert ledger.as_dict()["all"] == NOTHING | {"in_flight": 1, "peak": 1, "hung": 1}
    ledger.give_up(*begun[1])
    assert ledger.hung() == {}
    assert ledger.as_dict()["all"] == NOTHING | {"peak": 1, "cancelled": 1}


def test_the_faults_that_were_asked_for_are_taken_once() -> None:
    """Errors, resets and hung calls that were given up, but no client that left by itself."""
    ledger = Ledger()
    ledger.fail(ledger.begin("a"))
    ledger.fail(ledger.begin("a"))
    hanging = ledger.begin("b")
    ledger.hang(hanging, "call", at_s=100)
    ledger.cancel(ledger.begin("c"))
    ledger.serve(ledger.begin("d"), held_ms=20, late_ms=0)

    assert ledger.take_faults() == {"a": 2}
    ledger.give_up(hanging, "call")
    assert ledger.take_faults() == {"b": 1}
    assert ledger.take_faults() == {}


def test_a_reset_keeps_what_is_still_held() -> None:
    """The held request stays in flight, is the new peak, and ends in the new count."""
    ledger = Ledger()
    held = [ledger.begin("a") for _ in range(3)]
    ledger.serve(ledger.begin("gone"), held_ms=20, late_ms=1)
    ledger.serve(held[0], held_ms=20, late_ms=1)
    ledger.serve(held[1], held_ms=20, late_ms=1)
    ledger.reset()

    one_held = NOTHING | {"in_flight": 1, "peak": 1}
    assert ledger.as_dict() == {"all": one_held, "callers": {"a": one_held}}
    ledger.cancel(held[2])
    assert ledger.as_dict()["all"] == NOTHING | {"peak": 1, "cancelled": 1}


def test_the_sixty_fifth_caller_is_one_of_the_others() -> None:
    """Callers who make up names cannot fill the memory, and the nameless keep a line of theirs."""
    ledger = Ledger()
    for number in range(70):
        ledger.begin(f"caller-{number}")
    ledger.begin("unknown")
    ledger.begin("caller-3")

    in_flight = ledger.in_flight()
    assert len(in_flight) == 66
    assert in_flight["caller-3"] == 2
    assert in_flight["other"] == 6
    assert in_flight["unknown"] == 1


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b"flask-svc", "flask-svc"),
        (b"A.b_c-9", "A.b_c-9"),
        (b"x" * 64, "x" * 64),
        (b"x" * 65, "unknown"),
        (b"", "unknown"),
        (b"two words", "unknown"),
        (b"caf\xc3\xa9", "unknown"),
        (b"line\n", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_caller_has_a_plain_name_or_none(header: bytes | None, name: str) -> None:
    """Up to 64 letters, digits, dots, underscores and hyphens."""
    assert caller_name(header) == name
