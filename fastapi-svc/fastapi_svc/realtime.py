"""A stream and a WebSocket: both wait in the event loop and hold no slot."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator
from time import monotonic
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, WebSocket, WebSocketDisconnect

from fastapi_svc.dependencies import TheSettings
from fastapi_svc.models import StreamLine
from fastapi_svc.problems import TooManySockets

UNSUPPORTED_DATA = 1003
GONE = 1006

realtime = APIRouter(tags=["realtime"])

Lines = Annotated[int, Query(ge=1, le=1000)]
LineEvery = Annotated[int, Query(ge=0, le=10_000)]
TickEvery = Annotated[int, Query(ge=10, le=10_000)]


@realtime.get("/stream")
async def stream(n: Lines = 10, every_ms: LineEvery = 100) -> AsyncIterator[StreamLine]:
    """Send lines as they come: the first at once, the others `every_ms` apart."""
    for line in range(1, n + 1):
        if line > 1:
            # the loop serves others meanwhile
            await asyncio.sleep(every_ms / 1000)
        yield StreamLine(line=line, of=n, pid=os.getpid())


async def take_place(websocket: WebSocket, settings: TheSettings) -> AsyncIterator[None]:
    """Count a WebSocket against SOCKETS until it ends.

    Raises TooManySockets if this worker already holds SOCKETS.
    """
    worker = websocket.app.state
    if worker.sockets >= settings.sockets:
        raise TooManySockets(f"this worker holds SOCKETS={settings.sockets}: try again later")
    worker.sockets += 1
    try:
        yield
    finally:
        worker.sockets -= 1


@realtime.websocket("/ws", dependencies=[Depends(take_place)])
async def talk(websocket: WebSocket, settings: TheSettings, every_ms: TickEvery = 1000) -> None:
    """Send a tick every `every_ms`, and each text back."""
    await websocket.accept()
    patience_s = settings.socket_ping_s
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(tick(websocket, every_ms / 1000, patience_s))
            group.create_task(echo(websocket, patience_s))
    except* WebSocketDisconnect:
        pass  # the client left: the task that noticed it has also ended the other task


async def tick(websocket: WebSocket, every_s: float, patience_s: float) -> None:
    """Send a tick with its number every `every_s` seconds, without drift."""
    due = monotonic()
    for count in itertools.count():
        await send(websocket, {"tick": count, "pid": os.getpid()}, patience_s)
        due += every_s
        await asyncio.sleep(due - monotonic())


async def echo(websocket: WebSocket, patience_s: float) -> None:
    """Send each text back until the client leaves.

    Raises WebSocketDisconnect when the client leaves or sends binary data.
    """
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message["code"])
        if message.get("text") is None:
            await websocket.close(UNSUPPORTED_DATA, "text only")
            raise WebSocketDisconnect(UNSUPPORTED_DATA)
        await send(websocket, {"echo": message["text"]}, patience_s)


async def send(websocket: WebSocket, message: dict[str, Any], patience_s: float) -> None:
    """Send a message as JSON, within `patience_s` seconds.

    Raises WebSocketDisconnect if the client has left, or does not read in time.
    """
    try:
        async with asyncio.timeout(patience_s):
            await websocket.send_json(message)
    except (TimeoutError, RuntimeError) as error:
        # uvicorn raises RuntimeError while it closes the connection by itself.
        raise WebSocketDisconnect(GONE) from error
