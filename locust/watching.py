"""What the page's process makes of a run: it adds up the reports, asks around, and keeps the state.

    load processes -> recording -> Watch <- gauge (the upstream), servers (the targets)
                                     |
                                     v
                     state, as GET /lab/state answers with it

Twice a second, and in the process with the page: never in a loop that sends requests,
unless there is only one process.
"""

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import gevent
import options
import users
from gauge import Gauge
from locust import events
from locust.env import Environment
from locust.runners import MasterRunner
from recording import KEY, Recorder
from servers import Servers

from lab.live import observing, table
from lab.live.document import document
from lab.live.history import History
from lab.live.observing import Around, Asked
from lab.live.record import Report
from lab.load import Load
from lab.targets import Target

EVERY_S = 0.5
LAG_S = 1.5
"""After so long all load workers have reported a second, and the upstream was asked about it."""
ASK_TARGETS_EVERY_S = 5.0
GRACE_S = 0.5
ALONE = "this process"
SHOWN_OPTIONS = ("route", *options.NUMBERS, "arrivals")
STATES = {"cleanup": "stopping", "missing": "stopped"}


class Watch:
    """The run that lasts, the last one, or the one that START would begin."""

    def __init__(
        self,
        environment: Environment,
        targets: Sequence[Target],
        recorder: Recorder,
        upstream_url: str,
        urls: Mapping[str, str],
    ) -> None:
        self.environment = environment
        self.targets = targets
        self.recorder = recorder
        self.gauge = Gauge(upstream_url)
        self.servers = Servers(urls)
        self.histories = {target.name: History() for target in targets}
        self.began_s: float | None = None
        self.stopped_s: float | None = None
        self.closed_s = 0
        self.cpu: dict[str, float] = {}
        self.reported_at_s: dict[str, float] = {}
        self.lost: set[str] = set()
        self.began_busy: set[str] = set()
        self.users: dict[str, int] = {}
        self.state: dict[str, Any] = {}

    def start(self) -> None:
        """Watch from now on."""
        hooks: Any = events
        hooks.test_start.add_listener(self._begin)
        hooks.test_stop.add_listener(self._end)
        hooks.worker_report.add_listener(self._take_from_worker)
        hooks.reset_stats.add_listener(self._forget_totals)
        self._look()
        gevent.spawn(self.gauge.watch)
        gevent.spawn(self._ask_targets)
        gevent.spawn(self._run)

    def table(self) -> list[dict[str, Any]]:
        """The state in short, for Locust's own table."""
        return table.rows(self.state)

    def _run(self) -> None:
        while True:
            gevent.sleep(EVERY_S)
            self._look()

    def _ask_targets(self) -> None:
        while True:
            if not self._is_on:
                self.servers.ask_all()
            known = len(self.servers.described) == len(self.targets)
            gevent.sleep(ASK_TARGETS_EVERY_S if known else 1.0)

    def _begin(self, **_: Any) -> None:
        self.histories = {name: History() for name in self.histories}
        self.began_s, self.stopped_s = time.time(), None
        self.closed_s = math.floor(self.began_s)
        self.lost = set()
        self.began_busy = {name for name in self.histories if self.gauge.held_now(name)}

    def _end(self, **_: Any) -> None:
        self.stopped_s = time.time()

    def _forget_totals(self, **_: Any) -> None:
        """Locust's button "Reset": its own counts and these stay equal."""
        for history in self.histories.values():
            history.answered = history.failed = history.dropped = 0

    def _take_from_worker(self, client_id: str, data: Mapping[str, Any], **_: Any) -> None:
        if KEY in data:
            self._take(client_id, data[KEY])

    def _take(self, process: str, report: Mapping[str, Any]) -> None:
        self.cpu[process] = report["cpu"]
        self.reported_at_s[process] = time.time()
        for name, fields in report["targets"].items():
            self.histories[name].take(process, Report.from_list(fields))

    def _look(self) -> None:
        now_s = time.time()
        if not self._is_distributed:
            self._take(ALONE, self.recorder.report())
        self._notice_the_lost(now_s)
        for name, history in self.histories.items():
            history.hold(self.gauge.held_for(name))
        around = self._around(now_s)
        asked = [self._asked(target) for target in self.targets]
        for end_s in range(self.closed_s + 1, self._last_to_close(now_s) + 1):
            for each in asked:
                observing.close(self.histories[each.name], end_s, each, around)
            self.closed_s = end_s
        self.state = document(
            now_s=now_s,
            at_s=self.closed_s if self.began_s else math.floor(now_s),
            run=self._run_facts(),
            upstream={
                "silent_s": around.upstream_silent_s,
                "late_ms": around.upstream_late_ms,
                "behaviour": around.behaviour,
            },
            load_workers=self._load_workers(now_s),
            views=[observing.view(self.histories[each.name], each, around) for each in asked],
        )

    def _last_to_close(self, now_s: float) -> int:
        """The end of the last second that all have reported; none after a run is over."""
        if self.began_s is None:
            return 0
        last_s = now_s - LAG_S
        if self.stopped_s is not None:
            last_s = min(last_s, self.stopped_s + 1)
        return math.floor(last_s)

    def _notice_the_lost(self, now_s: float) -> None:
        runner: Any = self.environment.runner
        for client_id, client in runner.clients.items() if self._is_distributed else ():
            if client.state == "missing" and client_id not in self.lost:
                self.lost.add(client_id)
                for history in self.histories.values():
                    history.lose(client_id, now_s)
            elif client.state != "missing":
                self.lost.discard(client_id)

    def _around(self, now_s: float) -> Around:
        return Around(
            now_s=now_s,
            began_s=self.began_s,
            behaviour=self.gauge.behaviour,
            upstream_silent_s=self.gauge.silent_s(now_s),
            upstream_late_ms=self.gauge.late_ms,
            generator_cpu=max((self.cpu[each] for each in self._reporting), default=0.0),
            lost_load_workers=tuple(sorted(self.lost)) if self._lacks_users else (),
        )

    def _asked(self, target: Target) -> Asked:
        class_name = users.class_name(target)
        parsed: Any = self.environment.parsed_options
        runner: Any = self.environment.runner
        route = options.route_of(parsed.route, target.framework)
        classes = [each.__name__ for each in runner.user_classes]
        count = self._users(class_name, classes)
        described = self.servers.described.get(target.name, {})
        load = Load(
            kind=parsed.load,
            users=count,
            think_s=parsed.think_s,
            burst_size=parsed.burst_size,
            burst_every_s=parsed.burst_every_s,
            arrival_rate=parsed.arrival_rate,
            max_in_flight=parsed.max_in_flight,
        )
        return Asked(
            name=target.name,
            framework=target.framework,
            route=route,
            active=class_name in classes,
            load=load,
            users=None if load.is_scheduled else count,
            workers=described.get("workers"),
            slots=self.servers.slots(target.name, route),
            slots_known=route in described.get("slots", ()),
            timeout_s=described.get("settings", {}).get("upstream_timeout_s", 60.0),
            left_over=self._left_over(target.name),
        )

    def _left_over(self, name: str) -> int:
        """Slots that are busy with what an earlier run gave up, until this one's first answer."""
        history = self.histories[name]
        if self._is_on:
            began_busy = name in self.began_busy and not history.answered
            return self.gauge.held_now(name) if began_busy else 0
        # What the upstream told last may be from before the last answer came.
        is_fresh = self.stopped_s is None or self.gauge.answered_at_s > self.stopped_s + GRACE_S
        return self.gauge.held_now(name) if is_fresh else 0

    def _users(self, class_name: str, classes: Sequence[str]) -> int:
        """The users of a class: now, when the last run ended, or as START would have them."""
        runner: Any = self.environment.runner
        if self.began_s is None and class_name in classes:
            parsed: Any = self.environment.parsed_options
            return int(parsed.num_users) // len(classes)
        if runner.state in ("spawning", "running"):
            counts = (
                runner.reported_user_classes_count
                if self._is_distributed
                else runner.user_classes_count
            )
            self.users[class_name] = int(counts.get(class_name, 0))
        return self.users.get(class_name, 0)

    def _run_facts(self) -> dict[str, Any]:
        runner: Any = self.environment.runner
        parsed: Any = self.environment.parsed_options
        return {
            "state": STATES.get(runner.state, runner.state),
            "began_s": self.began_s,
            "load": parsed.load,
            "stop_timeout_s": float(parsed.stop_timeout),
            "options": {name: getattr(parsed, name) for name in SHOWN_OPTIONS},
        }

    def _load_workers(self, now_s: float) -> list[dict[str, Any]]:
        runner: Any = self.environment.runner
        if not self._is_distributed:
            return [self._load_worker(ALONE, runner.state, runner.user_count, now_s)]
        found = {
            name: self._load_worker(name, client.state, client.user_count, now_s)
            for name, client in runner.clients.items()
        }
        # Locust forgets one that is lost after a minute; in this run it still is.
        gone = {name: self._load_worker(name, "missing", 0, now_s) for name in self.lost}
        return list((found | gone).values())

    def _load_worker(self, name: str, state: str, users: int, now_s: float) -> dict[str, Any]:
        reported_at_s = self.reported_at_s.get(name)
        return {
            "name": name,
            "state": state,
            "users": users,
            "cpu": self.cpu.get(name),
            "silent_s": None if reported_at_s is None else round(now_s - reported_at_s, 1),
        }

    @property
    def _reporting(self) -> set[str]:
        """The load processes that are there and have reported."""
        if not self._is_distributed:
            return {ALONE} & self.cpu.keys()
        runner: Any = self.environment.runner
        return self.cpu.keys() & set(runner.clients) - self.lost

    @property
    def _lacks_users(self) -> bool:
        """Whether those of a lost load worker were not dealt out again yet."""
        runner: Any = self.environment.runner
        return bool(runner.user_count < runner.target_user_count)

    @property
    def _is_distributed(self) -> bool:
        return isinstance(self.environment.runner, MasterRunner)

    @property
    def _is_on(self) -> bool:
        runner: Any = self.environment.runner
        return runner.state not in ("ready", "stopped")
