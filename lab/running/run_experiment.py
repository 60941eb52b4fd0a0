"""Run one experiment and write its measurements. No other module measures for the files."""

import errno
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import groupby
from pathlib import Path
from time import perf_counter
from typing import Any

from lab import targets
from lab.claims import ledger, lock
from lab.experiments import duration
from lab.experiments.experiment import HOLD, THREADS, Cell, Experiment
from lab.experiments.experiment_file import OF_DATABASE
from lab.results import experiment_json, sources
from lab.results.measurement import Measurement, Process
from lab.results.writing import COMPLETE, FAILED, INTERRUPTED, Writer
from lab.running import (
    calibrating,
    ceilings,
    driver_command,
    machine_facts,
    machine_noise,
    run_plan,
    settling,
    warming,
)
from lab.running.run_progress import RunProgress
from lab.running.testbed import DriverError, Testbed, TestbedError
from lab.running.time_limits import PLENTY, TimeLeft, TimeLimits

NO_TIME = "no time was left"
"""First words of the reason where a run exceeded its time limit."""

_FULL = {errno.ENOSPC, errno.EDQUOT}
_HELD_BOUND = 0.4
"""Share of the delay after which all requests must be held. The rest is for reading processes."""


class RunFailed(Exception):
    """The run ended early; the message is one sentence. Earlier measurements are on disk."""


class _Ended(Exception):
    """A server ended by itself, or the run exceeded its time limit; one sentence."""


def run(
    experiment: Experiment,
    *,
    testbed: AbstractContextManager[Testbed],
    folder: Path,
    progress: RunProgress,
    runtime: str,
    seed: int | None = None,
    patience: TimeLimits = PLENTY,
) -> Path:
    """Measure every cell in every series into a new `folder` and return the folder.

    The prediction is on disk before the servers start, and with the processor time of a request,
    where that counts, before the first measurement; each measurement as soon as it is finished.
    All servers are stopped on return and on an exception. Raises RunFailed for a failure and
    KeyboardInterrupt for an interruption; run.json then has the reason, unless the disk is too full
    to write it. `seed` decides the order of the measurements; None chooses one. `patience` limits
    the wait for servers that may hang.
    """
    began_s = perf_counter()
    seed = run_plan.new_seed() if seed is None else seed
    plan = run_plan.order(experiment, seed)
    try:
        # Writes run.json with the prediction, before any server starts.
        writer = Writer(folder, _known(experiment, runtime, seed, plan))
    except OSError as problem:
        raise RunFailed(_sentence(problem, folder)) from problem
    running = _Running(experiment, plan, writer, progress, began_s, TimeLeft(patience))
    try:
        with testbed as there:
            running.measure(there)
    except KeyboardInterrupt:
        running.close(INTERRUPTED, f"interrupted after {running.so_far}")
        raise
    except (TestbedError, DriverError, _Ended, OSError) as problem:
        sentence = _sentence(problem, folder)
        running.close(FAILED, f"{sentence} (after {running.so_far})")
        raise RunFailed(sentence) from problem
    # Also MemoryError or a bug: the stored state must never stay "running".
    except BaseException as problem:
        running.close(FAILED, f"a fault of the lab itself: {problem!r} (after {running.so_far})")
        raise
    finally:
        progress.end()
    running.close(COMPLETE, "")
    return folder


