"""What is noticed between two counts of a supervisor: another server, or none."""

import httpx
import pytest
from supervisors import Supervisors


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

    asked = Supervisors({"flask-svc": "http://flask-svc:8001"}, replaced=noticed.append)
    asked.clients["flask-svc"] = httpx.Client(
        base_url="http://flask-svc:9001", transport=httpx.MockTransport(answer)
    )
    for _ in counts:
        asked.ask("flask-svc")

    assert noticed == ["flask-svc"] * expected
