"""Counting in a worker: its requests, and those that wait for a thread of it."""

import time
from collections.abc import Callable, Iterable
from threading import Thread
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.wsgi import ClosingIterator

from flask_svc import counts

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

EVERY_S = 0.1


def register(app: Flask) -> None:
    """Count the requests between their begin and the end of their answer, for a supervisor."""
    if counts.is_read():
        counts.own()  # taken now: the supervisor counts the rows to see that all workers are there
        app.wsgi_app = Counted(app.wsgi_app)  # type: ignore[method-assign]


class Counted:
    """WSGI middleware that counts the requests in service."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        counts.own().add(counts.SERVING, 1)
        try:
            answer = self._app(environ, start_response)
        except BaseException:
            _end()
            raise
        return ClosingIterator(answer, _end)


def _end() -> None:
    row = counts.own()
    row.add(counts.SERVING, -1)
    row.add(counts.ANSWERED, 1)


def watch_queue(length: Callable[[], int]) -> None:
    """Look at the queue of the worker's threads every EVERY_S, in a thread of its own."""
    row = counts.own()

    def look() -> None:
        while True:
            row.put(counts.WAITING, length())
            time.sleep(EVERY_S)

    if counts.is_read():
        Thread(target=look, daemon=True).start()
