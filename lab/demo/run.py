"""The demo: predict, send, measure and explain, in a minute and a half.

It needs the lab to be up and the upstream's dial at a fixed delay. It sends
bursts of 16 and of 100 to three routes of both services, and shows which worker
served what, and when. Results go to stdout, progress and complaints to stderr.
The shape of the file it can write stands in lab/demo/file.py.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx
from rich.console import Console

from lab import burst
from lab.demo import cells as demo_cells
from lab.demo import file, ready, screen, words
from lab.demo.cells import MANY, TARGETS, Burst, Cell, Result
from lab.demo.progress import Progress
from lab.demo.ready import NotReadyError, ask, fixed_delay_ms, peak_calls, refuse_company, server
from lab.samples import Sample
from lab.targets import ROUTES, UPSTREAM, target, upstream_url

TICK_S = 0.2
INTERRUPTED = 130  # 128 + SIGINT, as a shell reports it


def run(
    environ: Mapping[str, str],
    *,
    repeats: int = 1,
    json_path: Path | None = None,
    console: Console | None = None,
) -> int:
    """Run the demo; the exit code of the process.

    0: Flask's waves were as many as predicted and no request failed. 1: otherwise, or the
    demo could not begin or could not write `json_path`. 130: interrupted.
    Each burst of 16 is sent `repeats` times and its median judged. `console` is
    where results go, stdout if None; a recording one can save the screen.
    """
    part = None
    try:
        if repeats < 1:
            raise NotReadyError(f"repeats={repeats}: expected a whole number above 0")
        if json_path is not None:
            part = file.reserve(json_path)
        return _run(environ, repeats, json_path, part, console or Console())
    except (NotReadyError, file.FileUnwritableError) as error:
        _complain(str(error))
        return 1
    except KeyboardInterrupt:
        _complain("interrupted; flask-svc goes on with what was already sent until it is done.")
        return INTERRUPTED
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def _run(
    environ: Mapping[str, str],
    repeats: int,
    json_path: Path | None,
    part: Path | None,
    console: Console,
) -> int:
    started_at = datetime.now(UTC)
    dashboard = f"http://127.0.0.1:{environ['LOCUST_PORT']}"
    with httpx.Client(timeout=ready.ASK_TIMEOUT_S, trust_env=False) as client:
        upstream = upstream_url(environ)
        delay_ms = fixed_delay_ms(ask(client, "GET", f"{upstream}/behaviour", UPSTREAM), upstream)
        # Before the services are asked: a sync worker that is busy answers nobody.
        refuse_company(ask(client, "GET", f"{upstream}/stats", UPSTREAM))
        servers = {
            name: server(name, ask(client, "GET", f"{target(name).url(environ)}/server", name))
            for name in TARGETS
        }
        cells = demo_cells.cells(servers, delay_ms)
        console.print(
            f"Each request waits {delay_ms:g} ms at the upstream. How long do many at once take?",
            highlight=False,
        )
        results = _measure(client, environ, cells, repeats, console)

    objections = demo_cells.objections(results)
    by_name = {(each.cell.target, each.cell.route, each.cell.requests): each for each in results}
    causes = [words.surplus_wave(each) or words.longer_waves(each) for each in results]
    screen.table(console, results)
    screen.last_words(console, [*words.meaning(by_name), *filter(None, causes)], dashboard)
    for sentence in objections:
        _complain(sentence)
    if json_path is not None and part is not None:
        content = file.content(
            results,
            lab_runtime=environ.get("LAB_RUNTIME", "local"),
            started_at=started_at,
            delay_ms=delay_ms,
            held=not objections,
        )
        file.save(json_path, part, content)
    return 1 if objections else 0


def _measure(
    client: httpx.Client,
    environ: Mapping[str, str],
    cells: Sequence[Cell],
    repeats: int,
    console: Console,
) -> list[Result]:
    """Send every burst, showing each picture as soon as it is complete."""
    bursts: dict[Cell, list[Burst]] = {cell: [] for cell in cells}
    upstream = upstream_url(environ)
    headings = {group[0]: group for group in screen.groups(cells)}
    order = demo_cells.schedule(cells, repeats)
    pictures = _pictures(order)
    with Progress(sum(cell.predicted_makespan_s for cell in order)) as progress:
        asyncio.run(_warm_up(environ, cells))
        for index, cell in enumerate(order):
            if not bursts[cell] and cell in headings:
                with progress.aside():
                    screen.heading(console, headings[cell])
            ask(client, "DELETE", f"{upstream}/stats", UPSTREAM)
            progress.begin(cell)
            samples = asyncio.run(_send(environ, cell, progress))
            stats = ask(client, "GET", f"{upstream}/stats", UPSTREAM)
            bursts[cell].append(Burst(tuple(samples), peak_calls(stats, cell.target)))
            if index in pictures:
                shown = [Result(each, tuple(bursts[each])) for each in pictures[index]]
                with progress.aside():
                    screen.picture(console, screen.order(shown))
    return screen.order([Result(cell, tuple(bursts[cell])) for cell in cells])


def _pictures(order: Sequence[Cell]) -> dict[int, list[Cell]]:
    """After which burst to show which cells: each route's 16, and of the 100 those to /io."""
    pictures: dict[tuple[int, str], tuple[int, list[Cell]]] = {}
    for index, cell in enumerate(order):
        if cell.requests == MANY and cell.route != "io":
            continue
        name = (cell.requests, cell.route)
        _, shown = pictures.get(name, (0, []))
        pictures[name] = (index, shown if cell in shown else [*shown, cell])
    return dict(pictures.values())


async def _warm_up(environ: Mapping[str, str], cells: Sequence[Cell]) -> None:
    """One request to every route of every target, all at once."""
    routes = {(cell.target, cell.route): cell for cell in cells}
    await asyncio.gather(*(_send_cell(environ, cell, requests=1) for cell in routes.values()))


async def _send(environ: Mapping[str, str], cell: Cell, progress: Progress) -> list[Sample]:
    """One burst, with the progress moving on while it lasts."""
    sending = asyncio.create_task(_send_cell(environ, cell, requests=cell.requests))
    while not sending.done():
        await asyncio.wait({sending}, timeout=TICK_S)
        progress.tick()
    return sending.result()


async def _send_cell(environ: Mapping[str, str], cell: Cell, *, requests: int) -> list[Sample]:
    return await burst.send(
        target(cell.target).url(environ) + ROUTES[cell.route].path,
        requests,
        target=cell.target,
        route=cell.route,
        timeout_s=burst.timeout_s(cell.predicted_makespan_s),
    )


def _complain(sentence: str) -> None:
    Console(stderr=True, soft_wrap=True, highlight=False).print(f"demo: {sentence}", markup=False)
