"""Ask each target's /healthz during a run, as an orchestrator does, and see how late the answer is.

The question goes to the port of the load, over a connection of its own, and waits where the load
waits. A target has at most one such question at a time.
"""

import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

import gevent

from lab.live.probing import EVERY_S, PATIENCE_S, TIMEOUT_S, Probed


class Probes:
    """What the probes of each target have shown in the current run, or in the last one.

    `urls` are the targets' own, by name.
    """

    def __init__(self, urls: Mapping[str, str]) -> None:
        self.urls = urls
        self.probed = {name: Probed() for name in urls}
        self._answered = dict.fromkeys(urls, 0)
        self._asking: list[gevent.Greenlet] = []

    def of(self, name: str) -> Probed:
        """Return the probes of a target."""
        return self.probed[name]

    def answered(self, name: str) -> int:
        """Return how many probes a target has answered in all runs."""
        return self._answered[name]

    def begin(self, is_loaded: Callable[[str], bool]) -> None:
        """Begin a run: ask the targets for which `is_loaded` holds, every EVERY_S seconds."""
        self.end()
        self.probed = {name: Probed() for name in self.urls}
        self._asking = [gevent.spawn(self._watch, name, is_loaded) for name in self.urls]

    def end(self) -> None:
        """End the probes; an open question counts no further."""
        gevent.killall(self._asking, block=False)
        self._asking = []

    def _watch(self, name: str, is_loaded: Callable[[str], bool]) -> None:
        probed = self.probed[name]
        while True:
            began_s = time.monotonic()
            if is_loaded(name):
                self._probe(name, probed)
            gevent.sleep(max(0.0, EVERY_S - (time.monotonic() - began_s)))

    def _probe(self, name: str, probed: Probed) -> None:
        began_s = time.monotonic()
        probed.asked += 1
        question = gevent.spawn(_status, self.urls[name])
        try:
            question.join(TIMEOUT_S)
            probed.judge(is_good=200 <= (question.value or 0) < 400)
            question.join(PATIENCE_S - TIMEOUT_S)
            probed.end(time.monotonic() - began_s)
            self._answered[name] += bool(question.value)
        finally:
            question.kill(block=False)


def _status(url: str) -> int:
    """Return the status of /healthz; 0 without an answer."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/healthz", headers={"Connection": "close"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()
