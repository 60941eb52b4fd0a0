"""Running an experiment: the only place of the lab where something is measured for the files."""

import errno
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from time import perf_counter
from typing import Any

from lab.experiments import asking, ceiling, duration, machine, settling, slots, warming
from lab.experiments.experiment import HOLD, THREADS, Cell, Experiment
from lab.experiments.order import order
from lab.experiments.patience import PLENTY, Left, Patience
from lab.experiments.progress import Progress
from lab.experiments.stand import DriverProblem, Stand, StandProblem
from lab.results import described
from lab.results.measurement import Measurement, Process
from lab.results.writing import COMPLETE, FAILED, INTERRUPTED, Writer

NO_TIME = "no time was left"
"""So a run begins its reason that was not done when its patience was over."""

_FULL = {errno.ENOSPC, errno.EDQUOT}
_HELD_BOUND = 0.4
"""Of the delay: by then the requests must be held, so that time is left to look at the server."""


class RunFailed(Exception):
    """The run ended before its time; one sentence. What was measured until then is on disk."""


class _Ended(Exception):
    """A server ended by itself, or took all the time there was; one sentence."""


def run(
    experiment: Experiment,
    *,
    stand: AbstractContextManager[Stand],
    folder: Path,
    progress: Progress,
    runtime: str,
    patience: Patience = PLENTY,
) -> Path:
    """Measure everything, in a new `folder`, which is returned.

    The prediction stands there before the servers are started, and each measurement as
    soon as it is finished. The servers are stopped when this returns, or raises:
    RunFailed for what went wrong, KeyboardInterrupt for an interruption. Either stands
    in run.json by then, unless the disk is so full that not even that could be written.
    With servers that may hang, `patience` says when to give them up.
    """
    began_s = perf_counter()
    plan = order(experiment)
    try:
        writer = Writer(folder, _known(experiment, runtime, plan))
    except OSError as problem:
        raise RunFailed(_sentence(problem, folder)) from problem
    running = _Running(experiment, writer, progress, began_s, Left(patience))
    try:
        writer.tell(busy_before=machine.busy())
        progress.starting()
        with stand as there:
            running.measure(there)
    except KeyboardInterrupt:
        running.close(INTERRUPTED, f"interrupted after {running.so_far}")
        raise
    except (StandProblem, DriverProblem, _Ended, OSError) as problem:
        sentence = _sentence(problem, folder)
        running.close(FAILED, f"{sentence} (after {running.so_far})")
        raise RunFailed(sentence) from problem
    except BaseException as problem:
        running.close(FAILED, f"a fault of the lab itself: {problem!r} (after {running.so_far})")
        raise
    finally:
        progress.end()
    running.close(COMPLETE, "")
    return folder


