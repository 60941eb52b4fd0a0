"""The demo from outside: when it declines to begin, how it ends, what it draws and writes."""

import io
import json
import socket
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from lab import environment
from lab.demo import demo_cells as demo_cells
from lab.demo import demo_file as demo_file
from lab.demo import demo_screen as demo_screen
from lab.demo import ready as demo_ready
from lab.demo import run_demo as demo
from lab.demo.demo_cells import DemoBurst, DemoResult, DemoServer
from lab.demo.ready import NotReadyError
from lab.samples import Sample

UPSTREAM = "http://127.0.0.1:8003"
FIXED = {"delay_ms": 1000.0, "distribution": "fixed", "error_rate": 0.0, "hang_rate": 0.0}
SLOTS = {"io": 4, "async-io": 4, "async-io-multi": 4}


def ideal_results(delay_ms: float = 1000.0) -> list[DemoResult]:
    """Both services with 4 slots, every burst exactly as predicted."""
    server = DemoServer(slots=SLOTS, workers=4)
    cells = demo_cells.cells({"flask-svc": server, "fastapi-svc": server}, delay_ms)
    return demo_screen.order(
        [
            DemoResult(
                cell,
                (
                    DemoBurst(
                        tuple(
                            Sample(
                                start_s=0.0,
                                latency_s=(index // 4 + 1) * cell.service_s,
                                status=200,
                                target=cell.target,
                                route=cell.route,
                                worker_pid=4711 + index % 4,
                                upstream_s=cell.service_s,
                                app_s=0.0,
                                sent_s=index / 1000,
                            )
                            for index in range(cell.requests)
                        ),
                        4 * cell.parts,
                    ),
                ),
            )
            for cell in cells
        ]
    )


@pytest.fixture
def nobody_listens() -> Mapping[str, str]:
    """The committed settings with every port of the lab closed."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = str(closed.getsockname()[1])
    ports = dict.fromkeys(("MOCK_UPSTREAM_PORT", "FLASK_SVC_PORT", "FASTAPI_SVC_PORT"), port)
    return environment.read(environment.ROOT / ".env") | ports


def test_a_lab_that_is_down_is_said_in_one_sentence(
    nobody_listens: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """What is missing, where, and what to do; nothing on stdout."""
    assert demo.run(nobody_listens) == 1

    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("demo: mock-upstream does not answer at http://127.0.0.1:")
    assert err.endswith("start the lab with `make up` first.\n")
    assert len(err.splitlines()) == 1


def test_an_unwritable_file_is_found_before_anything_is_measured(
    nobody_listens: Mapping[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The complaint is about the file, although the lab is down too."""
    assert demo.run(nobody_listens, json_path=tmp_path / "no" / "such" / "folder.json") == 1

    assert "folder.json: cannot be written (No such file or directory)" in capsys.readouterr().err


def test_a_run_that_does_not_begin_leaves_an_older_file_as_it_was(
    nobody_listens: Mapping[str, str], tmp_path: Path
) -> None:
    """And no half-written one beside it."""
    older = tmp_path / "demo.json"
    older.write_text("precious")

    assert demo.run(nobody_listens, json_path=older) == 1

    assert older.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [older]


def test_repeats_below_one_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Before the lab is asked anything."""
    assert demo.run({}, repeats=0) == 1
    assert capsys.readouterr().err == "demo: repeats=0: expected a whole number above 0\n"


def test_an_interruption_ends_with_a_sentence_and_the_shells_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """130, and no traceback."""

    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "_run", interrupted)

    assert demo.run({}) == 130
    assert capsys.readouterr().err.startswith("demo: interrupted; ")


def test_a_fixed_dial_gives_its_delay() -> None:
    """In milliseconds, as it stands."""
    assert demo_ready.fixed_delay_ms(FIXED | {"delay_ms": 250}, UPSTREAM) == 250.0


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"distribution": "lognormal"}, r"delay varies \(lognormal\)"),
        ({"error_rate": 0.1}, r"fails on purpose \(error_rate=0.1\)"),
        ({"hang_rate": 1.0}, r"fails on purpose \(hang_rate=1\)"),
        ({"reset_rate": 0.5}, r"fails on purpose \(reset_rate=0.5\)"),
        ({"delay_ms": 0.0}, r"does not wait \(delay_ms=0\)"),
    ],
)
def test_any_other_dial_is_declined_with_the_way_back(
    changed: Mapping[str, object], sentence: str
) -> None:
    """No prediction is made for it."""
    with pytest.raises(NotReadyError, match=sentence) as refusal:
        demo_ready.fixed_delay_ms({**FIXED, **changed}, UPSTREAM)

    assert "curl -X DELETE http://127.0.0.1:8003/behaviour" in str(refusal.value)


def test_another_service_on_the_port_is_told_apart() -> None:
    """Two services that swapped their ports would swap their results."""
    told = {"target": "flask-gevent", "slots": SLOTS, "workers": 4}

    with pytest.raises(NotReadyError, match="'flask-gevent' answers where flask-svc is expected"):
        demo_ready.server("flask-svc", told)


def test_a_busy_upstream_is_declined() -> None:
    """Somebody else's load would be measured too."""
    demo_ready.refuse_company({"all": {"in_flight": 0}})

    with pytest.raises(NotReadyError, match="still holds requests"):
        demo_ready.refuse_company({"all": {"in_flight": 3}})


def test_the_peak_is_the_targets_own() -> None:
    """0 where the upstream never heard of it."""
    stats = {"callers": {"flask-svc": {"peak": 4}, "fastapi-svc": {"peak": 16}}}

    assert demo_ready.peak_calls(stats, "flask-svc") == 4
    assert demo_ready.peak_calls(stats, "flask-asgi") == 0


@pytest.mark.parametrize("width", [80, 120])
def test_the_screen_fits_and_shows_every_worker(width: int) -> None:
    """No line is longer than the terminal is wide, none is cut, and every lane is there."""
    results = ideal_results()
    console = Console(file=io.StringIO(), width=width, record=True)

    demo_screen.heading(console, [each.cell for each in results if each.cell.requests == 100])
    demo_screen.picture(console, results[:2])
    demo_screen.table(console, results)

    text = console.export_text()
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    assert text.count("worker 47") == 8
    assert text.count(" 4/4 ") == 6


def test_the_screen_needs_nothing_but_ascii_where_there_is_nothing_else() -> None:
    """A terminal that can show no block signs gets the same picture."""
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    console = Console(file=file, width=80)
    results = ideal_results()

    demo_screen.heading(console, [each.cell for each in results if each.cell.requests == 100])
    demo_screen.picture(console, results[:2])
    demo_screen.table(console, results)
    demo_screen.last_words(console, ["Enough."], "http://127.0.0.1:8089")

    file.seek(0)
    assert "##############" in file.read()


def test_the_file_has_the_documented_shape(tmp_path: Path) -> None:
    """Schema 1, and nothing that its description does not name."""
    path = tmp_path / "demo.json"
    content = demo_file.content(
        ideal_results(),
        lab_runtime="local",
        started_at=datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC),
        delay_ms=1000.0,
        held=True,
    )

    demo_file.save(path, demo_file.reserve(path), content)

    read = json.loads(path.read_text())
    assert list(tmp_path.iterdir()) == [path]
    assert (read["schema"], read["held"], read["delay_ms"]) == (1, True, 1000.0)
    assert read["started_at"] == "2030-01-02T03:04:05+00:00"
    assert set(read["machine"]) == {"cores", "kernel", "python"}
    first = read["cells"][0]
    assert (first["target"], first["route"], first["requests"]) == ("flask-svc", "io", 16)
    assert (first["predicted_makespan_s"], first["measured_makespan_s"]) == (4.0, 4.0)
    assert (first["predicted_waves"], first["measured_waves"]) == (4, 4)
    assert (first["makespans_s"], first["ratio"], first["failed"]) == ([4.0], 1.0, 0)
    assert first["departure_spread_s"] == 0.015
    assert first["worker_pids"] == {"4711": 4, "4712": 4, "4713": 4, "4714": 4}
    [samples] = first["samples"]
    assert len(samples) == 16
    assert set(samples[0]) == {each.name for each in fields(Sample)}
    documented = demo_file.__doc__ or ""
    assert [name for name in (*read, *first) if name not in documented] == []


def test_a_file_that_became_unwritable_is_a_sentence_too(tmp_path: Path) -> None:
    """A full disk, or here a folder that went away."""
    folder = tmp_path / "folder"
    folder.mkdir()
    part = demo_file.reserve(folder / "demo.json")
    part.unlink()
    folder.rmdir()

    with pytest.raises(demo_file.FileUnwritableError, match=r"demo\.json: cannot be written"):
        demo_file.save(folder / "demo.json", part, {})


def test_a_folder_or_a_device_is_no_file_to_write(tmp_path: Path) -> None:
    """It would be replaced, and a device must not be."""
    for path in (tmp_path, Path("/dev/null")):
        with pytest.raises(demo_file.FileUnwritableError, match="expected the name of a file"):
            demo_file.reserve(path)
