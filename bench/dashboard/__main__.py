"""Run the comparison and print its table."""

import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bench.dashboard import browser, generators, measuring
from bench.dashboard.loads import LOADS, Load
from bench.dashboard.measuring import WARM_UP_S, WINDOW_S, Result
from bench.dashboard.report import BARE, CLOSED, OPEN, print_table, rows, verdict
from bench.services import servers
from bench.services.variants import Variant
from bench.upstream.servers import Server, mock_upstream
from bench.upstream.tools import MissingTool

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROUNDS = 3
TARGET = Variant(name="fastapi-svc", workers=4, settings={"TARGET": "fastapi-svc"})


def compare() -> dict[tuple[Load, str], list[Result]]:
    """The counted windows by load and side."""
    results: dict[tuple[Load, str], list[Result]] = {
        (load, side): [] for load in LOADS for side in (BARE, CLOSED, OPEN)
    }
    with (
        mock_upstream() as upstream,
        servers.service(TARGET, upstream) as target,
        browser.running() as chromium,
    ):
        told = {
            "LAB_TARGETS": "fastapi-svc",
            "FASTAPI_SVC_PORT": _port(target),
            "MOCK_UPSTREAM_PORT": _port(upstream),
        }
        for load in LOADS:
            for number in range(ROUNDS + 1):
                seconds = WINDOW_S if number else WARM_UP_S
                # A new folder per round: Locust's count files have fixed names.
                with TemporaryDirectory() as folder:
                    found = bare_turn(load, seconds, target, Path(folder))
                    found |= lab_turn(load, seconds, told, chromium, Path(folder))
                # Round 0 is the warm-up and is not counted.
                for side, result in found.items() if number else ():
                    results[load, side].append(result)
                done = f"round {number} of {ROUNDS}" if number else "warmed up"
                print(f"{load}: {done}", file=sys.stderr)
    return results


def bare_turn(load: Load, seconds: int, target: Server, folder: Path) -> dict[str, Result]:
    """One window of bare Locust."""
    with generators.bare(load, target, folder) as generator:
        window = measuring.window(generator, seconds)
    return {BARE: window.result(generators.counted(generator))}


def lab_turn(
    load: Load, seconds: int, told: dict[str, str], chromium: "Browser", folder: Path
) -> dict[str, Result]:
    """Two windows of one run of the lab: with the page closed, then open in a browser."""
    with generators.lab(load, told, folder) as generator:
        closed = measuring.window(generator, seconds)
        with browser.lab_tab(chromium, generator.url) as tab:
            opened = measuring.window(generator, seconds, tab)
    counts = generators.counted(generator)
    return {CLOSED: closed.result(counts), OPEN: opened.result(counts)}


def main() -> int:
    """Print the table; return 0 where every target was met, 1 otherwise."""
    try:
        browser.chromium()
    except MissingTool as missing:
        print(missing, file=sys.stderr)
        return 1
    # SIGTERM ends all started processes, as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(
        f"each load for {WINDOW_S} s; medians of {ROUNDS} rounds (slowest to fastest), "
        "after an uncounted one",
        flush=True,
    )
    table = rows(compare())
    print_table(table)
    return verdict(table)


def _port(server: Server) -> str:
    return server.url.rpartition(":")[2]


if __name__ == "__main__":
    sys.exit(main())
