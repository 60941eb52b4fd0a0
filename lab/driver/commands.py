"""What the driver can be told, and who obeys.

    {"do": "hello"}                                     who it is
    {"do": "burst", "url": ..., "requests": 16, ...}    the loads of lab/experiments/experiment.py
    {"do": "release"}                                   ends what "hold" began
    {"do": "fetch", "method": "GET", "url": ...}        one request, its answer as JSON
    {"do": "ceiling", "url": ..., "connections": 64}    the most this driver can send

A load answers {"rows": {column: [...]}, "driver": {...}} (docs/results.md has both), with
"counts" instead of "rows" where single samples are not kept, and "figures" where there are some.
A request that fails is a row with an error. What cannot be obeyed is {"error": sentence}.
"""

import os
import platform
from collections.abc import Awaitable, Callable
from typing import Any

from lab.addresses import ForeignAddressError
from lab.driver import at_once, single, steady, threads
from lab.driver.account import undisturbed
from lab.driver.command import Answer, Command, CommandError
from lab.driver.exhaustion import open_files


class Commands:
    """Obeys one command at a time; a hold lies between its two."""

    def __init__(self) -> None:
        self._holding = at_once.Holding()
        self._known: dict[str, Callable[[Command], Awaitable[Answer]]] = {
            "hello": _hello,
            "burst": at_once.burst,
            "closed": steady.closed,
            "open": steady.open_,
            "hold": self._holding.hold,
            "release": self._holding.release,
            "sockets": at_once.sockets,
            "threads": threads.threads,
            "ask": single.ask,
            "fetch": single.fetch,
            "ceiling": steady.ceiling,
        }

    async def answer(self, values: Any) -> Answer:
        """Obey what came over the line, and say what came of it."""
        try:
            command = Command(values)
            obey = self._known.get(command.name)
            if obey is None:
                known = ", ".join(self._known)
                raise CommandError(f"do={command.name!r}: expected one of {known}")
            with undisturbed():
                return await obey(command)
        except (CommandError, ForeignAddressError) as problem:
            return {"error": str(problem)}

    def close(self) -> None:
        """End what is held."""
        self._holding.close()


async def _hello(_command: Command) -> Answer:
    return {"open_files": open_files(), "python": platform.python_version(), "pid": os.getpid()}
