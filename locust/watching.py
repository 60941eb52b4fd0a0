"""Watch a run from the page's process: add up reports, ask the servers, keep the state.

    load processes -> recording -> Watch <- gauge (the upstream), database_gauge, servers (the
                                     |      targets), supervisors, probes
                                     |
                                     v
                     state, the answer of GET /lab/state

This runs twice a second in the process with the page, never in a loop that sends requests,
unless there is only one process.
"""

import math
import os
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import gevent
from calibrating import Calibrating
from calibration_users import CalibrationUsers
from database_gauge import DatabaseGauge
from driving import Driving
from gauge import Gauge
from guesses import Guesses
from locust import events
from locust.env import Environment
from probes import Probes
from processes import ALONE, Processes
from recording import KEY, Recorder
from servers import Servers, TargetServer
from supervisors import Supervisors

from lab.live import database, kept, observing, plain_table
from lab.live.calibration_plan import Plan, plan
from lab.live.changes import UPSTREAM, Changes, dial_in_words
from lab.live.document import View, document
from lab.live.foreseen import foreseen
from lab.live.history import History
from lab.live.kept import KEEP_RUNS, KeptRun, KeptTarget
from lab.live.observation import TargetSetup
from lab.live.observing import RunContext
from lab.live.record import RecordReport
from lab.live.stations import AtDatabase, way
from lab.targets import Target

EVERY_S = 0.5
LAG_S = 1.5
"""Seconds until all load workers have reported a second, and the upstream was asked about it."""
ASK_TARGETS_EVERY_S = 5.0
GRACE_S = 0.5

Situation = tuple[Sequence[TargetSetup], RunContext]
"""What a second is predicted from."""


