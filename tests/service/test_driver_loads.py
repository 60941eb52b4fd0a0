"""What the driver is told, and what a real upstream and it say of that afterwards."""

import asyncio
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest
import uvloop

from lab.driver.open_load import due_times
from lab.driver.serve import Commands

Answer = dict[str, Any]
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

DEADLINE_S = 20.0
KEPT = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
COLUMNS = {
    "phase",
    "burst",
    "due_s",
    "start_s",
    "sent_s",
    "latency_s",
    "status",
    "worker_pid",
    "upstream_s",
    "app_s",
    "error",
}


def obey(upstream: httpx.Client, path: str, **command: Any) -> Answer:
    """One command about a path of the upstream's; whatever it wants told is told."""
    return uvloop.run(Commands().answer(command | {"url": f"{upstream.base_url}/{path}"}))


def obey_before(handle: Handler, until: asyncio.Event | None = None, **command: Any) -> Answer:
    """One command about a server that handles its connections so; until that is set, if given."""
    handling: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handling.add(task)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await handle(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        handling.discard(task)

    async def scenario() -> Answer:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        try:
            async with asyncio.timeout(DEADLINE_S):
                url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
                answer = await Commands().answer(command | {"url": url})
                if until is not None:
                    await until.wait()
                while handling:
                    await asyncio.wait(handling)
                return answer
        finally:
            server.close()

    return uvloop.run(scenario())


def stats(upstream: httpx.Client) -> Answer:
    """What the upstream counted, of everybody."""
    told: Answer = upstream.get("/stats").json()["all"]
    return told


def ends_s(rows: Answer) -> list[float]:
    """When each request ended."""
    return [
        start_s + latency_s
        for start_s, latency_s in zip(rows["start_s"], rows["latency_s"], strict=True)
    ]


def test_a_burst_is_all_there_before_anybody_is_answered(upstream: httpx.Client) -> None:
    """Two bursts of 50, each with clocks of its own, on 100 connections."""
    answer = obey(upstream, "delay/1", do="burst", requests=50, bursts=2, pause_s=0.01)

    rows = answer["rows"]
    assert set(rows) == COLUMNS
    assert rows["burst"] == [0] * 50 + [1] * 50
    assert set(rows["phase"]) == {"measured"}
    assert rows["status"] == [200] * 100
    for burst in (slice(50), slice(50, None)):
        assert min(rows["start_s"][burst]) == 0.0
        assert max(rows["sent_s"][burst]) < min(ends_s(rows)[burst])
    assert stats(upstream)["peak"] == 50
    assert stats(upstream)["served"] == 100
    assert 0 < answer["driver"]["cpu_s"] < answer["driver"]["wall_s"]
    assert answer["driver"]["late_s"] == pytest.approx(
        max(max(rows["start_s"][:50]), max(rows["start_s"][50:])), abs=1e-5
    )


def test_a_failed_request_is_a_row_with_a_sentence(upstream: httpx.Client) -> None:
    """The load goes on, and the command is no error."""
    answer = obey(upstream, "delay/60", do="burst", requests=3, timeout_s=0.1)

    assert answer["rows"]["error"] == ["no answer in 0.1 s"] * 3
    assert answer["rows"]["status"] == [0] * 3


def test_a_closed_load_has_as_many_in_flight_as_users(upstream: httpx.Client) -> None:
    """Never more, and phases go by when an answer ended."""
    answer = obey(
        upstream, "delay/20ms", do="closed", users=5, think_s=0, warmup_s=0.3, duration_s=0.5
    )

    rows = answer["rows"]
    assert rows["error"] == [""] * len(rows["error"])
    assert stats(upstream)["peak"] == 5
    phases = {
        phase: [each for each, its in zip(ends_s(rows), rows["phase"], strict=True) if its == phase]
        for phase in ("warm-up", "measured")
    }
    assert all(each < 0.3 for each in phases["warm-up"])
    assert all(0.3 <= each <= 0.8 for each in phases["measured"])
    assert min(map(len, phases.values())) > 0


def test_what_is_in_flight_in_the_end_is_in_no_row(
    upstream: httpx.Client, eventually: Callable[..., None]
) -> None:
    """It is counted apart, and the upstream is told at once that nobody waits any more."""
    answer = obey(upstream, "delay/60", do="closed", users=4, duration_s=0.5)

    assert answer["rows"]["status"] == []
    assert answer["driver"]["abandoned"] == 4
    eventually(lambda: stats(upstream)["cancelled"] == 4, "four are cancelled")


def test_counts_are_those_of_the_measured_time(upstream: httpx.Client) -> None:
    """As many as the upstream served, except for the warm-up and the last ones in flight."""
    answer = obey(
        upstream, "delay/0", do="closed", users=4, warmup_s=0.2, duration_s=0.5, keeps="counts"
    )

    counts = answer["counts"]
    assert counts["latency_us"] == sorted(set(counts["latency_us"]))
    assert min(counts["count"]) > 0
    assert (answer["failed"], answer["failure"]) == (0, "")
    assert 0 < sum(counts["count"]) < stats(upstream)["served"]


def test_failures_are_counted_apart_with_the_commonest_sentence(upstream: httpx.Client) -> None:
    """The upstream refuses every other request or so."""
    upstream.put("/behaviour", json={"error_rate": 1.0, "error_status": 503, "delay_ms": 1})

    answer = obey(upstream, "call", do="closed", users=2, duration_s=0.3, keeps="counts")

    assert answer["counts"]["count"] == []
    assert answer["failed"] > 0
    assert answer["failure"].startswith("answered 503: ")


@pytest.mark.parametrize("keep_alive", [True, False])
def test_users_keep_their_connections_or_open_new_ones(keep_alive: bool) -> None:
    """As many connections as users, or as requests, of which each says that it is the last."""
    connections, requests, closing = 0, 0, 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections, requests, closing
        connections += 1
        is_last = False
        while not is_last:
            head = await reader.readuntil(b"\r\n\r\n")
            is_last = b"Connection: close" in head
            requests += 1
            closing += is_last
            writer.write(KEPT)

    answer = obey_before(handle, do="closed", users=3, keep_alive=keep_alive, duration_s=0.2)

    assert set(answer["rows"]["status"]) == {200}
    assert connections == (3 if keep_alive else requests)
    assert closing == (0 if keep_alive else requests)
    assert requests > 3


def test_a_closed_load_can_post() -> None:
    """A body of nothing, with its length, on the connection that is kept."""
    heads: set[bytes] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            assert b"Content-Length: 0" in head
            heads.add(head.partition(b" ")[0])
            writer.write(KEPT)

    answer = obey_before(handle, do="closed", users=1, duration_s=0.1, method="POST")

    assert set(answer["rows"]["status"]) == {200}
    assert heads == {b"POST"}


def test_each_request_of_a_burst_says_that_it_is_the_last() -> None:
    """Or a server would keep its connection, and perhaps the slot behind it."""
    heads: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(KEPT)

    obey_before(handle, do="burst", requests=2)

    assert [head.count(b"Connection: close\r\n") for head in heads] == [1, 1]


def test_open_load_uses_idle_connections_again() -> None:
    """Answered at once, ten requests find fewer connections enough."""
    connections = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(KEPT)

    answer = obey_before(handle, do="open", rate_rps=50, duration_s=0.2)

    assert answer["rows"]["status"] == [200] * 10
    assert 0 < connections < 10


def test_a_load_that_falls_behind_hears_answers_all_the_same(upstream: httpx.Client) -> None:
    """Ten thousand are due within a tenth of a second, which nobody can send."""
    answer = obey(upstream, "delay/0", do="open", rate_rps=100_000, duration_s=0.1)

    rows = answer["rows"]
    assert len(rows["status"]) == 10_000
    assert answer["driver"]["late_s"] > 0
    assert min(ends_s(rows)) < max(rows["start_s"])


def test_users_may_begin_one_after_the_other(upstream: httpx.Client) -> None:
    """Evenly over `ramp_s`; all at once without it."""
    load = {"do": "closed", "users": 4, "duration_s": 1.2}

    apart = obey(upstream, "delay/700ms", **load, ramp_s=0.4)["rows"]["start_s"]
    at_once = obey(upstream, "delay/700ms", **load)["rows"]["start_s"]

    assert len(apart) == len(at_once) == 4
    assert max(apart) - min(apart) > 0.25
    assert max(at_once) - min(at_once) < 0.25


@pytest.mark.parametrize("kind", ["closed", "open"])
def test_who_is_left_in_the_end_hears_that_nobody_waits(kind: str) -> None:
    """By a reset, so that a server need not serve what is still in its queue."""
    heard: list[str] = []
    all_heard = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await reader.read()
            heard.append("end")
        except ConnectionResetError:
            heard.append("reset")
        if len(heard) == 2:
            all_heard.set()

    load = {"users": 2} if kind == "closed" else {"rate_rps": 20}
    obey_before(handle, all_heard, do=kind, duration_s=0.1, settle_s=0, **load)

    assert heard == ["reset", "reset"]


def test_users_think_between_an_answer_and_the_next_request(upstream: httpx.Client) -> None:
    """A user who thinks for a minute asks once."""
    answer = obey(upstream, "delay/0", do="closed", users=3, think_s=60, duration_s=0.3)

    assert answer["rows"]["status"] == [200] * 3
    assert answer["driver"]["abandoned"] == 0


def test_even_arrivals_are_a_gap_apart() -> None:
    """Worked out by hand: 4 a second for a second."""
    assert list(due_times(4, "even", 1, 1.0)) == [0.0, 0.25, 0.5, 0.75]


def test_random_arrivals_are_the_same_for_the_same_seed() -> None:
    """With the mean that was asked for: 10,000 gaps differ from 1/100 s by less than 5 %."""
    first, again, other = (list(due_times(100, "random", seed, 100.0)) for seed in (1, 1, 2))

    assert first == again != other
    assert len(first) == pytest.approx(10_000, rel=0.05)
    assert first == sorted(first)
    assert first[0] > 0
    assert first[-1] < 100


def test_requests_leave_although_none_is_answered(upstream: httpx.Client) -> None:
    """Twenty are due, twenty leave, and the time's end finds twenty unanswered rows."""
    answer = obey(
        upstream, "delay/60", do="open", rate_rps=50, warmup_s=0.1, duration_s=0.3, settle_s=0
    )

    rows = answer["rows"]
    assert rows["error"] == ["no answer when the measurement ended"] * 20
    assert rows["due_s"] == [pytest.approx(number / 50) for number in range(20)]
    assert rows["phase"] == ["warm-up"] * 5 + ["measured"] * 15
    assert all(
        sent_s >= start_s >= due_s
        for sent_s, start_s, due_s in zip(
            rows["sent_s"], rows["start_s"], rows["due_s"], strict=True
        )
    )
    late_s = [a - b for a, b in zip(rows["start_s"], rows["due_s"], strict=True)]
    assert answer["driver"]["late_s"] == pytest.approx(max(late_s), abs=1e-3)


def test_open_load_waits_for_late_answers(upstream: httpx.Client) -> None:
    """The last is due just before the end, and answered well after it."""
    answer = obey(upstream, "delay/500ms", do="open", rate_rps=20, duration_s=0.2, settle_s=20)

    assert answer["rows"]["status"] == [200] * 4
    assert max(ends_s(answer["rows"])) > 0.5


def test_arrivals_beyond_the_most_in_flight_are_counted_and_dropped(
    upstream: httpx.Client,
) -> None:
    """Twenty are due, three find room."""
    answer = obey(
        upstream,
        "delay/60",
        do="open",
        rate_rps=50,
        duration_s=0.4,
        settle_s=0,
        max_in_flight=3,
    )

    assert len(answer["rows"]["status"]) == 3
    assert answer["driver"]["unsent"] == 17


def test_held_requests_stay_in_flight_until_they_are_released(
    upstream: httpx.Client, eventually: Callable[..., None]
) -> None:
    """Meanwhile others can be asked, and no second hold begun."""
    url = f"{upstream.base_url}/delay/2"

    async def scenario() -> list[Answer]:
        commands = Commands()
        answers = [await commands.answer({"do": "hold", "url": url, "requests": 7})]
        eventually(lambda: stats(upstream)["in_flight"] == 7, "seven are held")
        answers.append(await commands.answer({"do": "hold", "url": url, "requests": 1}))
        fetch = {"do": "fetch", "url": f"{upstream.base_url}/healthz"}
        answers.append(await commands.answer(fetch))
        answers.append(await commands.answer({"do": "release"}))
        answers.append(await commands.answer({"do": "release"}))
        return answers

    held, second, fetched, released, again = uvloop.run(scenario())

    assert held["sent"] == 7
    assert second == {"error": "hold: one is under way; release it first"}
    assert fetched == {"status": 200, "json": {"status": "ok"}}
    assert released["rows"]["status"] == [200] * 7
    assert again == {"error": "release: nothing is held"}


def test_a_hold_is_answered_when_nothing_is_left_to_send() -> None:
    """Here that takes until they are given up, because the server has room for few."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"

        async def scenario() -> list[Answer]:
            commands = Commands()
            hold = {"do": "hold", "url": url, "requests": 20, "timeout_s": 0.3}
            return [await commands.answer(hold), await commands.answer({"do": "release"})]

        held, released = uvloop.run(scenario())

    assert 0 < held["sent"] < 20
    assert held["wall_s"] >= 0.3
    errors = Counter(released["rows"]["error"])
    assert errors["no connection in 0.3 s"] == 20 - held["sent"]
    assert errors["no answer in 0.3 s"] == held["sent"]


def test_the_ceiling_is_a_rate_and_what_it_took(upstream: httpx.Client) -> None:
    """Something between nothing and all of a core."""
    answer = obey(upstream, "healthz", do="ceiling", connections=8, duration_s=0.5)

    assert answer["rate_rps"] > 0
    assert 0 < answer["cpu_share"] <= 1.05


def test_asks_come_one_after_the_other_with_the_answers(upstream: httpx.Client) -> None:
    """A refusal is a row with its status; each answer is shown once."""
    asks = [
        {"method": "PUT", "path": "/behaviour", "body": {"delay_ms": -1}},
        {"path": "/nowhere", "headers": {"X-More": "1"}},
        {"path": "/healthz"},
    ]

    answer = uvloop.run(
        Commands().answer({"do": "ask", "url": str(upstream.base_url), "asks": asks, "times": 2})
    )

    rows = answer["rows"]
    assert rows["status"] == [400, 400, 404, 404, 200, 200]
    assert rows["route"] == ["/behaviour"] * 2 + ["/nowhere"] * 2 + ["/healthz"] * 2
    assert rows["error"][0].startswith("answered 400: ")
    assert [each["status"] for each in answer["answers"]] == [400, 404, 200]
    assert answer["answers"][2] == {
        "status": 200,
        "content_type": "application/json",
        "body": '{"status":"ok"}',
    }
    assert all(
        next_s >= end_s for next_s, end_s in zip(rows["start_s"][1:], ends_s(rows), strict=False)
    )


def test_fetch_turns_the_dial_and_gives_what_is_no_json_as_nothing(upstream: httpx.Client) -> None:
    """A body goes out as JSON, and comes back as such if it is."""
    told = obey(upstream, "behaviour", do="fetch", method="PUT", body={"delay_ms": 7})
    assert (told["status"], told["json"]["delay_ms"]) == (200, 7.0)

    assert obey(upstream, "nowhere", do="fetch")["status"] == 404


def test_threads_cost_more_as_pythons_than_as_the_systems() -> None:
    """Twenty figures each, of one start and join."""
    answer = uvloop.run(Commands().answer({"do": "threads", "requests": 200}))

    figures = answer["figures"]
    assert set(figures) == {"thread_start_s", "thread_bare_s", "thread_create_s"}
    assert [len(each) for each in figures.values()] == [20, 20, 20]
    assert 0 < min(figures["thread_create_s"]) < min(figures["thread_bare_s"])
    assert min(figures["thread_bare_s"]) < min(figures["thread_start_s"])


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ({"do": "dance"}, "do='dance': expected one of hello, burst, "),
        ({"do": "burst", "requests": 1}, "burst: url is missing"),
        ({"do": "burst", "url": "http://127.0.0.1:1/"}, "burst: requests is missing"),
        (
            {"do": "burst", "url": "http://127.0.0.1:1/", "requests": 0},
            "burst: requests=0: expected a whole number from 1 to ",
        ),
        (
            {"do": "burst", "url": "http://127.0.0.1:1/", "requests": 1, "method": "HEAD"},
            "burst: method='HEAD': expected one of GET, ",
        ),
        (
            {"do": "closed", "url": "http://127.0.0.1:1/", "users": 1, "duration_s": 0},
            "closed: duration_s=0: expected a number above 0",
        ),
        (
            {"do": "open", "url": "http://127.0.0.1:1/", "rate_rps": "9", "duration_s": 1},
            "open: rate_rps='9': expected a number",
        ),
        ({"do": "burst", "url": "http://example.org/", "requests": 1}, "'http://example.org/'"),
        (
            {"do": "ask", "url": "http://127.0.0.1:1", "asks": [{"path": "/a\r\nb"}]},
            "'http://localhost/a",
        ),
        ({"do": "ask", "url": "http://127.0.0.1:1", "asks": "all"}, "ask: asks: expected a list"),
        ({"do": "fetch", "url": "http://127.0.0.1:1/"}, "http://127.0.0.1:1/: no connection: "),
        (["hello"], 'expected an object with "do"'),
    ],
)
def test_what_cannot_be_obeyed_is_said_in_a_sentence(command: Any, sentence: str) -> None:
    """Key, value and expectation; nothing is sent."""
    answer = uvloop.run(Commands().answer(command))

    assert set(answer) == {"error"}
    assert answer["error"].startswith(sentence)


def test_the_seed_of_arrivals_reaches_the_load(upstream: httpx.Client) -> None:
    """The due times are those of the seed, to the microsecond."""
    answer = obey(
        upstream, "delay/0", do="open", rate_rps=60, arrivals="random", seed=5, duration_s=0.5
    )

    expected = Counter(round(each, 6) for each in due_times(60, "random", 5, 0.5))
    assert Counter(answer["rows"]["due_s"]) == expected
