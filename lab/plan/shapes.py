"""The server shapes that a plan is made for, and how many workers each of them takes."""

from dataclasses import dataclass
from math import ceil

from lab.plan import erlang

ONE_QUEUE, OWN_QUEUES, NO_LIMIT = "one queue", "own queues", "no limit"
"""How requests come to slots: any free one takes the next, or only those of the worker that
accepted its connection; or there are none to wait for."""


@dataclass(frozen=True, slots=True)
class ServerShape:
    """One way to serve. `each` is the slots that a worker has unless another number is asked for.

    `fit` is the line in 11-memory that says what one more slot takes; empty for none. `settings`
    make it so, with the number of workers as {workers}, and of slots in each as {each}.
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
        """The line that says what one more worker takes."""
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
    """What is asked of a server: requests per second that each hold a slot for `hold_s` seconds.

    Each has `parts` calls at the upstream at once; `call_s` is how long one takes.
    """

    rate_rps: float
    hold_s: float
    parts: int = 1
    call_s: float

    @property
    def busy(self) -> float:
        """Little's law: the slots that are busy on average."""
        return self.rate_rps * self.hold_s

    @property
    def calls(self) -> float:
        """The calls that are at the upstream on average."""
        return self.rate_rps * self.parts * self.call_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """How large one shape must be. `each` and `slots` are None where nothing limits them.

    `pool` is how many connections to the upstream each worker's client must be allowed.
    """

    shape: ServerShape
    workers: int
    each: int | None
    pool: int

    @property
    def slots(self) -> int | None:
        """Of all workers."""
        return None if self.each is None else self.workers * self.each

    def settings(self) -> str:
        """The settings that make it so."""
        return self.shape.settings.format(workers=self.workers, each=self.each, pool=self.pool)


def size(
    shape: ServerShape, demand: Demand, *, each: int | None = None, workers_for_cpu: int = 1
) -> Sizing:
    """The smallest that serves the demand; `each` replaces the shape's own slots per worker.

    `workers_for_cpu` is how many its processor time takes at the least.
    """
    if shape.queues == NO_LIMIT:
        workers = workers_for_cpu
        return Sizing(
            shape=shape,
            workers=workers,
            each=None,
            pool=erlang.slots_for(demand.calls / workers),
        )
    of_each = shape.each if each is None or shape.each == 1 else each
    if shape.queues == OWN_QUEUES:
        workers = erlang.workers_for(demand.busy, of_each)
    else:
        workers = ceil(erlang.slots_for(demand.busy) / of_each)
    workers = max(workers, workers_for_cpu)
    return Sizing(shape=shape, workers=workers, each=of_each, pool=of_each * demand.parts)
