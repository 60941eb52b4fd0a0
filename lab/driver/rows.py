"""Samples as columns: cheaper to collect, send and read than objects."""

from typing import Any

from lab.driver.connection import Connection
from lab.results.measurement import MEASURED
from lab.samples import Sample, server_timing_s

_DIGITS = 6


class Rows:
    """One row per request, in the order of `add`.

    Times are seconds from the `origin_s` given to `add`.
    """

    def __init__(self) -> None:
        self.phase: list[str] = []
        self.burst: list[int] = []
        self.due_s: list[float | None] = []
        self.start_s: list[float] = []
        self.sent_s: list[float | None] = []
        self.latency_s: list[float] = []
        self.status: list[int] = []
        self.error: list[str] = []
        self._headers: list[dict[bytes, bytes]] = []

    def __len__(self) -> int:
        return len(self.start_s)

    def add(
        self,
        ended: Connection,
        origin_s: float,
        *,
        phase: str = MEASURED,
        burst: int = 0,
        due_s: float | None = None,
    ) -> None:
        """Add the last ended request of this connection."""
        self.phase.append(phase)
        self.burst.append(burst)
        self.due_s.append(due_s)
        self.start_s.append(ended.start_s - origin_s)
        self.sent_s.append(None if ended.sent_s is None else ended.sent_s - origin_s)
        self.latency_s.append(ended.end_s - ended.start_s)
        self.status.append(ended.status)
        self.error.append(ended.error)
        self._headers.append(ended.headers)

    def columns(self) -> dict[str, list[Any]]:
        """Return all columns by name, with times rounded to the microsecond."""
        said = [_said(headers) for headers in self._headers]
        return {
            "phase": self.phase,
            "burst": self.burst,
            "due_s": _rounded(self.due_s),
            "start_s": _rounded(self.start_s),
            "sent_s": _rounded(self.sent_s),
            "latency_s": _rounded(self.latency_s),
            "status": self.status,
            "worker_pid": [pid for pid, _, _ in said],
            "upstream_s": _rounded([upstream_s for _, upstream_s, _ in said]),
            "app_s": _rounded([app_s for _, _, app_s in said]),
            "error": self.error,
        }

    def samples(self, target: str, route: str) -> list[Sample]:
        """Return the rows as samples of that target and route."""
        return [
            Sample(
                start_s=self.start_s[index],
                latency_s=self.latency_s[index],
                status=self.status[index],
                target=target,
                route=route,
                worker_pid=pid,
                upstream_s=upstream_s,
                app_s=app_s,
                error=self.error[index],
                sent_s=self.sent_s[index],
            )
            for index, (pid, upstream_s, app_s) in enumerate(map(_said, self._headers))
        ]


def _said(headers: dict[bytes, bytes]) -> tuple[int | None, float | None, float | None]:
    # Worker PID, time at the upstream and time in the app, as the service reports them.
    pid = headers.get(b"x-worker-pid", b"")
    timing_s = server_timing_s(headers.get(b"server-timing", b"").decode("latin-1"))
    return int(pid) if pid.isdigit() else None, timing_s.get("upstream"), timing_s.get("app")


def _rounded(times_s: list[Any]) -> list[float | None]:
    return [None if each is None else round(each, _DIGITS) for each in times_s]