class Watch:
    """The current run, the last one, or the run that START would begin."""

    def __init__(
        self,
        environment: Environment,
        targets: Sequence[Target],
        recorder: Recorder,
        upstream_url: str,
        database: DatabaseGauge,
        urls: Mapping[str, str],
        *,
        calibrates: bool,
    ) -> None:
        self.targets = targets
        self.recorder = recorder
        self.driving = Driving(environment)
        self.processes = Processes(environment)
        self.gauge = Gauge(upstream_url)
        self.database = database
        self.servers = Servers(urls)
        self.probes = Probes(urls)
        self.supervisors = Supervisors(
            urls, probes_of=self.probes.answered, replaced=self._replaced
        )
        self.calibrating = Calibrating(
            urls, self.servers, self.supervisors, CalibrationUsers, is_on=calibrates
        )
        self.replaced_at_s: dict[str, float] = {}
        self.histories = {target.name: History() for target in targets}
        self.changes = Changes()
        self.guesses = Guesses()
        self.kept: deque[KeptRun] = deque(maxlen=KEEP_RUNS)
        self.cores = os.cpu_count() or 1
        self.began_s: float | None = None
        self.asked_to_stop_s: float | None = None
        self.stopped_s: float | None = None
        self.closed_s = 0
        self.began_busy: set[str] = set()
        self.around: RunContext | None = None
        self.changed_s = 0.0
        self.before_change: Situation | None = None
        self.last_look: Situation | None = None
        self.state: dict[str, Any] = {}

    def start(self) -> None:
        """Begin to watch, for as long as the process runs."""
        hooks: Any = events
        hooks.test_start.add_listener(self._begin)
        hooks.test_stopping.add_listener(self._stop)
        hooks.test_stop.add_listener(self._end)
        hooks.worker_report.add_listener(self._take_from_worker)
        hooks.reset_stats.add_listener(self._forget_totals)
        self._look()
        gevent.spawn(self.gauge.watch)
        gevent.spawn(self.database.watch)
        gevent.spawn(self._ask_targets)
        gevent.spawn(self.supervisors.watch)
        gevent.spawn(self.calibrating.watch, self._plans)
        gevent.spawn(self._run)

    def foreseen(self, chosen: Mapping[str, Any]) -> dict[str, Any]:
        """Return what theory predicts for the run that START would begin with these options."""
        now_s = time.time()
        around = replace(self._around(now_s), began_s=None)
        setups = [
            replace(self._asked(each), load=self.driving.next_load(each, chosen))
            for each in self.targets
        ]
        run = self.driving.described()
        run["options"] = {**run["options"], **chosen}
        return foreseen({**run, "load": chosen.get("load", run["load"])}, setups, around)

    def table(self) -> list[dict[str, Any]]:
        """Return the state in short, as rows for Locust's own table."""
        return plain_table.rows(self.state)

    def is_settled(self) -> bool:
        """Whether the first calibrations are over, so that nothing asks the targets by itself."""
        return self.calibrating.is_settled

    def _run(self) -> None:
        while True:
            gevent.sleep(EVERY_S)
            self._look()

    def _ask_targets(self) -> None:
        while True:
            self.servers.ask_all(waits=not self.driving.is_on)
            known = len(self.servers.described) == len(self.targets)
            gevent.sleep(ASK_TARGETS_EVERY_S if known else 1.0)

    def _replaced(self, name: str) -> None:
        self.replaced_at_s[name] = time.time()
        self.servers.ask_supervisor(name)

    def _begin(self, **_: Any) -> None:
        self.histories = {name: History() for name in self.histories}
        self.changes.forget()
        self.guesses.end_round()
        self.began_s, self.asked_to_stop_s, self.stopped_s = time.time(), None, None
        self.closed_s = math.floor(self.began_s)
        self.driving.has_begun = True
        self.processes.begin()
        self.began_busy = {name for name in self.histories if self._held_now(name)}
        self.calibrating.end()  # last, because it lets others run meanwhile
        self.probes.begin(self._is_loaded)

    def _stop(self, **_: Any) -> None:
        if self.asked_to_stop_s is None:
            self.asked_to_stop_s = time.time()
        self.probes.end()

    def _end(self, **_: Any) -> None:
        self.stopped_s = time.time()
        if self.began_s is not None and self.around is not None:
            self.kept.append(self._kept_run(self.began_s, self.around))

    def _kept_run(self, began_s: float, around: RunContext) -> KeptRun:
        run = self.driving.described()
        number = self.kept[-1].number + 1 if self.kept else 1
        upstream = dial_in_words(around.behaviour) if around.behaviour else "not known"
        targets = []
        predicted = {each["name"]: each["predicted"] for each in self.state.get("targets", ())}
        for target in self.targets:
            asked = self._asked(target)
            theory = predicted.get(target.name, {})
            if not asked.active:
                continue
            rates, times = kept.windows(
                self.histories[target.name],
                width_s=observing.width_s(asked, around),
                settled_at_s=began_s + observing.settled_s(asked, around),
            )
            targets.append(
                KeptTarget(
                    name=target.name,
                    shape=asked.shape,
                    slots=asked.slots,
                    throughput_rps=rates,
                    latency_s=times,
                    predicted_rps=theory.get("throughput_rps"),
                    predicted_s=theory.get("response_s"),
                )
            )
        return KeptRun(
            kind=run["load"],
            number=number,
            began_s=began_s,
            lasted_s=(self.asked_to_stop_s or time.time()) - began_s,
            load=kept.load_in_words(run),
            upstream=upstream,
            headline=self.state.get("headline", ""),
            targets=tuple(targets),
        )

    def _forget_totals(self, **_: Any) -> None:
        # Locust's button "Reset" calls this; Locust's own counts and these stay equal.
        if not self.processes.are_workers:
            # Locust has counted these requests, and forgets them now.
            self._take(ALONE, self.recorder.report())
        for history in self.histories.values():
            history.answered = history.failed = history.dropped = 0

    def _take_from_worker(self, client_id: str, data: Mapping[str, Any], **_: Any) -> None:
        if KEY in data:
            self._take(client_id, data[KEY])

    def _take(self, process: str, report: Mapping[str, Any]) -> None:
        self.processes.take(process, report)
        for name, fields in report["targets"].items():
            self.histories[name].take(process, RecordReport.from_list(fields))

    def _look(self) -> None:
        now_s = time.time()
        if not self.processes.are_workers:
            self._take(ALONE, self.recorder.report())
        lost = self.processes.newly_lost()
        for name, history in self.histories.items():
            history.hold(self.gauge.held_for(name))
            history.inject(self.gauge.faults_for(name))
            history.query(self.database.busy_for(name))
            for process in lost:
                history.lose(process, now_s)
        if self.around is None or self.asked_to_stop_s is None:
            self.around = self._around(now_s)
        # After STOP the context stays as it was, so that the sentences stay true for that run.
        around = replace(self.around, now_s=now_s)
        asked = [self._asked(target) for target in self.targets]
        if self.changes.look(now_s, self._in_words(asked)):
            self.changed_s, self.before_change = now_s, self.last_look
        self.last_look = asked, around
        for end_s in range(self.closed_s + 1, self._last_to_close(now_s) + 1):
            self._close(end_s, self.last_look)
            self.closed_s = end_s
        self.state = document(
            now_s=now_s,
            at_s=self.closed_s if self.began_s else math.floor(now_s),
            run=self._described(),
            upstream={
                "silent_s": self.gauge.silent_s(now_s),
                "late_ms": self.gauge.late_ms,
                "behaviour": self.gauge.behaviour,
            },
            database=self.database.described(now_s),
            load_workers=self.processes.described(now_s),
            views=[self._view(each, around) for each in asked],
            changes=self.changes,
            cores=self.cores,
        )

    def _close(self, end_s: int, now: Situation) -> None:
        # A second is closed late, and until a change it is predicted from what was before.
        setups, around = (end_s < self.changed_s and self.before_change) or now
        for each in setups:
            used = self.supervisors.used(each.name, end_s)
            observing.close(self.histories[each.name], end_s, each, around, used)

    def _in_words(self, asked: Sequence[TargetSetup]) -> dict[str, str]:
        """Return what each known part of the lab is set to."""
        words = {each.name: each.shape for each in asked if each.shape is not None}
        behaviour = self.gauge.behaviour
        return words if behaviour is None else {UPSTREAM: dial_in_words(behaviour), **words}

    def _view(self, asked: TargetSetup, around: RunContext) -> View:
        now, earlier = self.supervisors.of(asked.name, around.now_s)
        server = self.servers.of(asked.name)
        stations = way(
            slots=asked.slots,
            max_in_flight=asked.load.max_in_flight if asked.load.is_scheduled else None,
            in_flight=self.histories[asked.name].in_flight,
            at_upstream=self.gauge.held_now(asked.name) if self.gauge.ticks else None,
            now=now,
            earlier=earlier,
            used=self.supervisors.used(asked.name, around.now_s),
            cores=self.cores,
            pool=server.pool,
            asks_upstream=asked.asks_upstream or not asked.asks_database,
            database=self._at_database(asked, server),
        )
        probed = self.probes.of(asked.name)
        pids = tuple(now.workers) if now else ()
        found = observing.view(self.histories[asked.name], asked, around, stations, probed, pids)
        last = self._last(asked.name)
        return replace(found, last_rps=last.middle_rps, last_s=last.middle_s) if last else found

    def _at_database(self, asked: TargetSetup, server: TargetServer) -> AtDatabase | None:
        if not asked.asks_database:
            return None
        pools, activity = database.pools(asked.framework, asked.routes), self.database.activity
        each = server.database_pool
        return AtDatabase(
            busy=self.database.busy_now(asked.name),
            pool=None if pools is None or each is None else pools * each,
            most=self.database.bouncer_pool or (activity.max_connections if activity else None),
        )

    def _last(self, name: str) -> KeptTarget | None:
        """A target in the run before the one that is shown; None after another kind of load."""
        # After its end the run that is shown is the newest of those that are kept.
        runs = list(self.kept)[:-1] if not self.driving.is_on else list(self.kept)
        if not runs or runs[-1].kind != self.driving.described()["load"]:
            return None
        return next((each for each in runs[-1].targets if each.name == name), None)

    def _is_loaded(self, name: str) -> bool:
        return any(each.name == name and self.driving.includes(each) for each in self.targets)

    def _last_to_close(self, now_s: float) -> int:
        """End of the last second that all have reported, at most the moment of STOP.

        Answers after STOP are counted, but they are no picture of the load.
        """
        if self.began_s is None:
            return 0
        return math.floor(min(now_s - LAG_S, self.asked_to_stop_s or now_s))

    def _described(self) -> dict[str, Any]:
        in_flight = sum(history.in_flight for history in self.histories.values())
        return self.driving.described() | {"began_s": self.began_s, "in_flight": in_flight}

    def _around(self, now_s: float) -> RunContext:
        return RunContext(
            now_s=now_s,
            began_s=self.began_s,
            behaviour=self.gauge.behaviour,
            upstream_silent_s=self.gauge.silent_s(now_s),
            upstream_late_ms=self.gauge.late_ms,
            generator_cpu=self.processes.busiest_cpu(),
            lost_load_workers=self.processes.amiss(now_s, is_on=self.driving.is_on),
            database=self.database.activity,
            bouncer_pool=self.database.bouncer_pool,
            database_silent_s=self.database.silent_s(now_s),
        )

    def _asked(self, target: Target) -> TargetSetup:
        server = self.servers.of(target.name)
        routes = self.driving.routes(target)
        slots = {server.slots[route] for route in routes if route in server.slots}
        return TargetSetup(
            name=target.name,
            framework=target.framework,
            routes=routes,
            active=self.driving.includes(target),
            load=self.driving.load(target),
            workers=server.workers,
            # Kinds of users with different limits have none in common.
            slots=next(iter(slots)) if len(slots) == 1 else None,
            slots_known=len(slots) == 1,
            timeout_s=server.upstream_timeout_s,
            statement_timeout_s=server.statement_timeout_s,
            shape=server.shape,
            replaced_at_s=self.replaced_at_s.get(target.name),
            left_over=self._left_over(target.name),
            dead=self.gauge.dead_for(target.name),
            cores=self.cores,
            calibration=self.calibrating.of(target.name, routes),
        )

    def _plans(self) -> list[Plan] | None:
        """Return what can be calibrated now; None until all targets have told their shape."""
        if len(self.servers.described) < len(self.targets):
            return None
        if self.driving.is_on:
            return []
        around = self._around(time.time())
        plans = [plan(self._asked(target), around) for target in self.targets]
        return [each for each in plans if each is not None]

    def _left_over(self, name: str) -> int:
        """Slots busy with what an earlier run gave up; during a run only until its first answer."""
        history = self.histories[name]
        if self.driving.is_on:
            began_busy = name in self.began_busy and not history.answered
            return self._held_now(name) if began_busy else 0
        # The last counts may be older than the last answer of a run or a calibration.
        ended_at_s = max(self.stopped_s or 0.0, self.calibrating.ended_at_s.get(name, 0.0))
        counted_at_s = self.gauge.answered_at_s
        if self.database.busy_now(name) is not None:
            counted_at_s = min(counted_at_s, self.database.answered_at_s)
        is_fresh = counted_at_s > ended_at_s + GRACE_S
        return self._held_now(name) if is_fresh and name not in self.calibrating.current else 0

    def _held_now(self, name: str) -> int:
        """Calls at the upstream and queries at the database, by their last counts."""
        return self.gauge.held_now(name) + (self.database.busy_now(name) or 0)
