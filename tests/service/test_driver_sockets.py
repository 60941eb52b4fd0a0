"""The driver's WebSockets: held, closed with a close frame, and counted."""

import asyncio
from typing import Any

import uvloop
from websockets.asyncio.server import ServerConnection, serve

from lab.driver.serve import Commands
from lab.driver.websocket import Frames, frame

DEADLINE_S = 20.0


def sockets(url: str, **command: Any) -> dict[str, Any]:
    """Return the answer to the command "sockets" for this URL."""
    return uvloop.run(Commands().answer({"do": "sockets", "url": url} | command))


def test_flask_shakes_as_many_hands_as_it_has_slots(services: Any) -> None:
    """Of six WebSockets on four slots, two wait until the first are closed."""
    answer = sockets(f"{services.flask.url}/ws", requests=6, hold_s=1.0)

    rows, figures = answer["rows"], answer["figures"]
    assert rows["status"] == [101] * 6
    assert rows["error"] == [""] * 6
    assert figures["handshakes"] == [4]
    assert figures["makespan_s"][0] >= 2.0
    assert len([each for each in rows["latency_s"] if each >= 1.0]) == 2


def test_fastapi_shakes_every_hand_at_once(services: Any) -> None:
    """The second burst finds no WebSocket of the first still open."""
    for _ in range(2):
        answer = sockets(f"{services.fastapi.url}/ws", requests=6, hold_s=0.5)

        assert answer["rows"]["error"] == [""] * 6
        assert answer["figures"]["handshakes"] == [6]


def test_a_refused_handshake_is_a_failed_row(services: Any) -> None:
    """The service refuses a bad parameter before the handshake."""
    answer = sockets(f"{services.fastapi.url}/ws?every_ms=never", requests=2, hold_s=0.1)

    assert answer["rows"]["status"] == [400, 400]
    assert all(each.startswith("answered 400: ") for each in answer["rows"]["error"])
    assert answer["figures"]["handshakes"] == [0]


def test_an_ordinary_answer_is_no_handshake(services: Any) -> None:
    """The mock upstream has no WebSockets and answers with 200."""
    port = services.ports["MOCK_UPSTREAM_PORT"]
    answer = sockets(f"http://127.0.0.1:{port}/healthz", requests=1, hold_s=0.1)

    assert answer["rows"]["error"] == ["no WebSocket: answered 200"]


def test_pings_are_answered_messages_read_and_the_end_said() -> None:
    """The server gets a pong while the WebSocket is held, and close code 1001 at the end."""
    seen: list[object] = []
    left = asyncio.Event()

    async def talk(websocket: ServerConnection) -> None:
        for size in (1, 125, 126, 70_000):
            await websocket.send("x" * size)
        await (await websocket.ping())
        seen.append("pong")
        await websocket.wait_closed()
        seen.append(websocket.close_code)
        left.set()

    async def scenario() -> dict[str, Any]:
        async with serve(talk, "127.0.0.1", 0, compression=None) as server:
            port = server.sockets[0].getsockname()[1]
            url = f"http://127.0.0.1:{port}/"
            answer = await Commands().answer(
                {"do": "sockets", "url": url, "requests": 1, "hold_s": 0.5}
            )
            async with asyncio.timeout(DEADLINE_S):
                await left.wait()
            return answer

    answer = asyncio.run(scenario())

    assert seen == ["pong", 1001]
    assert answer["rows"]["error"] == [""]


def test_a_socket_that_the_server_ends_early_is_a_failure() -> None:
    """The driver wanted to hold it for 60 s; the server closed it at once."""

    async def leave(websocket: ServerConnection) -> None:
        await websocket.close()

    async def scenario() -> dict[str, Any]:
        async with serve(leave, "127.0.0.1", 0, compression=None) as server:
            port = server.sockets[0].getsockname()[1]
            return await Commands().answer(
                {
                    "do": "sockets",
                    "url": f"http://127.0.0.1:{port}/",
                    "requests": 2,
                    "hold_s": 60,
                }
            )

    answer = asyncio.run(scenario())

    assert answer["rows"]["status"] == [101, 101]
    lost = "connection lost: the server closed the WebSocket while it was held"
    assert answer["rows"]["error"] == [lost] * 2


def test_frames_are_understood_however_they_are_cut() -> None:
    """Parsing byte by byte gives the same frames as parsing all at once."""
    data = b"\x89\x01p" + b"\x82\x7e\x00\x80" + b"m" * 128 + b"\x88\x02\x03\xe9"
    expected = [(9, b"p"), (2, b"m" * 128), (8, b"\x03\xe9")]

    assert Frames().feed(data) == expected
    slowly = Frames()
    assert [each for byte in data for each in slowly.feed(bytes([byte]))] == expected


def test_a_clients_frame_is_masked() -> None:
    """Unmasking gives the payload again."""
    data = frame(0xA, b"ping me")

    assert data[:2] == bytes((0x8A, 0x80 | 7))
    assert bytes(byte ^ data[2:6][index % 4] for index, byte in enumerate(data[6:])) == b"ping me"