class _Running:
    """One run in progress."""

    def __init__(
        self,
        experiment: Experiment,
        plan: Sequence[tuple[Cell, int]],
        writer: Writer,
        progress: RunProgress,
        began_s: float,
        left: TimeLeft,
    ) -> None:
        self._experiment = experiment
        self._plan = plan
        self._writer = writer
        self._progress = progress
        self._began_s = began_s
        self._left = left
        self._done: list[tuple[str, int]] = []
        self._servers: dict[str, dict[str, Any]] = {}
        self._cores = 1
        self._used: set[str] = set()
        self._noise: list[dict[str, Any]] = []

    @property
    def so_far(self) -> str:
        """Progress, for example "3 of 12 measurements"."""
        return f"{len(self._done)} of {len(self._plan)} measurements"

    def close(self, state: str, reason: str) -> None:
        """Write the final state, if the disk allows it."""
        try:
            self._writer.close(state, reason, order=self._done)
        except OSError as problem:
            self._progress.say(f"the final state of the run could not be saved: {problem.strerror}")
            if state == COMPLETE:
                raise RunFailed(_sentence(problem, self._writer.path)) from problem

    def measure(self, testbed: Testbed) -> None:
        """Measure the series one after the other, each on servers of its own."""
        for series, planned in groupby(self._plan, key=lambda each: each[1]):
            self._progress.starting(series)
            if series == 1:
                self._start_upstream(testbed)
            self._start_servers(testbed, series)
            self._noise.append({"series": series, "before": machine_noise.probe(), "after": None})
            self._tell_noise()
            self._measure_series(testbed, series, [cell for cell, _ in planned])
            self._noise[-1]["after"] = machine_noise.probe()
            self._tell_noise()

    def _tell_noise(self) -> None:
        # The largest share has a key of its own, which readers of older runs know, too.
        busy = machine_noise.largest_busy(self._noise)
        self._writer.tell(noise=self._noise, busy_before=busy)

    def _start_upstream(self, testbed: Testbed) -> None:
        behaviour = warming.behaviour(self._experiment)
        testbed.start_upstream(behaviour)
        if duration.needs_database(self._experiment):
            testbed.start_database(_of_database(self._experiment))
        if duration.needs_ceilings(self._experiment):
            self._writer.tell(**ceilings.measure(testbed, behaviour))

    def _start_servers(self, testbed: Testbed, series: int) -> None:
        """Replace every server by a new one, warm them up, and wait until they are at rest."""
        experiment = self._experiment
        testbed.start_fresh(experiment.shapes)
        self._used.clear()
        if series == 1:
            self._look_at_servers(testbed)
        self._progress.warming_up(series)
        warming.warm(testbed, experiment, experiment.cells, self._servers, self._left)
        # One cell per shape is enough to settle a server after the warm-up.
        one_each = {cell.shape: cell for cell in experiment.cells}.values()
        for cell in one_each:
            self._settle(testbed, cell)
        if series == 1 and self._calibrate(testbed):
            for cell in one_each:
                self._settle(testbed, cell)

    def _calibrate(self, testbed: Testbed) -> bool:
        """Put the processor into the predictions, before anything is measured; False without it."""
        found = calibrating.calibrate(testbed, self._experiment, self._left)
        if found:
            self._experiment = calibrating.predicted(
                self._experiment, found, self._servers, self._cores
            )
            self._writer.tell(
                experiment=experiment_json.as_dict(self._experiment),
                processor=calibrating.as_dict(found),
            )
        return bool(found)

    def _look_at_servers(self, testbed: Testbed) -> None:
        self._servers = {each.name: testbed.server(each.name) for each in self._experiment.shapes}
        greeting = testbed.drive({"do": "hello"}, driver_command.GRACE_S)
        seen = _seen(self._servers, greeting)
        self._cores = int(seen["machine"]["cores"])
        self._writer.tell(**seen)
        for sentence in run_plan.disagreements(self._experiment, self._servers):
            self._note(sentence)

    def _measure_series(self, testbed: Testbed, series: int, cells: Sequence[Cell]) -> None:
        for number, cell in enumerate(cells, start=1):
            self._require_time()
            self._progress.begin(cell, series)
            self._make_fresh(testbed, cell)
            try:
                measurement = self._once(testbed, cell, series)
                self._require_alive(testbed)
            except (TestbedError, DriverError):
                # The server's own last output explains more than the error of its client.
                self._require_alive(testbed)
                raise
            self._writer.add(measurement)
            self._done.append((cell.id, series))
            self._used.add(cell.shape)
            abandoned = measurement.driver.get("abandoned", 0)
            if number < len(cells):
                self._settle(testbed, cell, abandoned)
            else:
                # The machine is probed next. The servers end with the series, so none is restarted.
                self._is_settled(testbed, cell, abandoned)

    def _make_fresh(self, testbed: Testbed, cell: Cell) -> None:
        fresh = self._experiment.fresh or cell.fresh
        if fresh and cell.shape in self._used and self._has_server(cell):
            self._restart(testbed, cell)

    def _restart(self, testbed: Testbed, cell: Cell) -> None:
        """Restart the cell's server and warm it up. The new server has no measurement behind it."""
        testbed.restart(cell.shape)
        same = [each for each in self._experiment.cells if each.shape == cell.shape]
        warming.warm(testbed, self._experiment, same, self._servers, self._left)
        self._used.discard(cell.shape)

    def _settle(self, testbed: Testbed, cell: Cell, abandoned: int = 0) -> None:
        """Wait until no request of the cell is left; restart the server if that takes too long.

        `abandoned` is the number of requests without an answer when the load ended.
        """
        if self._is_settled(testbed, cell, abandoned):
            return
        if not self._has_server(cell):
            bound_s = settling.bound_s(self._experiment)
            self._note(f"the upstream still had requests of {cell.id} {bound_s:g} s after its end")
            return
        if not (self._experiment.fresh or cell.fresh):  # a fresh cell gets a new server anyway
            self._note(
                f"{cell.shape} was restarted after {cell.id}: "
                "it still worked on requests whose client had left"
            )
        self._restart(testbed, cell)

    def _is_settled(self, testbed: Testbed, cell: Cell, abandoned: int) -> bool:
        """Wait until no request of the cell is left; False where that takes too long."""
        if cell.load.kind == THREADS:
            return True
        bound_s = settling.bound_s(self._experiment)
        left_s = settling.left_over_s(cell, abandoned)
        if left_s > bound_s:
            return False
        if not cell.direct and cell.route not in (*targets.ROUTES, *targets.DATABASE_ROUTES):
            time.sleep(left_s)  # no counts show requests that only compute
        name, there = settling.caller(cell), settling.is_in_database(cell)
        return settling.is_settled(testbed, name, bound_s, in_database=there)

    def _has_server(self, cell: Cell) -> bool:
        return cell.shape in self._servers

    def _once(self, testbed: Testbed, cell: Cell, series: int) -> Measurement:
        looks = duration.looks_at_processes(self._experiment, cell)
        asks_nobody = cell.load.kind == THREADS
        waits_there = settling.waits_for_database(cell)
        url = (
            "" if asks_nobody else testbed.upstream_url if cell.direct else testbed.url(cell.shape)
        )
        command = driver_command.command(cell, url, series, self._left)
        before = testbed.processes(cell.shape) if looks else []
        if not asks_nobody:
            testbed.reset_stats()
        held: list[Process] = []
        began_s = perf_counter()
        if cell.load.kind == HOLD:
            answer, held = self._hold(testbed, cell, command)
        else:
            answer = testbed.drive(command, driver_command.limit_s(cell, self._left))
        wall_s = perf_counter() - began_s
        return Measurement(
            cell=cell.id,
            series=series,
            began_s=round(began_s - self._began_s, 6),
            wall_s=round(wall_s, 6),
            rows=driver_command.rows(answer.get("rows", {}), cell),
            counts=driver_command.counts(answer),
            failed=driver_command.failed(answer),
            upstream={} if asks_nobody else testbed.stats(settling.caller(cell)),
            database=testbed.database_stats(cell.shape) if waits_there else {},
            before=before,
            held=held,
            after=testbed.processes(cell.shape) if looks else [],
            driver=driver_command.driver(answer),
            figures=answer.get("figures", {}),
            answers=answer.get("answers", ()),
        )

    def _hold(
        self, testbed: Testbed, cell: Cell, command: Mapping[str, Any]
    ) -> tuple[dict[str, Any], list[Process]]:
        """Return the driver's answer, and the server's processes while it held the requests.

        Both are empty for a load of 0 requests, which measures an idle server.
        """
        if not cell.load.requests:
            return {}, []
        limit_s = driver_command.limit_s(cell, self._left)
        most = min(cell.load.requests, cell.slots or cell.load.requests)
        bound_s = _HELD_BOUND * float(warming.behaviour(self._experiment)["delay_ms"]) / 1000
        testbed.drive(command, limit_s)
        # Store both counts, so that a verdict can doubt a hold that began late or ended early.
        name, there = settling.caller(cell), settling.is_in_database(cell)
        at_first = settling.wait_until_held(testbed, name, most, bound_s, in_database=there)
        held = testbed.processes(cell.shape)
        at_last = settling.in_flight(testbed, name, in_database=there)
        answer = testbed.drive({"do": "release"}, limit_s)
        return answer | {"figures": {"held": [at_first, at_last]}}, held

    def _require_alive(self, testbed: Testbed) -> None:
        if sentence := testbed.ended():
            raise _Ended(sentence)

    def _require_time(self) -> None:
        if self._left.is_over:
            raise _Ended(f"{NO_TIME} after {self._left.patience.whole_s:g} s")

    def _note(self, sentence: str) -> None:
        self._writer.note(sentence)
        self._progress.say(sentence)


