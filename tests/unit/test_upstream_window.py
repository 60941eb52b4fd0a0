"""Exact percentiles over the latest values."""

from random import Random

from mock_upstream.window import Window, percentiles_ms


def filled(values: list[float], size: int = 100_000) -> Window:
    window = Window(size)
    for value in values:
        window.add(value)
    return window


def test_no_values_have_no_percentiles() -> None:
    """There is nothing to say, which is not the same as 0."""
    assert percentiles_ms([Window()]) is None


def test_percentiles_are_values_that_occurred() -> None:
    """Nearest rank: of 1 to 100 the 50th and the 99th, whatever their order."""
    values = [float(value) for value in range(1, 101)]
    Random(1).shuffle(values)

    assert percentiles_ms([filled(values)]) == {"p50": 50, "p99": 99, "max": 100}


def test_a_full_window_lets_go_of_its_oldest_value() -> None:
    """A bad minute long ago does not stay in the percentiles for ever."""
    assert percentiles_ms([filled([900, 900, 1, 2, 3], size=3)]) == {"p50": 2, "p99": 3, "max": 3}


def test_windows_are_read_together_as_one() -> None:
    """The percentiles of all callers count every value once."""
    windows = [filled([1.0] * 98), filled([5.0, 7.0])]

    assert percentiles_ms(windows) == {"p50": 1, "p99": 5, "max": 7}


def test_values_are_kept_to_a_hundredth_of_a_millisecond() -> None:
    """Finer than any timer here."""
    assert percentiles_ms([filled([0.123])]) == {"p50": 0.12, "p99": 0.12, "max": 0.12}
