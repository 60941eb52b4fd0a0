"""What the page remembers of each supervisor's counts, and notices between two of them."""

from types import SimpleNamespace

import httpx
import pytest
import supervisors

METRICS = """\
# TYPE lab_requests_answered counter
lab_requests_answered_total{{worker="7"}} {answered}
# TYPE lab_processor_seconds counter
lab_processor_seconds_total{{process="7",role="worker"}} {used_s}
# EOF
"""


class Target:
    """A supervisor that answers with what it has counted, or not at all, and its probes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s, self.answered, self.used_s, self.probes = 100.0, 0, 1.0, 0
        self.is_there = True
        monkeypatch.setattr(supervisors, "time", SimpleNamespace(time=lambda: self.now_s))
        self.watch = supervisors.Supervisors(
            {"flask-svc": "http://target:8001"},
            probes_of=self.probes_of,
            replaced=lambda _: None,
        )
        self.address = self.watch.clients["flask-svc"].base_url
        self.watch.clients["flask-svc"] = httpx.Client(
            base_url="http://target", transport=httpx.MockTransport(self.answer)
        )

    def probes_of(self, name: str) -> int:
        assert name == "flask-svc"
        return self.probes

    def answer(self, request: httpx.Request) -> httpx.Response:
        if not self.is_there:
            raise httpx.ConnectError("gone", request=request)
        text = METRICS.format(answered=self.answered, used_s=self.used_s)
        return httpx.Response(200, text=text)

    def second(self, *, answers: int, used_s: float, probes: int = 0) -> None:
        """One second of work, and the question at its end."""
        self.now_s += 1
        self.answered += answers + probes
        self.probes += probes
        self.used_s += used_s
        self.watch.ask("flask-svc")


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> Target:
    return Target(monkeypatch)


def test_the_supervisor_is_beside_the_target(target: Target) -> None:
    """A port 1000 above."""
    assert target.address == "http://target:9001"


def test_an_answer_to_a_probe_is_none_to_the_load(target: Target) -> None:
    """Four requests of 25 ms each second, and a probe beside them."""
    for _ in range(4):
        target.second(answers=4, used_s=0.1, probes=1)

    used = target.watch.used("flask-svc", target.now_s)
    assert used.processor_s == pytest.approx(0.025)
    assert used.cores_busy == pytest.approx(0.1)


def test_the_last_two_counts_are_told_until_they_are_old(target: Target) -> None:
    """A supervisor that is gone leaves what it said last, for three seconds."""
    target.second(answers=4, used_s=0.1)
    now, earlier = target.watch.of("flask-svc", target.now_s)
    assert (now and now.answered, earlier) == (4, None)
    target.second(answers=5, used_s=0.1)
    target.is_there = False
    target.second(answers=6, used_s=0.1)

    now, earlier = target.watch.of("flask-svc", target.now_s)
    assert now
    assert earlier
    assert (earlier.answered, now.answered) == (4, 9)
    assert target.watch.of("flask-svc", target.now_s + 2.1) == (None, None)


def metrics(*, workers: int, changes: int) -> str:
    """The text of /metrics, as far as it matters here."""
    rows = "".join(f'lab_requests_in_service{{worker="{n}"}} 0.0\n' for n in range(workers))
    return (
        f"# TYPE lab_requests_in_service gauge\n{rows}"
        f"# TYPE lab_shape_changes counter\nlab_shape_changes_total {changes}.0\n# EOF\n"
    )


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([(4, 0), (4, 0)], 0),
        ([(4, 3)], 0),
        ([(4, 0), (1, 0)], 0),
        ([(4, 0), (4, 1), (4, 1)], 1),
        ([(4, 0), (0, 0), (4, 1)], 2),
    ],
)
def test_a_replacement_is_noticed(counts: list[tuple[int, int]], expected: int) -> None:
    """By its number, or while no worker is there; a worker less is none."""
    noticed: list[str] = []
    told = iter(counts)

    def answer(_: httpx.Request) -> httpx.Response:
        workers, changes = next(told)
        return httpx.Response(200, text=metrics(workers=workers, changes=changes))

    asked = supervisors.Supervisors(
        {"flask-svc": "http://flask-svc:8001"}, probes_of=lambda _: 0, replaced=noticed.append
    )
    asked.clients["flask-svc"] = httpx.Client(
        base_url="http://flask-svc:9001", transport=httpx.MockTransport(answer)
    )
    for _ in counts:
        asked.ask("flask-svc")

    assert noticed == ["flask-svc"] * expected
