"""One target under load: its setup, and what the lab sees of it at one moment."""

from collections.abc import Sequence
from dataclasses import dataclass

from lab.live.calibration import RequestCost
from lab.live.database import Activity, Client
from lab.live.dead_calls import DeadCalls
from lab.live.load import TargetLoad
from lab.live.stations import PROCESSOR, WORKER, StationNow
from lab.targets import DATABASE_ROUTES, HELD_ROUTES, ROUTES, SLOT_ROUTES, asks_database
from lab.theory import Station, Way, slots_alone


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSetup:
    """One target's shape, and the load that it gets.

    `routes` has the routes of each kind of users that the target has, or would have. `slots` is
    how many of their requests can hold a slot at once, None for no limit. `load` is the load on
    this target alone; `active` says whether it gets any now. `timeout_s` is the target's timeout
    for the upstream, `statement_timeout_s` that for the database. `left_over` is the number of
    slots busy with requests of an earlier run.
    `dead` are its calls that the upstream will never answer, also those of an earlier run.
    `cores` are those of its machine. `calibration` is what a request to its one route costs, None
    where that is not measured.
    `workers` and `shape`, the server's shape in words, are None where the target has not told them.
    `replaced_at_s` is the time of day in seconds at which its server was last seen to be replaced.
    """

    name: str
    framework: str
    routes: tuple[str, ...]
    active: bool
    load: TargetLoad
    workers: int | None
    slots: int | None
    slots_known: bool
    timeout_s: float
    statement_timeout_s: float = 65.0
    left_over: int = 0
    dead: DeadCalls = DeadCalls()
    cores: int = 1
    calibration: RequestCost | None = None
    shape: str | None = None
    replaced_at_s: float | None = None

    @property
    def route(self) -> str:
        """All routes in one string, for people: "io + ws"."""
        return " + ".join(self.routes)

    @property
    def waits(self) -> bool:
        """Whether a route waits as the dial says, on the upstream or on the database."""
        return any(route in ROUTES or route in DATABASE_ROUTES for route in self.routes)

    @property
    def asks_upstream(self) -> bool:
        """Whether a route calls the upstream."""
        return any(route in ROUTES for route in self.routes)

    @property
    def asks_database(self) -> bool:
        """Whether a route sends queries to the database."""
        return any(asks_database(route) for route in self.routes)

    @property
    def stays(self) -> bool:
        """Whether a route is held by its client: a stream or a WebSocket."""
        return any(route in HELD_ROUTES for route in self.routes)

    @property
    def passes(self) -> bool:
        """Whether a route does not wait, so that its requests hold no slot."""
        return any(route not in SLOT_ROUTES for route in self.routes)

    @property
    def parts(self) -> int:
        """Concurrent calls of one request at the upstream; 1 where no route waits on it."""
        return next((ROUTES[route].parts for route in self.routes if route in ROUTES), 1)

    @property
    def dead_requests(self) -> int:
        """Requests that wait for a dead call."""
        return self.dead.requests(parts=self.parts)

    def way(self, hold_s: float | None) -> Way | None:
        """Stations of a request that waits `hold_s` seconds; None where they are unknown.

        Where a request is calibrated, the processor is a station inside of the worker's slot, with
        a core for each worker at most, and on a route that does not wait it is the only one with a
        limit. It is a bound: on one machine the load and the upstream need the same cores.
        """
        if self.calibration is None or self.workers is None:
            return self._slots_alone(hold_s)
        held_s = self.calibration.held_s
        processor = Station(PROCESSOR, min(self.cores, self.workers), held_s)
        if self.passes:
            return (Station(WORKER, None, held_s), processor)
        if hold_s is None or not self.slots_known:
            return None
        return (Station(WORKER, self.slots, hold_s + held_s), processor)

    def _slots_alone(self, hold_s: float | None) -> Way | None:
        known = hold_s is not None and self.slots_known
        return slots_alone(self.slots, hold_s or 0.0) if known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One target now. A field with a default may be unknown; its default makes no rule apply.

    active        whether a run sends load to the target
    route         what the load asks for; several routes as "io + ws"
    waits         whether a route waits as the dial says
    asks_upstream, asks_database  whether a route calls the upstream, or queries the database
    stays         whether a route is a stream or a WebSocket, served for a while
    passes        whether a route does not wait at all
    slots         how many requests can hold a slot; None where nothing limits them
    workers       worker processes that share the slots
    hold_s        mean time for which a request holds its slot
    longest_hold_s  hold time that hardly any request exceeds
    in_flight     requests sent and not answered
    busy          those at the upstream and at the database, plus the streams and WebSockets
                  being served; None where unknown. Both counts are medians over the last second,
                  because a slot is free for some milliseconds between two waves
    streams, sockets  streams and WebSockets among the busy slots
    throughput_rps, response_s, failed_share, dropped_rps, queue_growth_rps
                  over the last seconds; response_s is the median latency
    failure       text of the last failure
    dialled_faults  share of requests that the upstream's dial makes fail now
    dialled_share  share of the answers of the last seconds that failed because the upstream's
                  dial asked for it, as the upstream counted them: errors, resets and the
                  time-outs of dead calls
    silent_s      seconds since the last answer, since nothing was in flight, or since dead calls
                  explained the silence
    dead          requests whose call to the upstream is dead
    dead_first_s, dead_last_s  seconds until the first and the last of them times out
    is_frozen     whether every new call to the upstream dies
    generator_cpu  share of one core that the busiest load worker uses
    lost_load_workers  names of load workers that no longer take part
    left_over     slots busy with abandoned requests of an earlier run; this run's requests
                  queue behind them
    upstream_silent_s  seconds for which the upstream has given no answer
    upstream_late_ms  its worst lateness in the last seconds; None where it wrote no answer
    database      what the connections to the database do; None where it tells nothing
    own           those of them that are this target's
    bouncer_pool  connections that pgbouncer lends to all clients; 0 without it
    database_silent_s  seconds for which the database has given no answer
    is_replaced   its server is being replaced, or the new one's first answers are not counted yet
    stations      those of the way, the outermost first; none where the target has no supervisor
    """

    route: str
    active: bool
    waits: bool
    asks_upstream: bool = True
    asks_database: bool = False
    stays: bool = False
    passes: bool = False
    load: TargetLoad
    slots: int | None
    slots_known: bool = True
    workers: int | None = None
    hold_s: float = 0.0
    longest_hold_s: float = 0.0
    in_flight: int
    busy: int | None
    streams: int = 0
    sockets: int = 0
    throughput_rps: float | None = None
    response_s: float | None = None
    queue_growth_rps: float | None = None
    dropped_rps: float = 0.0
    failed_share: float = 0.0
    failure: str = ""
    dialled_faults: float = 0.0
    dialled_share: float = 0.0
    silent_s: float = 0.0
    dead: int = 0
    dead_first_s: float = 0.0
    dead_last_s: float = 0.0
    is_frozen: bool = False
    generator_cpu: float = 0.0
    lost_load_workers: tuple[str, ...] = ()
    left_over: int = 0
    upstream_silent_s: float = 0.0
    upstream_late_ms: float | None = None
    database: Activity | None = None
    own: Client = Client()
    bouncer_pool: int = 0
    database_silent_s: float = 0.0
    is_replaced: bool = False
    stations: Sequence[StationNow] = ()

    @property
    def queue(self) -> int:
        """The queue: requests sent that hold no slot. 0 where the busy slots are unknown."""
        return 0 if self.busy is None else max(0, self.in_flight - self.busy)

    @property
    def awaited(self) -> str:
        """Where its requests wait: "the upstream", "the database", or both."""
        if not self.asks_database:
            return "the upstream"
        return "the upstream and the database" if self.asks_upstream else "the database"

    @property
    def is_dead(self) -> bool:
        """Whether dead calls are all that could be answered: in all slots, or all in flight."""
        return is_dead(self.dead, in_flight=self.in_flight, slots=self.slots)

    @property
    def held(self) -> int:
        """Streams and WebSockets that the target is serving."""
        return self.streams + self.sockets


def is_dead(dead: int, *, in_flight: int, slots: int | None) -> bool:
    """Whether `dead` requests are all that a target could answer; None slots are no limit."""
    could = in_flight if slots is None else min(in_flight, slots)
    return 0 < could <= dead
