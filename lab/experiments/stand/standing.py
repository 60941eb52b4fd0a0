"""The stand itself: the same on every ground."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from lab.experiments import experiment
from lab.experiments.experiment import Shape
from lab.experiments.patience import PLENTY, Patience
from lab.experiments.stand.driver import Driver
from lab.experiments.stand.ending import LAST_LINES
from lab.experiments.stand.ground import Ground
from lab.experiments.stand.problems import DriverProblem, StandProblem
from lab.experiments.stand.program import UPSTREAM_PROGRAM, Program, programs
from lab.results.measurement import Process
from lab.targets import UPSTREAM

WORKER_DEADLINE_S = 3.0  # each loads the application anew, on cores that all of them share
ASK_DEADLINE_S = 10.0
POLL_S = 0.02
ENDINGS_EVERY_S = 0.2
CRASHED_S = 3.0
"""So long after a traceback a server of somebody's own is given up: uvicorn starts a worker that
cannot import its application again and again, and never says that it failed."""
TRACEBACK = "Traceback (most recent call last)"


class Standing:
    """A Stand (see the package) on some ground."""

    def __init__(self, ground: Ground, patience: Patience = PLENTY) -> None:
        self._ground = ground
        self._start_s = patience.first_answer_s
        self._driver = Driver(ground.launch_driver, ground.end_driver)
        self._programs: dict[str, Program] = {}
        self._has_upstream = False

    @property
    def runtime(self) -> str:
        """ "docker" or "local"."""
        return self._ground.runtime

    @property
    def upstream_url(self) -> str:
        """Where the driver reaches the upstream."""
        return self._ground.url(UPSTREAM)

    def start_upstream(self, behaviour: Mapping[str, Any]) -> None:
        """Have the upstream with this behaviour; one that runs already is set, not started."""
        if not self._has_upstream or self._ground.endings([UPSTREAM]):
            self._ground.stop([UPSTREAM])
            self._ground.start([UPSTREAM_PROGRAM])
            self._has_upstream = True
            self._driver.begin()
            self._first_answer(UPSTREAM_PROGRAM, time.monotonic() + PLENTY.first_answer_s)
        self._ask("DELETE", UPSTREAM, "/behaviour")
        self.behaviour(**behaviour)
        self.reset_stats()

    def start(self, shapes: Sequence[Shape]) -> None:
        """Have a server for each shape, ready, and no other.

        One that runs already with the same name and settings goes on: most experiments ask for
        the same two, and starting costs seconds.
        """
        if not self._has_upstream:
            raise StandProblem("the upstream comes first: its address is a setting of each server")
        wanted = {program.name: program for program in programs(shapes)}
        kept = self._kept(wanted)
        self._ground.stop([name for name in self._programs if name not in kept])
        # Noted before they are started: what fails half-way is stopped like the rest.
        self._programs = wanted
        if started := [program for name, program in wanted.items() if name not in kept]:
            self._ground.start(started)
            self._until_ready(started)

    def restart(self, shape_name: str) -> None:
        """Kill a server and start it again; returns when it is ready."""
        program = self._program(shape_name)
        self._ground.restart(shape_name)
        self._until_ready([program])

    def url(self, shape_name: str) -> str:
        """Where the driver reaches a server."""
        if shape_name == experiment.UPSTREAM:
            return self.upstream_url
        return self._ground.url(self._program(shape_name).name)

    def server(self, shape_name: str) -> dict[str, Any]:
        """What the server says of itself at /server."""
        return self._ask("GET", self._program(shape_name).name, "/server")

    def processes(self, shape_name: str) -> list[Process]:
        """The server's processes now."""
        name = UPSTREAM if shape_name == experiment.UPSTREAM else self._program(shape_name).name
        return self._ground.look(name)

    def is_alive(self, shape_name: str) -> bool:
        """Whether the server runs."""
        name = UPSTREAM if shape_name == experiment.UPSTREAM else self._program(shape_name).name
        return not self._ground.endings([name])

    def said(self, shape_name: str) -> str:
        """What the server has written, or the end of it."""
        return self._ground.said(self._program(shape_name).name)

    def ended(self) -> str:
        """A sentence on each program that ended by itself, the upstream included."""
        names = [*([UPSTREAM] if self._has_upstream else []), *self._programs]
        return "\n".join(str(ending) for ending in self._ground.endings(names))

    def behaviour(self, **fields: Any) -> dict[str, Any]:
        """Turn the upstream's dial."""
        return self._ask("PUT", UPSTREAM, "/behaviour", fields)

    def stats(self, shape_name: str) -> dict[str, Any]:
        """What the upstream has counted for the shape; for "upstream", for everybody."""
        counted = self._ask("GET", UPSTREAM, "/stats")
        if shape_name == experiment.UPSTREAM:
            return dict(counted["all"])
        return dict(counted["callers"].get(shape_name, {}))

    def reset_stats(self) -> None:
        """Let the upstream count from here."""
        self._ask("DELETE", UPSTREAM, "/stats")

    def drive(self, command: Mapping[str, Any], timeout_s: float) -> dict[str, Any]:
        """The driver's answer to one command."""
        answer = self._driver.ask(command, timeout_s)
        if "error" in answer:
            raise DriverProblem(str(answer["error"]))
        return answer

    def close(self) -> None:
        """Stop everything that was started, and leave nothing."""
        self._programs, self._has_upstream = {}, False
        try:
            self._ground.close()  # the driver included, without asking whether it is busy
        finally:
            self._driver.close()

    def _kept(self, wanted: Mapping[str, Program]) -> set[str]:
        """The names of those wanted that run already, as they are wanted."""
        same = [name for name, each in self._programs.items() if wanted.get(name) == each]
        return set(same) - {each.name for each in self._ground.endings(same)}

    def _program(self, name: str) -> Program:
        try:
            return self._programs[name]
        except KeyError:
            raise StandProblem(f"no server {name!r} was started") from None

    def _until_ready(self, started: Sequence[Program]) -> None:
        """Until each has answered, and none has anything left to start.

        The first answer comes from the first worker. The others load the application
        meanwhile, and a burst would find them missing.
        """
        until = time.monotonic() + self._start_s
        workers = {}
        for program in started:
            server = self._first_answer(program, until)
            try:
                workers[program.name] = int(server["workers"])
            except (KeyError, TypeError, ValueError):
                raise StandProblem(
                    f"{program.name} does not say at /server how many workers it has"
                ) from None
        limit_s = self._start_s + WORKER_DEADLINE_S * sum(workers.values())
        if restless := self._ground.at_rest(workers, limit_s):
            if ended := self._ground.endings(restless):
                raise StandProblem(f"{ended[0]}")
            raise StandProblem(
                f"{restless[0]} did not start {workers[restless[0]]} workers within "
                f"{limit_s:g} s: give it fewer, or this machine less to do"
            )

    def _first_answer(self, program: Program, until: float) -> dict[str, Any]:
        """Ask a program until it answers; StandProblem if it ends first, or has no time left."""
        url = self._ground.url(program.name) + program.path
        began_s = look_s = time.monotonic()
        crashed_s: float | None = None
        while True:
            answer = self._fetch("GET", url)
            if answer.get("status") == 200:
                said: dict[str, Any] = answer["json"]
                return said
            now = time.monotonic()
            if now >= look_s:
                if ended := self._ground.endings([program.name]):
                    raise StandProblem(f"{ended[0]}")
                if crashed_s is None and self._has_crashed(program):
                    crashed_s = now
                look_s = now + ENDINGS_EVERY_S
            if now > until or (crashed_s is not None and now > crashed_s + CRASHED_S):
                why = answer.get("error") or f"status {answer.get('status')}"
                raise StandProblem(
                    f"{program.name} gave no good answer within {now - began_s:.0f} s: {why}"
                    f"{self._last_lines(program)}"
                )
            time.sleep(POLL_S)

    def _has_crashed(self, program: Program) -> bool:
        """Whether a server of somebody's own has told of an error while it started."""
        return program.package is not None and TRACEBACK in self._ground.said(program.name)

    def _last_lines(self, program: Program) -> str:
        """What a server of somebody's own said last, for who works on it."""
        lines = self._ground.said(program.name).strip().splitlines() if program.package else []
        return "\n".join(["; its last lines:", *lines[-LAST_LINES:]]) if lines else ""

    def _ask(
        self, method: str, name: str, path: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """A program's JSON answer; StandProblem where it gives none, or another status than 200."""
        answer = self._fetch(method, self._ground.url(name) + path, body)
        if answer.get("status") == 200:
            said: dict[str, Any] = answer["json"]
            return said
        if ended := self._ground.endings([name]):
            raise StandProblem(f"{ended[0]}")
        said = answer.get("json") or {}
        why = answer.get("error") or said.get("detail") or f"status {answer.get('status')}"
        raise StandProblem(f"{method} {path} of {name}: {why}")

    def _fetch(
        self, method: str, url: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The driver's answer: {"status", "json"}, or {"error"} where the program gave none."""
        command = {"do": "fetch", "method": method, "url": url, "timeout_s": ASK_DEADLINE_S}
        if body is not None:
            command["body"] = dict(body)
        return self._driver.ask(command, ASK_DEADLINE_S + 5)
