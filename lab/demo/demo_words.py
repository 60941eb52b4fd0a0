"""The demo's sentences, each computed from its results."""

from collections.abc import Mapping, Sequence

from lab import theory
from lab.demo.demo_cells import FEW, MANY, TARGETS, DemoCell, DemoResult
from lab.rounded import counted, slots
from lab.targets import ROUTES

Results = Mapping[tuple[str, str, int], DemoResult]
"""Results by target, route and number of requests."""


def arithmetic(cell: DemoCell, *, steps: bool) -> str:
    """The prediction's arithmetic; `steps` shows the division.

    >>> arithmetic(cell, steps=True)
    '4 slots: ceil(16 / 4) = 4 waves of 1.00 s'
    >>> arithmetic(cell, steps=False)
    '4 slots: 4 waves of 1.00 s'
    """
    step = f"ceil({cell.requests} / {cell.slots}) = " if steps and cell.slots else ""
    waves = counted(cell.predicted_waves, "wave")
    return f"{slots(cell.slots)}: {step}{waves} of {cell.service_s:.2f} s"


def meaning(results: Results) -> list[str]:
    """Three sentences: slots and lengths, the effect of `async def` and parts, the accuracy."""
    flask, fastapi = TARGETS

    def took(target: str, route: str, requests: int) -> str:
        return f"{results[target, route, requests].measured_makespan_s:.2f} s"

    one, other = results[flask, "io", FEW].cell, results[fastapi, "io", FEW].cell
    parts = results[flask, "async-io-multi", FEW].cell.parts
    return [
        f"{FEW} requests that each wait {one.service_s:.2f} s took {took(flask, 'io', FEW)} on "
        f"{flask} ({slots(one.slots)}) and {took(fastapi, 'io', FEW)} on {fastapi} "
        f"({slots(other.slots)}); "
        f"{MANY} took {took(flask, 'io', MANY)} and {took(fastapi, 'io', MANY)}.",
        f"On {flask}, {FEW} took {took(flask, 'async-io', FEW)} with `async def`, and "
        f"{took(flask, 'async-io-multi', FEW)} where each request waited for its {parts} parts "
        f"concurrently; on {fastapi} {took(fastapi, 'async-io', FEW)} and "
        f"{took(fastapi, 'async-io-multi', FEW)}.",
        f"On {_accuracy(flask, results)}; on {_accuracy(fastapi, results)}.",
    ]


def surplus_wave(result: DemoResult) -> str:
    """Explain from the samples why a burst took more waves than predicted; "" where they cannot."""
    cell, burst = result.cell, result.typical
    if cell.slots is None or burst.waves <= cell.predicted_waves or not burst.worker_pids:
        return ""
    room = cell.slots // cell.workers
    served = len(burst.worker_pids)
    left_waves = theory.waves(requests=cell.requests, slots=room * served)
    # Fewer workers mean fewer slots; this is the cause only if it explains the exact number of
    # waves.
    if served < cell.workers and left_waves == burst.waves:
        return (
            f"{cell} took {burst.waves} waves where {cell.predicted_waves} "
            f"{_were(cell.predicted_waves)} predicted, because {cell.workers - served} of its "
            f"{cell.workers} workers served none of these requests: other connections occupy "
            f"their slots, and an idle connection is enough for that."
        )
    [(pid, share)] = burst.worker_pids.most_common(1)
    if room == 1 or share <= room * cell.predicted_waves:
        return ""  # a worker with one slot accepts one connection, so none waits in it
    return (
        f"{cell} took {burst.waves} waves where {cell.predicted_waves} "
        f"{_were(cell.predicted_waves)} predicted, because "
        f"worker {pid} accepted {share} of the connections and has {room} slots: the others "
        f"waited in it while its neighbours had slots free."
    )


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def longer_waves(result: DemoResult) -> str:
    """Explain a makespan that is off although the waves are as predicted; "" where that is not so.

    Only for flask-svc, the target whose waves decide.
    """
    cell, waves = result.cell, result.cell.predicted_waves
    if result.held or cell.target != TARGETS[0] or not result.is_in_predicted_waves:
        return ""
    return (
        f"{cell} took {result.measured_makespan_s:.2f} s in {counted(waves, 'wave')} as predicted, "
        f"but each wave took {result.measured_makespan_s / waves:.2f} s instead of "
        f"{cell.service_s:.2f} s: probably this machine has other work."
    )


def _accuracy(target: str, results: Results) -> str:
    """
    >>> _accuracy("flask-svc", results)
    'flask-svc the prediction held within 1.3 % in all 6 cells'
    """
    own = [each for each in results.values() if each.cell.target == target]
    held = [each for each in own if each.held]
    missed = [each for each in own if not each.held]
    words = []
    if held:
        cells = f"{len(held)} of {len(own)}" if missed else f"all {len(own)}"
        words.append(f"held within {_furthest(held)} in {cells} cells")
    if missed:
        names = ", ".join(f"{ROUTES[each.cell.route].path} {each.cell.requests}" for each in missed)
        where = f"({names})" if held else f"in all {len(own)} cells"
        words.append(f"missed by up to {_furthest(missed)} {where}")
    return f"{target} the prediction {' and '.join(words)}"


def _furthest(results: Sequence[DemoResult]) -> str:
    """Largest relative difference between measurement and prediction, in percent."""
    return f"{max(abs(each.ratio - 1) for each in results) * 100:.1f} %"
