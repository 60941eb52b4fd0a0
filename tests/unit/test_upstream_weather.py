"""The invented weather, and the city that a URL names."""

import pytest

from mock_upstream.problems import Problem
from mock_upstream.target import plain
from mock_upstream.weather import checked_city, temperature_c


def test_a_city_has_one_temperature_in_every_process() -> None:
    """A pinned value: Python's own hash would give another one each time."""
    assert temperature_c("Paris") == temperature_c("pARIS") == 12.6


def test_temperatures_are_plausible_and_differ() -> None:
    """A hundred cities have many temperatures, none of them outside -10 to 35."""
    temperatures_c = {temperature_c(f"city {number}") for number in range(100)}

    assert len(temperatures_c) > 50
    assert min(temperatures_c) >= -10
    assert max(temperatures_c) <= 35


@pytest.mark.parametrize("city", ["", "x" * 101])
def test_a_city_has_one_to_a_hundred_characters(city: str) -> None:
    """Characters, not bytes: a hundred of them in any script will do."""
    assert checked_city("京" * 100)
    with pytest.raises(Problem, match="expected a name of 1 to 100 characters"):
        checked_city(city)


@pytest.mark.parametrize("text", [b"%FF", b"%C3", b"%zz", b"100%", b"%E", b"\xff"])
def test_broken_percent_encoding_is_refused(text: bytes) -> None:
    """What decodes to no text is not guessed at."""
    with pytest.raises(Problem, match="expected percent-encoded UTF-8"):
        plain(text, "path")


def test_percent_encoding_hides_any_character() -> None:
    """A slash too: it is decoded after the path has been taken apart."""
    assert plain(b"S%C3%A3o%20Paulo%2F1", "path") == "São Paulo/1"
