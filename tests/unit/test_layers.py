"""Which layers run: what LAB_LAYERS says, and what a machine lacks."""

from collections.abc import Callable

import layers
import pytest

Machine = Callable[..., None]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A function that says which layers a machine has."""

    def has(*names: str) -> None:
        monkeypatch.setattr(layers, "is_here", lambda layer: layer in names)

    return has


def test_what_a_machine_lacks_is_left_out_with_a_reason(machine: Machine) -> None:
    """Each reason says what to do; what takes minutes more is left out unless it is asked for."""
    machine("linux", "room", "loads", "handouts", "workshop")

    left_out = layers.reasons_to_leave_out("")

    assert list(left_out) == ["docker", "browser", "prometheus", "loads", "handouts", "workshop"]
    assert "apt-get install chromium" in left_out["browser"]
    assert "LAB_LAYERS=all" in left_out["workshop"]


def test_all_leaves_out_nothing(machine: Machine) -> None:
    """On a machine that has everything."""
    machine(*layers.LAYERS)

    assert layers.reasons_to_leave_out("all") == {}


@pytest.mark.parametrize("asked", ["all", "browser", "docker,browser"])
def test_a_layer_that_is_asked_for_and_missing_is_an_error(machine: Machine, asked: str) -> None:
    """Nobody believes that it ran."""
    machine(*(layer for layer in layers.LAYERS if layer != "browser"))

    with pytest.raises(pytest.UsageError, match=f"LAB_LAYERS={asked}: no browser layer: .*install"):
        layers.reasons_to_leave_out(asked)


def test_names_leave_out_the_others_whatever_the_machine_has(machine: Machine) -> None:
    """`none` leaves out all of them."""
    machine(*layers.LAYERS)

    assert set(layers.reasons_to_leave_out("docker,linux")) == {
        "room",
        "browser",
        "prometheus",
        "loads",
        "handouts",
        "workshop",
    }
    assert set(layers.reasons_to_leave_out("none")) == set(layers.LAYERS)


def test_a_name_that_is_none_is_refused(machine: Machine) -> None:
    """The sentence has the names that there are."""
    machine(*layers.LAYERS)

    with pytest.raises(pytest.UsageError, match="'doker': expected all, none, or some of linux, "):
        layers.reasons_to_leave_out("doker")
