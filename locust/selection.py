"""Choose the targets that get load, LAB_TARGETS by name, and whether they are calibrated."""

from collections.abc import Mapping

from lab import setting_values
from lab.targets import TARGETS, Target

CALIBRATE = "CALIBRATE"


class SelectionError(ValueError):
    """A variable has an unusable value; the text names variable, value and expectation."""


def chosen(environ: Mapping[str, str]) -> list[Target]:
    """Return the targets named in LAB_TARGETS; where it is empty or absent, those that always run.

    Raises SelectionError for a name that is no target's, and for a port that is missing or not
    a number from 1 to 65535.
    """
    text = environ.get("LAB_TARGETS", "")
    names = [name.strip() for name in text.split(",") if name.strip()]
    known = {target.name: target for target in TARGETS}
    for name in names:
        if name not in known:
            raise SelectionError(f"LAB_TARGETS={text!r}: expected names among {', '.join(known)}")
    targets = [known[name] for name in dict.fromkeys(names)]
    targets = targets or [target for target in TARGETS if not target.profile]
    for target in targets:
        _refuse_bad_port(environ, target.port_setting)
    return targets


def calibrates(environ: Mapping[str, str]) -> bool:
    """Return whether CALIBRATE is on, the default. Raises SelectionError for a bad value."""
    text = environ.get(CALIBRATE, "on")
    if expected := setting_values.problem(CALIBRATE, text):
        raise SelectionError(f"{CALIBRATE}={text!r}: {expected}")
    return text == "on"


def _refuse_bad_port(environ: Mapping[str, str], setting: str) -> None:
    text = environ.get(setting, "")
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 65535):
        raise SelectionError(f"{setting}={text!r}: expected a port from 1 to 65535")
