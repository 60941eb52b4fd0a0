"""The settings of the mock upstream."""

import re

import pytest

from mock_upstream.settings import Settings, SettingsError


def test_an_empty_environment_gives_the_defaults() -> None:
    """Nothing has to be set."""
    assert Settings.from_env({}) == Settings("127.0.0.1", 8003, 4096, 1000.0, 30.0)


def test_every_setting_has_a_variable() -> None:
    """And each is read from its own."""
    environ = {
        "LISTEN_HOST": "0.0.0.0",
        "LISTEN_PORT": "9000",
        "LISTEN_BACKLOG": "128",
        "UPSTREAM_DELAY_MS": "250.5",
        "SHUTDOWN_S": "0",
        "LAB_HOSTS": "Room.example, other.example",
    }

    assert Settings.from_env(environ) == Settings(
        "0.0.0.0", 9000, 128, 250.5, 0.0, frozenset({"room.example", "other.example"})
    )


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("UPSTREAM_DELAY_MS", "abc", "a number from 0 to 60000"),
        ("UPSTREAM_DELAY_MS", "60001", "a number from 0 to 60000"),
        ("UPSTREAM_DELAY_MS", "-1", "a number from 0 to 60000"),
        ("UPSTREAM_DELAY_MS", "nan", "a number from 0 to 60000"),
        ("UPSTREAM_DELAY_MS", "", "a number from 0 to 60000"),
        ("SHUTDOWN_S", "soon", "a number from 0 to 3600"),
        ("LISTEN_PORT", "65536", "a whole number from 0 to 65535"),
        ("LISTEN_PORT", "80.5", "a whole number from 0 to 65535"),
        ("LISTEN_BACKLOG", "0", "a whole number from 1 to 65535"),
        ("LISTEN_HOST", "", "a host name or an address"),
    ],
)
def test_a_bad_value_is_named(name: str, text: str, expected: str) -> None:
    """The sentence has the variable, the value and what would do."""
    sentence = f"{name}={text!r}: expected {expected}"
    with pytest.raises(SettingsError, match=f"^{re.escape(sentence)}$"):
        Settings.from_env({name: text})
