"""A testbed: the servers of an experiment, the upstream behind them, the driver before them.

    with open_testbed("local", os.environ) as testbed:
        testbed.start_upstream({"delay_ms": 500})
        testbed.start_fresh(experiment.shapes)
        url = testbed.url("flask-svc") + "/io"
        rows = testbed.drive({"do": "burst", "url": url, "requests": 16, ...}, timeout_s=60)

A testbed has its own processes on free ports, or its own containers. They get only the settings of
.env and of the shape, so a lab that is up, and the user's settings, are not affected. Nothing is
left behind, whatever ends the host: after SIGKILL a reaper process cleans up (reaper.py).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from lab.running.testbed.problems import DriverError, TestbedError
from lab.running.testbed.program import Platform
from lab.running.testbed.server_pool import Testbed
from lab.running.time_limits import PLENTY, TimeLimits

__all__ = ["DriverError", "Testbed", "TestbedError", "open_testbed"]


@contextmanager
def open_testbed(
    runtime: str, environ: Mapping[str, str], patience: TimeLimits = PLENTY
) -> Iterator[Testbed]:
    """Open a testbed on "docker" or "local" with nothing running on it; close it at the end.

    `environ` is used to find programs and the engine. Of the lab's settings in it only PYTHON_IMAGE
    has an effect. Docker images are built first, as `make up` does. `patience` limits the time to a
    server's first answer. Raises TestbedError for an unknown runtime.
    """
    testbed = Testbed(_platform(runtime, environ), patience)
    try:
        yield testbed
    finally:
        testbed.close()


def _platform(runtime: str, environ: Mapping[str, str]) -> Platform:
    if runtime == "local":
        from lab.running.testbed.local_platform import LocalPlatform

        return LocalPlatform(environ)
    if runtime == "docker":
        from lab.running.testbed.container_platform import ContainerPlatform

        return ContainerPlatform(environ)
    raise TestbedError(f"runtime {runtime!r}: expected docker or local")