class _Running:
    """One run while it lasts."""

    def __init__(
        self,
        experiment: Experiment,
        writer: Writer,
        progress: Progress,
        began_s: float,
        left: Left,
    ) -> None:
        self._experiment = experiment
        self._plan = order(experiment)
        self._writer = writer
        self._progress = progress
        self._began_s = began_s
        self._left = left
        self._done: list[tuple[str, int]] = []
        self._servers: dict[str, dict[str, Any]] = {}
        self._used: set[str] = set()

    @property
    def so_far(self) -> str:
        """Such as "3 of 12 measurements"."""
        return f"{len(self._done)} of {len(self._plan)} measurements"

    def close(self, state: str, reason: str) -> None:
        """Note how it ended, if the disk takes it."""
        try:
            self._writer.close(state, reason, order=self._done)
        except OSError as problem:
            self._progress.say(f"its end could not be written down: {problem.strerror}")
            if state == COMPLETE:
                raise RunFailed(_sentence(problem, self._writer.path)) from problem

    def measure(self, stand: Stand) -> None:
        """Start the servers, warm them up, and measure all cells in their order."""
        self._start(stand)
        for number, (cell, repeat) in enumerate(self._plan, start=1):
            self._require_time()
            self._progress.begin(cell, repeat)
            self._make_fresh(stand, cell)
            try:
                measurement = self._once(stand, cell, repeat)
                self._require_alive(stand)
            except (StandProblem, DriverProblem):
                # The server's own last words say more than what became of those who asked it.
                self._require_alive(stand)
                raise
            self._writer.add(measurement)
            self._done.append((cell.id, repeat))
            self._used.add(cell.shape)
            if number < len(self._plan):
                self._settle(stand, cell, measurement.driver.get("abandoned", 0))

    def _start(self, stand: Stand) -> None:
        experiment = self._experiment
        stand.start_upstream(warming.behaviour(experiment))
        stand.start(experiment.shapes)
        self._servers = {each.name: stand.server(each.name) for each in experiment.shapes}
        greeting = stand.drive({"do": "hello"}, asking.GRACE_S)
        self._writer.tell(**_seen(self._servers, greeting))
        for sentence in slots.disagreements(experiment, self._servers):
            self._note(sentence)
        self._progress.warming_up()
        warming.warm(stand, experiment, experiment.cells, self._servers, self._left)
        for cell in {cell.shape: cell for cell in experiment.cells}.values():
            self._settle(stand, cell)
        if ceiling.is_needed(experiment):
            self._writer.tell(ceiling=ceiling.measure(stand))

    def _make_fresh(self, stand: Stand, cell: Cell) -> None:
        fresh = self._experiment.fresh or cell.fresh
        if fresh and cell.shape in self._used and self._has_server(cell):
            self._restart(stand, cell)

    def _restart(self, stand: Stand, cell: Cell) -> None:
        """Start the cell's server anew, as it was before anything was measured on it."""
        stand.restart(cell.shape)
        same = [each for each in self._experiment.cells if each.shape == cell.shape]
        warming.warm(stand, self._experiment, same, self._servers, self._left)
        self._used.discard(cell.shape)

    def _settle(self, stand: Stand, cell: Cell, abandoned: int = 0) -> None:
        """See that nothing of this cell's load is left; where it takes too long, by a new server.

        `abandoned` requests had no answer yet when the load ended.
        """
        if cell.load.kind == THREADS:
            return
        bound_s = settling.bound_s(self._experiment)
        left_s = settling.left_over_s(cell, abandoned)
        if left_s <= bound_s and settling.is_settled(stand, settling.caller(cell), bound_s):
            return
        if not self._has_server(cell):
            self._note(f"the upstream still had requests of {cell.id} {bound_s:g} s after its end")
            return
        if not (self._experiment.fresh or cell.fresh):  # it gets a new server anyway
            self._note(
                f"{cell.shape} was started anew after {cell.id}: "
                "it still worked on requests whose client had left"
            )
        self._restart(stand, cell)

    def _has_server(self, cell: Cell) -> bool:
        """Whether the cell is about a server of its own, and not the upstream or the driver."""
        return cell.shape in self._servers

    def _once(self, stand: Stand, cell: Cell, repeat: int) -> Measurement:
        """Measure that cell once."""
        looks = duration.looks_at_processes(self._experiment, cell)
        asks_nobody = cell.load.kind == THREADS
        url = "" if asks_nobody else stand.upstream_url if cell.direct else stand.url(cell.shape)
        command = asking.command(cell, url, repeat, self._left)
        before = stand.processes(cell.shape) if looks else []
        if not asks_nobody:
            stand.reset_stats()
        held: list[Process] = []
        began_s = perf_counter()
        if cell.load.kind == HOLD:
            answer, held = self._hold(stand, cell, command)
        else:
            answer = stand.drive(command, asking.limit_s(cell, self._left))
        wall_s = perf_counter() - began_s
        return Measurement(
            cell=cell.id,
            repeat=repeat,
            began_s=round(began_s - self._began_s, 6),
            wall_s=round(wall_s, 6),
            rows=asking.rows(answer.get("rows", {}), cell),
            counts=asking.counts(answer),
            failed=asking.failed(answer),
            upstream={} if asks_nobody else stand.stats(settling.caller(cell)),
            before=before,
            held=held,
            after=stand.processes(cell.shape) if looks else [],
            driver=asking.driver(answer),
            figures=answer.get("figures", {}),
            answers=answer.get("answers", ()),
        )

    def _hold(
        self, stand: Stand, cell: Cell, command: Mapping[str, Any]
    ) -> tuple[dict[str, Any], list[Process]]:
        """The driver's answer, and the server's processes while the requests were held.

        Nothing and nobody where none is to be held: that is a look at an idle server.
        """
        if not cell.load.requests:
            return {}, []
        name, limit_s = settling.caller(cell), asking.limit_s(cell, self._left)
        most = min(cell.load.requests, cell.slots or cell.load.requests)
        bound_s = _HELD_BOUND * float(warming.behaviour(self._experiment)["delay_ms"]) / 1000
        stand.drive(command, limit_s)
        at_first = settling.wait_until_held(stand, name, most, bound_s)
        held = stand.processes(cell.shape)
        at_last = int(stand.stats(name).get("in_flight", 0))
        answer = stand.drive({"do": "release"}, limit_s)
        return answer | {"figures": {"held": [at_first, at_last]}}, held

    def _require_alive(self, stand: Stand) -> None:
        if sentence := stand.ended():
            raise _Ended(sentence)

    def _require_time(self) -> None:
        if self._left.is_over:
            raise _Ended(f"{NO_TIME} after {self._left.patience.whole_s:g} s")

    def _note(self, sentence: str) -> None:
        self._writer.note(sentence)
        self._progress.say(sentence)


def _known(experiment: Experiment, runtime: str, plan: list[tuple[Cell, int]]) -> dict[str, Any]:
    """run.json before anything was started."""
    return {
        "experiment": described.as_dict(experiment),
        "quick": experiment.quick,
        "runtime": runtime,
        "machine": machine.facts(),
        "limits": machine.limits(),
        "versions": {},
        "git": machine.git(),
        "servers": {},
        "ceiling": None,
        "busy_before": None,
        "order": [(cell.id, repeat) for cell, repeat in plan],
        "notes": [],
    }


def _seen(servers: Mapping[str, Mapping[str, Any]], greeting: Mapping[str, Any]) -> dict[str, Any]:
    """What became known of the servers and the driver once they were there.

    The driver may run on another machine than this process, as containers do under
    Docker Desktop: what it says of its machine counts.
    """
    limits = machine.limits() | {"open_files": greeting["open_files"]}
    return {
        "servers": servers,
        "machine": machine.facts() | dict(greeting.get("machine", {})),
        "limits": limits | dict(greeting.get("limits", {})),
        "versions": dict(
            sorted((machine.versions(servers) | dict(greeting.get("versions", {}))).items())
        ),
    }


def _sentence(problem: BaseException, folder: Path) -> str:
    if isinstance(problem, OSError):
        if problem.errno in _FULL:
            return f"the disk is full: make room where {folder} is, and run it again"
        return f"{problem.filename or folder}: {problem.strerror or problem}"
    return str(problem)
