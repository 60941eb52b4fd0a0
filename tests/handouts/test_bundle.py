"""The archive in a room without internet: unpacked and started there, as its instruction says.

The room is a network namespace with nothing but loopback. It has process
numbers of its own too, so that whatever a test starts in it ends with it.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from lab import child_process
from lab.runtime import bundle_contents
from workshop.bundle import tree

pytestmark = pytest.mark.handouts

ROOT = Path(__file__).parents[2]
NAME = "flask-or-fastapi-lab.tar"
DEADLINE_S = 60.0
SHARED = ("--net", "--mount", "--pid")  # what everything in a room has in common
ASK = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1], timeout=30).read().decode())"


class Room:
    """A machine without internet, with a folder, and an environment that this one's is not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        python = Path(sys.base_prefix) / "bin"  # the Python that the wheels are for
        self.environ = {
            "PATH": f"{python}:{os.defpath}:/usr/sbin:/sbin",
            "HOME": str(folder),
            "PIP_NO_COMPILE": "1",  # most of what is installed is not imported here
            # Nothing is compiled yet, so that each worker would compile what it imports.
            "FLASK_WORKERS": "1",
            "FASTAPI_WORKERS": "1",
            "DOCKER_HOST": f"unix://{folder}/no-engine",  # or this machine's would be reached
        }
        user = [] if os.geteuid() == 0 else ["--map-root-user"]
        ready = "ip link set lo up && echo ready && exec sleep infinity"
        self._holder = subprocess.Popen(
            [
                "unshare",
                *SHARED,
                *user,
                "--fork",
                "--kill-child",
                "--mount-proc",
                "sh",
                "-c",
                ready,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._holder.stdout is not None
        if (said := self._holder.stdout.readline()) != "ready\n":
            self.close()
            pytest.fail(f"no network namespace can be had, which takes Linux and root: {said}")
        init = psutil.Process(self._holder.pid).children()[0].pid
        as_user = ["--user", "--preserve-credentials"] if user else []
        self._enter = ["nsenter", "--target", str(init), *SHARED, *as_user]

    def start(self, *command: str, log: Path) -> "subprocess.Popen[bytes]":
        """A program in the room, which writes to `log`."""
        with log.open("wb") as file:
            return subprocess.Popen(
                [*self._enter, *command], env=self.environ, stdout=file, stderr=file
            )

    def run(self, script: str, **changed: str) -> subprocess.CompletedProcess[str]:
        """A shell script, typed in the room's folder."""
        return subprocess.run(
            [*self._enter, "sh", "-euc", f'cd "{self.folder}"\n{script}'],
            env=self.environ | changed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )

    def type(self, script: str, **changed: str) -> str:
        """What a script prints; it has to succeed."""
        done = self.run(script, **changed)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def ask(self, url: str) -> str:
        """What an address answers inside the room."""
        return self.type(f"python3 -c '{ASK}' {url}").strip()

    def close(self) -> None:
        """End every process of the room with the one that holds it; once more does nothing."""
        child_process.kill(self._holder)
        if self._holder.stdout is not None:
            self._holder.stdout.close()


@pytest.fixture(scope="module")
def bundle() -> Iterator[Path]:
    """An archive as `make bundle` writes it, with images where an engine answers."""
    with tempfile.TemporaryDirectory(prefix="bundle-") as folder:
        archive = Path(folder) / NAME
        environ = {name: os.environ[name] for name in os.environ if name != "RUNTIME"}
        done = subprocess.run(
            [sys.executable, "-m", "workshop", "bundle", str(archive)],
            cwd=ROOT,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        beside = archive.with_name("flask-or-fastapi-lab.README-first.txt")
        assert done.stdout == beside.read_text()
        assert sorted(path.name for path in archive.parent.iterdir()) == sorted(
            [NAME, f"{NAME}.sha256", beside.name]
        )
        yield archive


@pytest.fixture
def room(bundle: Path) -> Iterator[Room]:
    """A room with the archive and what lies beside it, as if from a stick."""
    # Not tmp_path, which pytest would keep: this is a gigabyte.
    folder = Path(tempfile.mkdtemp(prefix="room-"))
    try:
        for path in bundle.parent.iterdir():
            os.link(path, folder / path.name)
        room = Room(folder)
        try:
            yield room
        finally:
            room.close()
    finally:
        subprocess.run(["rm", "-rf", folder], check=True)  # as many files are slow in Python


@pytest.fixture
def engine(room: Room, eventually: Callable[..., None]) -> Iterator[Room]:
    """The room with a Docker engine of its own that has no image and reaches no registry."""
    home = room.folder / "engine"
    home.mkdir()
    room.environ["DOCKER_HOST"] = f"unix://{home}/socket"
    folders = ["--data-root", f"{home}/data", "--exec-root", f"{home}/exec"]
    daemon = room.start(
        *("dockerd", "--host", room.environ["DOCKER_HOST"], "--pidfile", f"{home}/pid", *folders),
        log=home / "log",
    )
    try:
        eventually(
            lambda: room.run("docker version").returncode == 0 or daemon.poll() is not None,
            "the engine answers",
        )
        assert daemon.poll() is None, (home / "log").read_text()
        yield room
    finally:
        room.run(f'kill "$(cat {home}/pid)"')  # its number in the room
        try:
            daemon.wait(DEADLINE_S)
        finally:
            room.close()  # with its mounts, or the folder could not be removed


def two_lines(folder: Path) -> str:
    """The lines of the instruction that are to be typed."""
    said = (folder / "flask-or-fastapi-lab.README-first.txt").read_text()
    lines = [line.strip() for line in said.splitlines() if line.startswith("    ")]
    assert len(lines) == 2, said
    return "\n".join(lines)


def assert_it_is_the_lab(room: Room) -> None:
    """The services, the dashboard and the handouts answer; and nothing beyond the room does."""
    outside = room.run(f"python3 -c '{ASK}' http://192.0.2.1/")
    assert "Network is unreachable" in outside.stdout
    assert json.loads(room.ask("http://localhost:8001/io")) == {"answers": [{"delay_ms": 1000.0}]}
    assert json.loads(room.ask("http://localhost:8089/healthz")) == {"load_workers": 1}
    first_page = room.folder / bundle_contents.FOLDER / bundle_contents.SITE / "index.html"
    assert room.ask("http://localhost:8089/handouts/") == first_page.read_text().strip()


def assert_it_has_a_database(room: Room) -> None:
    """PostgreSQL is in the archive, too."""
    assert json.loads(room.ask("http://localhost:8002/db-read?id=7"))["name"] == "item 7"


@pytest.mark.room
def test_it_starts_as_local_processes_without_a_network(room):
    """The two lines, word for word; then the tests can be run there too."""
    printed = room.type(two_lines(room.folder), RUNTIME="local")

    assert f"{NAME}: OK" in printed
    assert_it_is_the_lab(room)
    assert not (room.folder / bundle_contents.FOLDER / ".git").exists()
    inside = f"cd {bundle_contents.FOLDER}\n"
    assert " passed" in room.type(inside + "make test ARGS='-q tests/unit/test_theory.py'")
    room.type(inside + "make up PROFILE=database", RUNTIME="local")
    assert_it_has_a_database(room)
    room.type(inside + "make down", RUNTIME="local")
    assert room.run(f"python3 -c '{ASK}' http://localhost:8001/io").returncode


@pytest.mark.docker
@pytest.mark.room
def test_it_starts_in_an_engine_without_images_or_a_network(engine):
    """`make up` finds the engine, and reads the images by itself; once."""
    assert engine.type("docker image ls --quiet") == ""
    printed = engine.type(two_lines(engine.folder))

    assert "lab: runtime docker" in printed
    assert "loading the images of this bundle" in printed
    assert_it_is_the_lab(engine)
    inside = f"cd {bundle_contents.FOLDER}\n"
    assert "loading" not in engine.type(inside + "make up PROFILE=database")
    assert_it_has_a_database(engine)
    assert not (engine.folder / bundle_contents.FOLDER / ".venv").exists()
    engine.type(inside + "make down")
    assert engine.type("docker ps --all --quiet") == ""


@pytest.mark.room
def test_a_damaged_archive_is_not_unpacked(room, bundle):
    """The first line finds one changed byte, and goes no further."""
    damaged = room.folder / NAME
    damaged.unlink()  # a link: the archive of the other tests stays as it is
    shutil.copyfile(bundle, damaged)
    with damaged.open("r+b") as file:
        file.seek(damaged.stat().st_size // 2)
        [byte] = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))

    done = room.run(two_lines(room.folder))

    assert done.returncode
    assert f"{NAME}: FAILED" in done.stdout
    assert not (room.folder / bundle_contents.FOLDER).exists()


def test_what_is_in_it(bundle):
    """The repository as git has it, the site, wheels of the lock; in order, and of no machine."""
    with tarfile.open(bundle) as tar:
        members = {member.name.partition("/")[2]: member for member in tar}
        said = json.load(tar.extractfile(members[bundle_contents.FILE]))
        names = list(members)
        repository = [name for name in names if name in set(said["files"])]
        wheels = [name for name in names if name.startswith(f"{bundle_contents.WHEELS}/")]
        ours = [name for name in names if name not in {*wheels, bundle_contents.IMAGES}]
        traces = [
            name
            for name in ours
            if any(
                trace.encode() in tar.extractfile(members[name]).read()
                for trace in (str(ROOT), str(bundle.parent))
            )
        ]

    assert repository == sorted(said["files"])
    assert repository == tree.files(ROOT)
    assert ".env" in repository
    assert f"{bundle_contents.SITE}/index.html" in names
    assert not [name for name in names if name.startswith((".git/", ".venv/", ".env.local"))]
    assert wheels == sorted(wheels)
    assert any(name.startswith("wheels/locust-2.47.0-") for name in wheels)
    assert traces == []
    for name, member in members.items():
        executable = name in repository and os.access(ROOT / name, os.X_OK)
        assert member.mode == (0o755 if executable else 0o644), name
        assert (member.uid, member.gid, member.uname, member.gname) == (0, 0, "", "")
    assert len({member.mtime for member in members.values()}) == 1
