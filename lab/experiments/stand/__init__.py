"""A stand: the servers of an experiment, the upstream behind them, the driver before them.

    with open_stand("local", os.environ) as stand:
        stand.start_upstream({"delay_ms": 500})
        stand.start(experiment.shapes)
        url = stand.url("flask-svc") + "/io"
        rows = stand.drive({"do": "burst", "url": url, "requests": 16, ...}, timeout_s=60)

All of it is the stand's own, on free ports or in containers of its own, with the settings
of .env and those of the shape alone: a lab that is up meanwhile, and what somebody has set for
it, stay as they are. Nothing is left in the end, whatever ends the host: what its own hands
cannot clear away after SIGKILL, a keeper does (keeper.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from lab.experiments.experiment import Shape
from lab.experiments.patience import PLENTY, Patience
from lab.experiments.stand.problems import DriverProblem, StandProblem
from lab.results.measurement import Process

__all__ = ["DriverProblem", "Stand", "StandProblem", "open_stand"]


class Stand(Protocol):
    """What an experiment can do with its servers; one thread at a time.

    Every method raises StandProblem. A shape is named as in its experiment; "upstream" is the
    upstream itself.
    """

    @property
    def runtime(self) -> str:
        """ "docker" or "local"."""

    @property
    def upstream_url(self) -> str:
        """Where the driver reaches the upstream."""

    def start_upstream(self, behaviour: Mapping[str, Any]) -> None:
        """Have the upstream, its dial as at the start but for `behaviour`, its counts at zero."""

    def start(self, shapes: Sequence[Shape]) -> None:
        """Start a server for each shape, all at once, and end those of an earlier start.

        Returns when each has answered and all its workers wait for work.
        """

    def url(self, shape_name: str) -> str:
        """Where the driver reaches a server."""

    def server(self, shape_name: str) -> dict[str, Any]:
        """What the server says of itself at /server."""

    def processes(self, shape_name: str) -> list[Process]:
        """The server's processes now; the one that was started has 0 for its parent."""

    def is_alive(self, shape_name: str) -> bool:
        """Whether the server runs."""

    def said(self, shape_name: str) -> str:
        """What the server has written, or the end of it."""

    def ended(self) -> str:
        """A sentence on each server that ended by itself, with its last lines; "" if none did."""

    def behaviour(self, **fields: Any) -> dict[str, Any]:
        """Turn the upstream's dial; returns all of it."""

    def stats(self, shape_name: str) -> dict[str, Any]:
        """What the upstream has counted for the shape; {} where it has heard nothing of it."""

    def reset_stats(self) -> None:
        """Let the upstream count from here."""

    def restart(self, shape_name: str) -> None:
        """Kill a server and start it again; returns as `start` does."""

    def drive(self, command: Mapping[str, Any], timeout_s: float) -> dict[str, Any]:
        """The driver's answer to one command; DriverProblem where it has none."""

    def close(self) -> None:
        """Stop everything that was started, and leave nothing; again does nothing."""


@contextmanager
def open_stand(
    runtime: str, environ: Mapping[str, str], patience: Patience = PLENTY
) -> Iterator[Stand]:
    """A stand on "docker" or "local", closed in the end; nothing runs on it yet.

    `environ` is for finding programs and the engine; settings of the lab in it have no effect
    but PYTHON_IMAGE. For docker the images are built, as `make up` does. `patience` says how
    long a server may take to its first answer.
    """
    from lab.experiments.stand.standing import Standing

    stand = Standing(_ground(runtime, environ), patience)
    try:
        yield stand
    finally:
        stand.close()


def _ground(runtime: str, environ: Mapping[str, str]) -> Any:
    if runtime == "local":
        from lab.experiments.stand.local import LocalGround

        return LocalGround(environ)
    if runtime == "docker":
        from lab.experiments.stand.containers import ContainerGround

        return ContainerGround(environ)
    raise StandProblem(f"runtime {runtime!r}: expected docker or local")
