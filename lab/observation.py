"""What can be seen of one target under load, at one moment."""

from dataclasses import dataclass

from lab.load import Load


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One target now. What has a default need not be known: the default says nothing.

    active        whether a run sends load to it
    route         what it is asked for; several as "io + ws"
    waits         whether a route waits on the upstream
    stays         whether one is a stream or a WebSocket, which the target serves for a while
    passes        whether one waits for nobody
    slots         how many requests can hold one; None where nothing limits them
    workers       worker processes that share the slots
    hold_s        how long a request holds its slot, on average
    longest_hold_s  how long hardly any request holds it
    in_flight, busy  requests sent and not answered, and of those the ones at the upstream
                  and the streams and WebSockets that are being served; what is typical of
                  the last second, as medians are, because between two waves a slot is free
                  for some milliseconds
    streams, sockets  those among the busy ones
    throughput_rps, response_s, failed_share, dropped_rps, queue_growth_rps
                  of the last seconds; response_s is the median latency
    failure       what the commonest failure says
    dialled_faults  the share of requests that the upstream's dial makes fail
    silent_s      since the last answer, or since there was nothing to answer
    generator_cpu  the share of a core that the busiest load worker uses
    lost_load_workers  the names of those that take no part any more
    left_over     slots busy with requests that an earlier run gave up; this one's come behind
    upstream_silent_s, upstream_late_ms  for how long the upstream has given no answer, and
                  how late its answers were at worst in the last seconds
    """

    route: str
    active: bool
    waits: bool
    stays: bool = False
    passes: bool = False
    load: Load
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
    silent_s: float = 0.0
    generator_cpu: float = 0.0
    lost_load_workers: tuple[str, ...] = ()
    left_over: int = 0
    upstream_silent_s: float = 0.0
    upstream_late_ms: float | None = None

    @property
    def queue(self) -> int:
        """What the client has sent and nobody holds; 0 where that is unknown."""
        return 0 if self.busy is None else max(0, self.in_flight - self.busy)

    @property
    def held(self) -> int:
        """The streams and the WebSockets that are being served."""
        return self.streams + self.sockets
