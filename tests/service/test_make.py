"""What make does with a signal: it reaches the lab, and no shell stands between."""

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.environment import ROOT

Eventually = Callable[..., None]
STAND_IN = """#!/bin/sh
trap 'echo told >> {told}; exit 130' TERM
echo began >> {told}
for each in $(seq 600); do sleep 0.05; done
"""


@pytest.mark.parametrize("target", ["run", "report", "demo", "headless", "up", "check", "rehearse"])
def test_sigterm_to_make_reaches_the_lab(
    target: str, tmp_path: Path, eventually: Eventually
) -> None:
    """As Ctrl-C does, which goes to both; what was measured is kept then."""
    told, stand_in = tmp_path / "told", tmp_path / "python"
    told.touch()
    stand_in.write_text(STAND_IN.format(told=told))
    stand_in.chmod(0o755)
    with subprocess.Popen(
        ["make", "--silent", target, f"PYTHON={stand_in}"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as make:
        eventually(lambda: told.read_text() == "began\n")
        make.send_signal(signal.SIGTERM)
        make.wait(20)

    eventually(lambda: told.read_text() == "began\ntold\n")
