"""The demo: predict, send, measure and explain, in a minute and a half.

It needs a running lab and a fixed delay on the upstream's dial. It sends bursts of 16 and of 100 to
three routes of both services, and shows which worker served which requests, and when. Results go to
stdout, progress and errors to stderr. lab/demo/demo_file.py describes the JSON file.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx
from rich.console import Console

from lab import burst
from lab.demo import demo_cells as demo_cells
from lab.demo import demo_file, demo_screen, demo_words, ready
from lab.demo.demo_cells import MANY, TARGETS, DemoBurst, DemoCell, DemoResult
from lab.demo.demo_progress import DemoProgress
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
    """Run the demo; return the exit code of the process.

    0: Flask's number of waves was as predicted and no request failed. 1: otherwise, or the demo
    could not begin or could not write `json_path`. 130: interrupted. Each burst of 16 is sent
    `repeats` times and its median is judged. Results go to `console`, stdout if None; a recording
    console can save the screen.
    """
    part = None
    try:
        if repeats < 1:
            raise NotReadyError(f"repeats={repeats}: expected a whole number above 0")
        if json_path is not None:
            part = demo_file.reserve(json_path)
        return _run(environ, repeats, json_path, part, console or Console())
    except (NotReadyError, demo_file.FileUnwritableError) as error:
        _complain(str(error))
        return 1
    except KeyboardInterrupt:
        _complain("interrupted; flask-svc still finishes the requests that were already sent.")
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
    # trust_env=False: a proxy in the shell must not stand between the demo and the lab.
    with httpx.Client(timeout=ready.ASK_TIMEOUT_S, trust_env=False) as client:
        upstream = upstream_url(environ)
        delay_ms = fixed_delay_ms(ask(client, "GET", f"{upstream}/behaviour", UPSTREAM), upstream)
        # Before asking the services: a busy sync worker would not answer.
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
    causes = [demo_words.surplus_wave(each) or demo_words.longer_waves(each) for each in results]
    demo_screen.table(console, results)
    demo_screen.last_words(
        console, [*demo_words.meaning(by_name), *filter(None, causes)], dashboard
    )
    for sentence in objections:
        _complain(sentence)
    if json_path is not None and part is not None:
        content = demo_file.content(
            results,
            lab_runtime=environ.get("LAB_RUNTIME", "local"),
            started_at=started_at,
            delay_ms=delay_ms,
            held=not objections,
        )
        demo_file.save(json_path, part, content)
    return 1 if objections else 0


def _measure(
    client: httpx.Client,
    environ: Mapping[str, str],
    cells: Sequence[DemoCell],
    repeats: int,
    console: Console,
) -> list[DemoResult]:
    """Send every burst and show each picture as soon as it is complete."""
    bursts: dict[DemoCell, list[DemoBurst]] = {cell: [] for cell in cells}
    upstream = upstream_url(environ)
    headings = {group[0]: group for group in demo_screen.groups(cells)}
    order = demo_cells.schedule(cells, repeats)
    pictures = _pictures(order)
    with DemoProgress(sum(cell.predicted_makespan_s for cell in order)) as progress:
        asyncio.run(_warm_up(environ, cells))
        for index, cell in enumerate(order):
            if not bursts[cell] and cell in headings:
                with progress.aside():
                    demo_screen.heading(console, headings[cell])
            # Peaks are since the last reset, so every burst starts from zero.
            ask(client, "DELETE", f"{upstream}/stats", UPSTREAM)
            progress.begin(cell)
            samples = asyncio.run(_send(environ, cell, progress))
            stats = ask(client, "GET", f"{upstream}/stats", UPSTREAM)
            bursts[cell].append(DemoBurst(tuple(samples), peak_calls(stats, cell.target)))
            if index in pictures:
                shown = [DemoResult(each, tuple(bursts[each])) for each in pictures[index]]
                with progress.aside():
                    demo_screen.picture(console, demo_screen.order(shown))
    return demo_screen.order([DemoResult(cell, tuple(bursts[cell])) for cell in cells])


def _pictures(order: Sequence[DemoCell]) -> dict[int, list[DemoCell]]:
    """Burst index -> cells to draw after it: the 16 of each route, and of the 100 those to /io."""
    pictures: dict[tuple[int, str], tuple[int, list[DemoCell]]] = {}
    for index, cell in enumerate(order):
        if cell.requests == MANY and cell.route != "io":
            continue
        name = (cell.requests, cell.route)
        _, shown = pictures.get(name, (0, []))
        pictures[name] = (index, shown if cell in shown else [*shown, cell])
    return dict(pictures.values())


async def _warm_up(environ: Mapping[str, str], cells: Sequence[DemoCell]) -> None:
    """Send one request to every route of every target, all at once."""
    routes = {(cell.target, cell.route): cell for cell in cells}
    await asyncio.gather(*(_send_cell(environ, cell, requests=1) for cell in routes.values()))


async def _send(environ: Mapping[str, str], cell: DemoCell, progress: DemoProgress) -> list[Sample]:
    """Send one burst and advance the progress bar meanwhile."""
    sending = asyncio.create_task(_send_cell(environ, cell, requests=cell.requests))
    while not sending.done():
        # wait, not wait_for: its timeout leaves the burst running.
        await asyncio.wait({sending}, timeout=TICK_S)
        progress.tick()
    return sending.result()


async def _send_cell(environ: Mapping[str, str], cell: DemoCell, *, requests: int) -> list[Sample]:
    return await burst.send(
        target(cell.target).url(environ) + ROUTES[cell.route].path,
        requests,
        target=cell.target,
        route=cell.route,
        timeout_s=burst.timeout_s(cell.predicted_makespan_s),
    )


def _complain(sentence: str) -> None:
    Console(stderr=True, soft_wrap=True, highlight=False).print(f"demo: {sentence}", markup=False)
