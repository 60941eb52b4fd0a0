"""The server shapes of a plan, and the number of workers that each needs."""

from dataclasses import dataclass
from math import ceil

from lab.plan import erlang

ONE_QUEUE, OWN_QUEUES, NO_LIMIT = "one queue", "own queues", "no limit"
"""How requests reach slots. One queue: any free slot takes the next request. Own queues: only slots
of the worker that accepted the connection. No limit: requests never wait for a slot."""


@dataclass(frozen=True, slots=True)
class ServerShape:
    """One server shape. `each` is the default number of slots per worker.

    `fit` names the line of 11-memory whose slope is the memory of one more slot; empty for none.
    `settings` is a template of the settings for this shape, with {workers}, {each} (slots per
    worker) and {pool} (connections to the upstream).
    """

    name: str
    framework: str
    worker_class: str
    route: str
    fit: str
    queues: str
    each: int
    settings: str

    @property
    def worker_fit(self) -> str:
        """Name of the line of 11-memory whose slope is the memory of one more worker."""
        return f"{self.framework}-worker"


SHAPES = (
    ServerShape(
        "Flask, sync workers", "flask", "sync", "io", "flask-worker", ONE_QUEUE, 1,
        "FLASK_WORKER_CLASS=sync FLASK_WORKERS={workers}",
    ),
    ServerShape(
        "Flask, threads", "flask", "gthread", "io", "thread", ONE_QUEUE, 25,
        "FLASK_WORKER_CLASS=gthread FLASK_WORKERS={workers} FLASK_THREADS={each} "
        "FLASK_CONNECTIONS={each}",
    ),
    ServerShape(
        "Flask, greenlets", "flask", "gevent", "io", "greenlet", ONE_QUEUE, 250,
        "FLASK_WORKER_CLASS=gevent FLASK_WORKERS={workers} FLASK_CONNECTIONS={each}",
    ),
    ServerShape(
        "Flask behind ASGI", "flask", "asgi", "io", "", OWN_QUEUES, 25,
        "FLASK_WORKER_CLASS=asgi FLASK_WORKERS={workers} FLASK_THREADS={each}",
    ),
    ServerShape(
        "FastAPI, def", "fastapi", "asgi", "io", "fastapi-thread", OWN_QUEUES, 40,
        "FASTAPI_WORKERS={workers} FASTAPI_THREADS={each}",
    ),
    ServerShape(
        "FastAPI, async def", "fastapi", "asgi", "async-io", "request", NO_LIMIT, 0,
        "FASTAPI_WORKERS={workers} CLIENT_CONNECTIONS={pool}",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """The load on a server: requests per second that each hold a slot for `hold_s` seconds.

    Each request makes `parts` concurrent calls to the upstream; one takes `call_s` seconds. It
    holds a connection to the database for `query_s` seconds, which are a part of `hold_s`.
    """

    rate_rps: float
    hold_s: float
    parts: int = 1
    call_s: float
    query_s: float = 0.0

    @property
    def busy(self) -> float:
        """Mean number of busy slots, by Little's law."""
        return self.rate_rps * self.hold_s

    @property
    def calls(self) -> float:
        """Mean number of calls in flight at the upstream, by Little's law."""
        return self.rate_rps * self.parts * self.call_s

    @property
    def connected(self) -> float:
        """Mean number of busy connections to the database, by Little's law."""
        return self.rate_rps * self.query_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """Size of one shape. `each` (slots per worker) and `slots` are None where nothing limits them.

    `pool` is the number of connections to the upstream that each worker's client needs.
    """

    shape: ServerShape
    workers: int
    each: int | None
    pool: int

    @property
    def slots(self) -> int | None:
        """Slots of all workers together."""
        return None if self.each is None else self.workers * self.each

    def settings(self) -> str:
        """Return the settings for this size, as NAME=value separated by spaces."""
        return self.shape.settings.format(workers=self.workers, each=self.each, pool=self.pool)


def size(
    shape: ServerShape, demand: Demand, *, each: int | None = None, workers_for_cpu: int = 1
) -> Sizing:
    """Return the smallest size that serves the demand.

    `each` replaces the shape's own slots per worker, except for shapes with one slot per worker.
    `workers_for_cpu` is the minimum number of workers for processor time.
    """
    if shape.queues == NO_LIMIT:
        workers = workers_for_cpu
        return Sizing(
            shape=shape, workers=workers, each=None, pool=erlang.slots_for(demand.calls / workers)
        )
    of_each = shape.each if each is None or shape.each == 1 else each
    if shape.queues == OWN_QUEUES:
        workers = erlang.workers_for(demand.busy, of_each)
    else:
        workers = ceil(erlang.slots_for(demand.busy) / of_each)
    workers = max(workers, workers_for_cpu)
    return Sizing(shape=shape, workers=workers, each=of_each, pool=of_each * demand.parts)
