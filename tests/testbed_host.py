"""Processes of a testbed, and a second host for tests that interrupt or kill one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from lab.environment import ROOT
from lab.experiments.experiment import Shape
from lab.running.testbed import ownership_label

HOST = """
import os, signal
from lab.experiments.experiment import Shape
from lab.running.testbed import open_testbed, ownership_label

# Under nohup SIGHUP is ignored, and children inherit that.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
with open_testbed({runtime!r}, os.environ) as testbed:
    testbed.start_upstream({{"delay_ms": 60_000}})
    print(ownership_label.own(), flush=True)
    testbed.start_fresh([{shape!r}])
    print("started", flush=True)
    url = testbed.url({shape.name!r}) + "/io"
    testbed.drive({{"do": "burst", "url": url, "requests": 5, "timeout_s": 300}}, 300)
"""


@contextmanager
def running_host(runtime: str, shape: Shape, folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Run another process that has a testbed and waits for a burst; its files are in `folder`.

    It prints its ownership label, then "started". It is killed at the end.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", HOST.format(runtime=runtime, shape=shape)],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def local_processes(label: str) -> dict[int, str]:
    """Return the living processes whose ownership label begins so: command lines by PID."""
    found = {}
    for process in psutil.process_iter():
        try:
            if process.environ().get(ownership_label.VARIABLE, "").startswith(label):
                found[process.pid] = " ".join(process.cmdline())
        except psutil.Error:
            continue
    return found


def reapers_of(pid: int) -> set[int]:
    """Return the PIDs of a host's reapers."""
    children = psutil.Process(pid).children()
    return {each.pid for each in children if "reaper.py" in " ".join(each.cmdline())}
