"""A burst: n requests sent at the same instant, each on a connection of its own.

One connection each, because a kept-alive connection pins its requests to the
worker that accepted it, and the burst would measure the client's pool.
"""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from types import SimpleNamespace

import aiohttp
from yarl import URL

from lab.samples import Sample, server_timing_s
from lab.targets import TARGETS, UPSTREAM

_NAMES = frozenset({"localhost", UPSTREAM, *(target.name for target in TARGETS)})


class ForeignAddressError(ValueError):
    """The address is none of the lab's own: neither loopback nor the name of a target."""


class ConnectionLostError(aiohttp.ClientError):
    """The connection ended before the answer; kept apart so that nothing sends again."""


def timeout_s(predicted_makespan_s: float) -> float:
    """How long a burst may take before its requests are given up: three times as predicted.

    The ten seconds on top are for predictions so short that a busy machine alone
    could triple them.
    """
    return 10.0 + 3.0 * predicted_makespan_s


async def send(
    url: str, requests: int, *, target: str, route: str, timeout_s: float
) -> list[Sample]:
    """Send `requests` GETs to `url` at once; one sample each, in the order of departure.

    A request that fails is a sample with an `error`, never an exception. Raises
    ForeignAddressError before anything is sent where `url` is not the lab's own.
    """
    refuse_foreign(url)
    # Everything that takes time is built before the clock starts. aiohttp asks for
    # a name's address once, however many requests wait for it.
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, force_close=True),
        timeout=aiohttp.ClientTimeout(total=timeout_s),
        middlewares=(_send_once,),
        trace_configs=[_departures()],
        trust_env=False,
    ) as session:
        origin_s = perf_counter()
        return await asyncio.gather(
            *(_one(session, URL(url), target, route, origin_s, timeout_s) for _ in range(requests))
        )


def refuse_foreign(url: str) -> None:
    """Raise ForeignAddressError unless `url` is on loopback or names a part of the lab."""
    parsed = URL(url)  # aiohttp's own parser, so that both see the same host
    host = parsed.host or ""
    if parsed.scheme != "http" or not (host in _NAMES or _is_loopback(host)):
        raise ForeignAddressError(
            f"{url!r}: expected http:// and a loopback address or one of "
            f"{', '.join(sorted(_NAMES))}"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _one(
    session: aiohttp.ClientSession,
    url: URL,
    target: str,
    route: str,
    origin_s: float,
    timeout_s: float,
) -> Sample:
    """Send one request and wait for all of its answer."""
    sent: list[float] = []
    status, error = 0, ""
    headers: Mapping[str, str] = {}
    start_s = perf_counter() - origin_s
    try:
        # No redirects: one could lead out of the lab.
        async with session.get(url, allow_redirects=False, trace_request_ctx=sent) as answer:
            status, headers = answer.status, answer.headers  # in any case of letters
            body = await answer.text(errors="replace")
        if status != 200:
            error = f"answered {status}: {' '.join(body.split())[:200]}"
    except TimeoutError:
        error = f"no {'answer' if sent else 'connection'} in {timeout_s:g} s"
    except aiohttp.ClientConnectorError as cause:
        error = f"no connection: {cause.os_error.strerror or cause.os_error}"
    except aiohttp.ClientError as cause:
        error = f"connection lost: {cause}"
    end_s = perf_counter() - origin_s

    timing_s = server_timing_s(headers.get("Server-Timing", ""))
    pid = headers.get("X-Worker-Pid", "")
    return Sample(
        start_s=start_s,
        latency_s=end_s - start_s,
        status=status,
        target=target,
        route=route,
        worker_pid=int(pid) if pid.isdecimal() else None,
        upstream_s=timing_s.get("upstream"),
        app_s=timing_s.get("app"),
        error=error,
        sent_s=sent[0] - origin_s if sent else None,
    )


def _departures() -> aiohttp.TraceConfig:
    """Notes in a request's list when its headers, which are all of it, were written."""

    async def note(
        _session: aiohttp.ClientSession,
        context: SimpleNamespace,
        _params: aiohttp.TraceRequestHeadersSentParams,
    ) -> None:
        context.trace_request_ctx.append(perf_counter())

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(note)
    return trace


async def _send_once(
    request: aiohttp.ClientRequest,
    handler: Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]],
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a GET again by itself when its connection is lost.

    A second attempt would be one more request than the burst has, and would hide
    the failure of the first. aiohttp repeats on these two errors and on no other.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise ConnectionLostError(str(error)) from error