def _of_database(experiment: Experiment) -> dict[str, str]:
    # All shapes have the same value, which the reading of the file checks.
    given = experiment.shapes[0].settings
    return {name: given[name] for name in OF_DATABASE if name in given}


def _known(
    experiment: Experiment, runtime: str, seed: int, plan: Sequence[tuple[Cell, int]]
) -> dict[str, Any]:
    return {
        "experiment": experiment_json.as_dict(experiment),
        "quick": experiment.quick,
        "runtime": runtime,
        "machine": machine_facts.facts(),
        "limits": machine_facts.limits(),
        "versions": {},
        "git": machine_facts.git(sources.watched(experiment.name)),
        "sources": sources.of_tree(experiment.definition),
        "claims": {id: lock.hash_of(ledger.claim(id)) for id in experiment.claims},
        "servers": {},
        "ceiling": None,
        "upstream_ceiling": None,
        "noise": [],
        "busy_before": None,
        "seed": seed,
        "order": [(cell.id, series) for cell, series in plan],
        "notes": [],
        "processor": {},
    }


def _seen(servers: Mapping[str, Mapping[str, Any]], greeting: Mapping[str, Any]) -> dict[str, Any]:
    """Facts that are known only once the servers and the driver run.

    The driver may run on another machine than this process, as containers do under Docker Desktop.
    Its facts about its machine therefore override the local ones.
    """
    limits = machine_facts.limits() | {"open_files": greeting["open_files"]}
    return {
        "servers": servers,
        "machine": machine_facts.facts() | dict(greeting.get("machine", {})),
        "limits": limits | dict(greeting.get("limits", {})),
        "versions": dict(
            sorted((machine_facts.versions(servers) | dict(greeting.get("versions", {}))).items())
        ),
    }


def _sentence(problem: BaseException, folder: Path) -> str:
    if isinstance(problem, OSError):
        if problem.errno in _FULL:
            return f"the disk is full: make room where {folder} is, and run it again"
        return f"{problem.filename or folder}: {problem.strerror or problem}"
    return str(problem)
