"""Run the servers of an experiment, in the same way on every platform."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from lab.experiments import experiment
from lab.experiments.experiment import Shape
from lab.results.measurement import Process
from lab.running.testbed.driver_client import DriverClient
from lab.running.testbed.problems import LAST_LINES, DriverError, TestbedError
from lab.running.testbed.program import (
    POSTGRES_PROGRAM,
    UPSTREAM_PROGRAM,
    Platform,
    TestbedProgram,
    programs,
)
from lab.running.time_limits import PLENTY, TimeLimits
from lab.targets import POSTGRES, UPSTREAM

NO_SETTINGS: Mapping[str, str] = MappingProxyType({})
WORKER_DEADLINE_S = 3.0  # per worker: each loads the application, and all share the cores
ASK_DEADLINE_S = 10.0
POLL_S = 0.02
ENDINGS_EVERY_S = 0.2
CRASHED_S = 3.0
"""Seconds from a traceback until an attendee's server counts as failed.

uvicorn restarts a worker that cannot import its application for ever, and reports no failure.
"""
TRACEBACK = "Traceback (most recent call last)"


class Testbed:
    """The operations of an experiment on its servers, on one platform; for one thread at a time.

    Every method raises TestbedError. A shape has the name given in its experiment; "upstream" names
    the upstream itself.
    """

    def __init__(self, platform: Platform, patience: TimeLimits = PLENTY) -> None:
        self._platform = platform
        self._start_s = patience.first_answer_s
        self._driver = DriverClient(platform.launch_driver, platform.end_driver)
        self._programs: dict[str, TestbedProgram] = {}
        self._has_upstream = False
        self._has_database = False

    @property
    def runtime(self) -> str:
        """ "docker" or "local"."""
        return self._platform.runtime

    @property
    def upstream_url(self) -> str:
        """The upstream's base URL, as seen by the driver."""
        return self._platform.url(UPSTREAM)

    def start_upstream(self, behaviour: Mapping[str, Any]) -> None:
        """Ensure a running upstream: default dial changed by `behaviour`, counts at zero."""
        if not self._has_upstream or self._platform.endings([UPSTREAM]):
            self._platform.stop([UPSTREAM])
            self._platform.start([UPSTREAM_PROGRAM])
            self._has_upstream = True
            self._driver.begin()
            self._first_answer(UPSTREAM_PROGRAM, time.monotonic() + PLENTY.first_answer_s)
        self._ask("DELETE", UPSTREAM, "/behaviour")
        self.behaviour(**behaviour)
        self.reset_stats()

    def start_database(self, settings: Mapping[str, str] = NO_SETTINGS) -> None:
        """Ensure a running database with the upstream's dial. Comes after the upstream.

        `settings` are its own that differ from .env. A server that is started later gets its
        address.
        """
        if not self._has_database or self._platform.endings([POSTGRES]):
            self._platform.stop([POSTGRES])
            program = replace(POSTGRES_PROGRAM, settings=settings, own=settings)
            self._platform.start([program])
            self._has_database = True
            self._first_answer(program, time.monotonic() + PLENTY.first_answer_s)
        self._ask("GET", POSTGRES, "/dial")

    def database(self) -> dict[str, Any]:
        """Return the database's own counts of its connections, by client (/activity)."""
        return self._ask("GET", POSTGRES, "/activity")

    def database_stats(self, shape_name: str) -> dict[str, Any]:
        """Return the database's counts for the shape; {} where it has no connection and no wait.

        `served`, `peak` and `held_ms` are those of the waits that have ended, in the form of the
        upstream's; `connections` are open now.
        """
        waits = self._ask("GET", POSTGRES, "/stats")["callers"].get(shape_name, {})
        now = self.database()["clients"].get(shape_name, {})
        return dict(waits) | {name: now[name] for name in ("connections",) if name in now}

    def start_fresh(self, shapes: Sequence[Shape]) -> None:
        """Stop every server, then start one per shape. Returns when all of them are ready.

        The upstream and the driver stay. No server is kept, whatever its settings, so that nothing
        of an earlier series is measured again. Raises TestbedError where there is no upstream yet.
        """
        if not self._has_upstream:
            raise TestbedError("the upstream comes first: its address is a setting of each server")
        wanted = programs(shapes)
        self._platform.stop(list(self._programs))
        # Record the servers before the start, so that `close` stops a half-started server too.
        self._programs = {program.name: program for program in wanted}
        if wanted:  # Compose would start every service where none is named
            self._platform.start(wanted)
            self._until_ready(wanted)

    def restart(self, shape_name: str) -> None:
        """Kill a server and start it again. Returns when it is ready."""
        program = self._program(shape_name)
        self._platform.restart(shape_name)
        self._until_ready([program])

    def url(self, shape_name: str) -> str:
        """Return a server's base URL, as seen by the driver."""
        if shape_name == experiment.UPSTREAM:
            return self.upstream_url
        return self._platform.url(self._program(shape_name).name)

    def server(self, shape_name: str) -> dict[str, Any]:
        """Return the server's JSON answer at /server."""
        return self._ask("GET", self._program(shape_name).name, "/server")

    def processes(self, shape_name: str) -> list[Process]:
        """Return the server's current processes; the started process has parent 0."""
        name = UPSTREAM if shape_name == experiment.UPSTREAM else self._program(shape_name).name
        return self._platform.look(name)

    def is_alive(self, shape_name: str) -> bool:
        """Return True while the server runs."""
        name = UPSTREAM if shape_name == experiment.UPSTREAM else self._program(shape_name).name
        return not self._platform.endings([name])

    def said(self, shape_name: str) -> str:
        """Return the server's output, or its last part."""
        return self._platform.said(self._program(shape_name).name)

    def ended(self) -> str:
        """Return a sentence per program that ended by itself, with its last lines; "" if none did.

        The upstream counts, too.
        """
        behind = [UPSTREAM] if self._has_upstream else []
        behind += [POSTGRES] if self._has_database else []
        names = [*behind, *self._programs]
        return "\n".join(str(ending) for ending in self._platform.endings(names))

    def behaviour(self, **fields: Any) -> dict[str, Any]:
        """Change fields of the upstream's dial; return the whole dial."""
        dial = self._ask("PUT", UPSTREAM, "/behaviour", fields)
        if self._has_database:
            self._ask("GET", POSTGRES, "/dial")  # it copies it now
        return dial

    def stats(self, shape_name: str) -> dict[str, Any]:
        """Return the upstream's counts for the shape; {} where the shape has sent no request.

        For "upstream", return the counts over all callers.
        """
        counted = self._ask("GET", UPSTREAM, "/stats")
        if shape_name == experiment.UPSTREAM:
            return dict(counted["all"])
        return dict(counted["callers"].get(shape_name, {}))

    def reset_stats(self) -> None:
        """Reset the counts of the upstream to zero, and of the database where there is one."""
        self._ask("DELETE", UPSTREAM, "/stats")
        if self._has_database:
            self._ask("DELETE", POSTGRES, "/stats")

    def drive(self, command: Mapping[str, Any], timeout_s: float) -> dict[str, Any]:
        """Send one command to the driver; return its answer. Raises DriverError for an error."""
        answer = self._driver.ask(command, timeout_s)
        if "error" in answer:
            raise DriverError(str(answer["error"]))
        return answer

    def close(self) -> None:
        """Stop everything that was started; nothing is left behind. Idempotent."""
        self._programs, self._has_upstream, self._has_database = {}, False, False
        try:
            self._platform.close()  # ends the driver too, even a busy one
        finally:
            self._driver.close()

    def _program(self, name: str) -> TestbedProgram:
        try:
            return self._programs[name]
        except KeyError:
            raise TestbedError(f"no server {name!r} was started") from None

    def _until_ready(self, started: Sequence[TestbedProgram]) -> None:
        """Wait until each server has answered and all its workers are idle.

        The first answer comes from the first worker. The other workers still load the application,
        and a burst would miss them.
        """
        until = time.monotonic() + self._start_s
        workers = {}
        for program in started:
            server = self._first_answer(program, until)
            try:
                workers[program.name] = int(server["workers"])
            except (KeyError, TypeError, ValueError):
                raise TestbedError(
                    f"{program.name} does not say at /server how many workers it has"
                ) from None
        # The workers share the cores while they load, so the limit grows with their number.
        limit_s = self._start_s + WORKER_DEADLINE_S * sum(workers.values())
        if restless := self._platform.at_rest(workers, limit_s):
            if ended := self._platform.endings(restless):
                raise TestbedError(f"{ended[0]}")
            raise TestbedError(
                f"{restless[0]} did not start {workers[restless[0]]} workers within "
                f"{limit_s:g} s: use fewer workers, or stop other programs on this machine"
            )

    def _first_answer(self, program: TestbedProgram, until: float) -> dict[str, Any]:
        """Poll a program until it answers.

        Raises TestbedError where it ends or exceeds the deadline.
        """
        url = self._platform.url(program.name) + program.path
        began_s = look_s = time.monotonic()
        crashed_s: float | None = None
        while True:
            answer = self._fetch("GET", url)
            if answer.get("status") == 200:
                said: dict[str, Any] = answer["json"]
                return said
            now = time.monotonic()
            if now >= look_s:
                if ended := self._platform.endings([program.name]):
                    raise TestbedError(f"{ended[0]}")
                if crashed_s is None and self._has_crashed(program):
                    crashed_s = now
                look_s = now + ENDINGS_EVERY_S
            if now > until or (crashed_s is not None and now > crashed_s + CRASHED_S):
                why = answer.get("error") or f"status {answer.get('status')}"
                raise TestbedError(
                    f"{program.name} gave no good answer within {now - began_s:.0f} s: {why}"
                    f"{self._last_lines(program)}"
                )
            time.sleep(POLL_S)

    def _has_crashed(self, program: TestbedProgram) -> bool:
        """Return True where an attendee's server printed a traceback during its start."""
        return program.package is not None and TRACEBACK in self._platform.said(program.name)

    def _last_lines(self, program: TestbedProgram) -> str:
        """Return the last output lines of an attendee's server, for its author."""
        lines = self._platform.said(program.name).strip().splitlines() if program.package else []
        return "\n".join(["; its last lines:", *lines[-LAST_LINES:]]) if lines else ""

    def _ask(
        self, method: str, name: str, path: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return a program's JSON answer. Raises TestbedError unless the status is 200."""
        answer = self._fetch(method, self._platform.url(name) + path, body)
        if answer.get("status") == 200:
            said: dict[str, Any] = answer["json"]
            return said
        if ended := self._platform.endings([name]):
            raise TestbedError(f"{ended[0]}")
        said = answer.get("json") or {}
        why = answer.get("error") or said.get("detail") or f"status {answer.get('status')}"
        raise TestbedError(f"{method} {path} of {name}: {why}")

    def _fetch(
        self, method: str, url: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return {"status", "json"}, or {"error"} where the program gave no answer."""
        command = {"do": "fetch", "method": method, "url": url, "timeout_s": ASK_DEADLINE_S}
        if body is not None:
            command["body"] = dict(body)
        return self._driver.ask(command, ASK_DEADLINE_S + 5)
