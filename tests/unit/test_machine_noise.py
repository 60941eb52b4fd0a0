"""What a run notes of other programs and of the machine's own speed, before and after a series."""

import pytest

from lab.running import machine_facts, machine_noise


def test_a_probe_says_what_others_use_and_how_fast_it_computes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both keys of run.json; the share is unknown where there is no /proc."""
    monkeypatch.setattr(machine_facts, "busy", lambda: None)
    monkeypatch.setattr(machine_noise, "ROUNDS", 1000)

    found = machine_noise.probe()

    assert found.keys() == {"busy", "work_s"}
    assert found["busy"] is None
    assert found["work_s"] is not None
    assert found["work_s"] > 0


def test_a_neighbour_does_not_make_a_machine_slower(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most parts may be slowed for a moment; a machine is slower where all of them are."""
    most = machine_noise.PARTS - 1
    parts = iter([*[0.017] * most, 0.01, *[0.017] * (most + 1)])
    monkeypatch.setattr(machine_noise, "_part_s", lambda: next(parts))

    assert machine_noise.work_s() == pytest.approx(0.01)
    assert machine_noise.work_s() == pytest.approx(0.017)


def test_more_work_takes_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is really done, and it is the same amount each time."""
    took_s = {}
    for rounds in (1_000, 100_000):
        monkeypatch.setattr(machine_noise, "ROUNDS", rounds)
        took_s[rounds] = min(machine_noise.work_s() for _ in range(5))

    assert took_s[100_000] > 10 * took_s[1_000]


def test_the_largest_share_of_all_probes_counts() -> None:
    """Before or after; a series that goes on has no probe after it."""
    quiet, busy = {"busy": 0.02, "work_s": 0.05}, {"busy": 0.4, "work_s": 0.05}
    unknown = {"busy": None, "work_s": 0.05}

    def noise(before: object, after: object) -> dict[str, object]:
        return {"series": 1, "before": before, "after": after}

    assert machine_noise.largest_busy([noise(quiet, busy), noise(quiet, quiet)]) == 0.4
    assert machine_noise.largest_busy([noise(quiet, quiet), noise(busy, None)]) == 0.4
    assert machine_noise.largest_busy([noise(unknown, quiet)]) == 0.02
    assert machine_noise.largest_busy([noise(unknown, unknown)]) is None
    assert machine_noise.largest_busy([]) is None
