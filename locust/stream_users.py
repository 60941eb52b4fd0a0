"""A user that reads a stream to its end: the first line at once, the others later."""

import json
from collections.abc import Iterator
from time import perf_counter

import answers
import http_client
from lab_user import LabUser
from locust import task

from lab.user_kinds import STREAM_EVERY_MS, STREAM_LINES, STREAMS

ROW = f"/{STREAMS.route}"
PATH = f"{ROW}?n={STREAM_LINES}&every_ms={STREAM_EVERY_MS}"


class StreamUser(LabUser):
    """A user that counts as served from the first line to the last."""

    abstract = True

    @task
    def act(self) -> None:
        """Read one stream; a fault becomes a failure in its own row."""
        begin = perf_counter()
        self.record.start()
        try:
            head, lines = self.client.stream(PATH)
            fault = answers.fault(head, with_json=False)
            served_s = 0.0
            if fault is None:
                fault, served_s = self._read(lines, begin)
        finally:
            self.record.end()
        latency_ms = (perf_counter() - begin) * 1000
        self.record.answer(
            latency_ms=latency_ms,
            fault=fault,
            pid=answers.pid(head),
            upstream_s=served_s,
            app_s=0.0,
        )
        self.fire("GET", ROW, latency_ms, fault=fault)

    def _read(self, lines: Iterator[bytes], begin: float) -> tuple[str | None, float]:
        """Return what is wrong with the lines, and for how many seconds they came."""
        first = next(lines, None)
        first_at = perf_counter()
        if first is None:
            return "the stream ended before its first line", 0.0
        self.fire("GET", f"{ROW} first line", (first_at - begin) * 1000, length=len(first))
        self.record.hold(STREAMS.route)
        try:
            fault = _fault_of(first, lines)
        finally:
            self.record.release(STREAMS.route)
        return fault, perf_counter() - first_at


def _fault_of(first: bytes, others: Iterator[bytes]) -> str | None:
    number = 1
    line: bytes | None = first
    try:
        while line is not None:
            if not _is_line(line, number):
                return "a line is not the one that was due"
            line = next(others, None)
            number += 1
    except http_client.BrokenOffError as error:
        return str(error)
    return None if number > STREAM_LINES else "the stream ended before its last line"


def _is_line(line: bytes, number: int) -> bool:
    try:
        told = json.loads(line)
    except ValueError:
        return False
    if not isinstance(told, dict) or number > STREAM_LINES:
        return False
    return (told.get("line"), told.get("of")) == (number, STREAM_LINES)
