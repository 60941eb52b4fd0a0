"""The bundle's parts: what goes in, how it is written, and the sentences where it cannot be."""

import hashlib
import os
import resource
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

from lab import environment
from lab.runtime import RuntimeProblem, bundle_contents, bundle_fit, unpacked
from workshop.bundle import archived_images, bundle_command, instruction, site, tree, wheels
from workshop.bundle.archive import Archive

ROOT = environment.ROOT
HERE = bundle_fit.this_python()
ENVIRON = {"PATH": os.environ["PATH"], "LOCUST_PORT": "8089", "PIP_CONFIG_FILE": os.devnull}
BUNDLE = bundle_contents.Contents(["a.txt"], HERE, "linux/amd64")


def put(root, **files):
    """Files below a folder; two underscores in a name stand for a slash, one for a dot."""
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def git(root, *arguments):
    """Run git there, as nobody in particular."""
    subprocess.run(["git", "-C", root, *arguments], check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path):
    """A checkout with two tracked files, one of which can be executed, and built handouts."""
    root = put(tmp_path / "checkout", a_txt="a", scripts__b="b", requirements_txt="")
    (root / "scripts/b").chmod(0o700)
    git(root, "init", "--quiet")
    git(root, "add", ".")
    return put(root, handouts__site__index_html="site")


# -- The files


def test_what_git_tracks_is_the_lab(checkout):
    """As it is now; a file that was deleted since is left out, and a new one is told."""
    put(checkout, a_txt="changed", new_txt="new")
    (checkout / "requirements.txt").unlink()

    assert tree.files(checkout) == ["a.txt", "scripts/b"]
    assert tree.untracked(checkout) == ["handouts/site/index.html", "new.txt"]


def test_an_unpacked_bundle_lists_its_own_files(tmp_path):
    """Also inside another repository, whose files are none of the lab's."""
    git(tmp_path, "init", "--quiet")
    root = put(tmp_path / "unpacked", a_txt="a", mine_txt="", bundle_json=BUNDLE.text())

    assert tree.files(root) == ["a.txt"]
    assert tree.untracked(root) == []


def test_a_folder_that_is_neither_is_a_sentence(tmp_path):
    """Nothing is guessed."""
    with pytest.raises(RuntimeProblem, match="neither a git checkout nor an unpacked bundle"):
        tree.files(tmp_path)


def test_what_git_complains_of_is_in_the_sentence(tmp_path):
    """A checkout that git cannot read."""
    put(tmp_path, _git="not a repository")  # the file .git

    with pytest.raises(RuntimeProblem, match="git cannot list the files of .*: fatal: "):
        tree.files(tmp_path)


# -- The handouts


def test_handouts_are_stale_when_a_source_is_newer(checkout):
    """Or when there are none; what was built is no source."""
    put(checkout, handouts__a_md="a", handouts__site__kept="")
    tracked = ["handouts/a.md", "handouts/site/kept", "a.txt"]
    index = checkout / "handouts/site/index.html"

    os.utime(index, (1000, 1000))
    os.utime(checkout / "handouts/a.md", (1000, 1000))
    assert not site.is_stale(checkout, tracked)
    os.utime(checkout / "handouts/a.md", (1001, 1001))
    assert site.is_stale(checkout, tracked)
    os.utime(index, (1002, 1002))
    assert not site.is_stale(checkout, tracked)
    index.unlink()
    assert site.is_stale(checkout, tracked)


# -- The archive


def test_an_archive_is_read_by_tar(tmp_path):
    """Names, modes and contents, a stream's among them; the size of none was known before."""
    source = put(tmp_path, run="#!/bin/sh\n") / "run"
    source.chmod(0o700)
    long = "deep/" * 30 + "name.txt"
    with (tmp_path / "a.tar").open("wb") as file:
        archive = Archive(file, "lab", 1_700_000_000)
        archive.add_text("empty.txt", "")
        archive.add_text(long, "é")
        with archive.stream("stream.bin") as member:
            member.write(b"x" * 512)
            member.write(b"y" * 513)
        archive.add_file("run", source)
        archive.close()

    subprocess.run(["tar", "-xf", "a.tar"], cwd=tmp_path, check=True)
    lab = tmp_path / "lab"
    assert (lab / "empty.txt").read_text() == ""
    assert (lab / long).read_text() == "é"
    assert (lab / "stream.bin").read_bytes() == b"x" * 512 + b"y" * 513
    assert (lab / "run").read_text() == "#!/bin/sh\n"
    assert os.access(lab / "run", os.X_OK)
    assert not os.access(lab / "empty.txt", os.X_OK)
    assert (lab / "run").stat().st_mtime == 1_700_000_000


# -- The wheels


def made_wheel(folder, name="made"):
    """A wheel without content."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w") as file:
        info = f"{name}-1.0.dist-info"
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        file.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{info}/RECORD", "")
    return path


def made_sdist(folder):
    """A source package that builds itself, since no other package is within reach."""
    backend = f"""
import shutil
def build_wheel(folder, settings=None, metadata=None):
    shutil.copy({str(made_wheel(folder / "built", "from_source"))!r}, folder)
    return "from_source-1.0-py3-none-any.whl"
"""
    build = '[build-system]\nrequires = []\nbuild-backend = "b"\nbackend-path = ["."]\n'
    source = put(folder / "from_source-1.0", b_py=backend, pyproject_toml=build)
    (source / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: from_source\nVersion: 1.0\n")
    path = folder / "from_source-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        tar.add(source, source.name)
    return path


def lock_of(*paths):
    """A lock in the form of scripts/lock."""
    entries = []
    for path in paths:
        name = path.name.split("-")[0].replace("_", "-")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        entries.append(f"{name}==1.0 \\\n    --hash=sha256:{digest}\n")
    return "".join(entries)


@pytest.fixture
def shelf(tmp_path):
    """A folder of packages, which is all that pip knows of."""
    return tmp_path / "shelf", ENVIRON | {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path / "shelf"),
        "PIP_CACHE_DIR": str(tmp_path / "cache"),
    }


def test_wheels_are_those_of_the_lock(shelf, tmp_path):
    """Where all of them are in the lock, the repository's own lock will do."""
    folder, environ = shelf
    root = put(tmp_path / "root", requirements_txt=lock_of(made_wheel(folder)))
    into = tmp_path / "into"

    assert [path.name for path in wheels.fetch(root, into, environ)] == [
        "made-1.0-py3-none-any.whl"
    ]


def test_a_wheel_that_is_not_as_locked_is_refused(shelf, tmp_path):
    """pip holds each against the lock; its words are in the sentence."""
    folder, environ = shelf
    root = put(tmp_path / "root", requirements_txt=lock_of(made_wheel(folder)))
    with (folder / "made-1.0-py3-none-any.whl").open("ab") as file:
        file.write(b"changed")

    with pytest.raises(RuntimeProblem, match="pip cannot get the wheels .*HASHES"):
        wheels.fetch(root, tmp_path / "into", environ)
    put(root, requirements_txt="made==1.0\n")
    with pytest.raises(RuntimeProblem, match="pip cannot get the wheels .*--require-hashes"):
        wheels.fetch(root, tmp_path / "into", environ)


def test_a_package_without_a_wheel_is_built_here(shelf, tmp_path):
    """Its source was checked; the bundle's own lock knows the wheel, and pip installs from it."""
    folder, environ = shelf
    root = tmp_path / "root"
    put(root, requirements_txt=lock_of(made_wheel(folder), made_sdist(folder)))
    shutil.rmtree(folder / "built")
    made_wheel(folder / "built", "from_source")
    into = root / bundle_contents.WHEELS

    fetched = [path.name for path in wheels.fetch(root, into, environ)]
    built = "from_source-1.0-py3-none-any.whl"
    assert fetched == [built, "made-1.0-py3-none-any.whl", "requirements.txt"]
    digest = hashlib.sha256((into / built).read_bytes()).hexdigest()
    lock = (into / "requirements.txt").read_text()
    assert f"from-source==1.0 \\\n    --hash=sha256:{digest} \\\n    --hash=sha256:" in lock
    shutil.rmtree(folder)
    again = wheels.fetch(root, tmp_path / "again", environ)  # pip checks every hash
    assert [path.name for path in again] == fetched


def test_without_a_network_the_wheels_are_a_sentence(tmp_path):
    """And no traceback of pip's."""
    root = put(tmp_path / "root", requirements_txt="made==1.0 --hash=sha256:" + "0" * 64)
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0"}

    with pytest.raises(RuntimeProblem) as problem:
        wheels.fetch(root, tmp_path / "into", ENVIRON | nowhere)

    assert "No matching distribution found for made==1.0" in str(problem.value)
    assert "run this on a machine with access to a package index" in str(problem.value)
    assert "\n" not in str(problem.value)


# -- Whether they fit


def test_wheels_of_this_python_fit(tmp_path):
    """Nothing is said; nor where there is no bundle, or where its wheels were deleted."""
    assert bundle_fit.misfit(tmp_path) == ""
    put(tmp_path, bundle_json=BUNDLE.text(), wheels__made_whl="")
    assert bundle_fit.misfit(tmp_path) == ""
    other = bundle_contents.Contents([], "Python 3.10 on Plan9 vax", "")
    put(tmp_path, bundle_json=other.text())
    assert bundle_fit.misfit(tmp_path)
    shutil.rmtree(tmp_path / "wheels")
    assert bundle_fit.misfit(tmp_path) == ""


def test_wheels_of_another_python_are_one_sentence_before_anything_is_made(tmp_path):
    """Whose wheels, what this is, and the ways out; scripts/venv as `make up` calls it."""
    for name in ("scripts/venv", "lab/__init__.py", "lab/environment.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "lab/runtime", tmp_path / "lab/runtime")
    other = bundle_contents.Contents([], "Python 3.10 on Plan9 vax", "")
    put(tmp_path, bundle_json=other.text(), wheels__made_whl="")

    asked = [tmp_path / "scripts/venv", sys.executable]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr == (
        f"venv: the wheels in this bundle need Python 3.10 on Plan9 vax, but this is {HERE}: "
        "run `make PYTHON=python3.10 ...`, or use RUNTIME=docker; with internet, delete "
        "the folder wheels/\n"
    )
    assert not (tmp_path / ".venv").exists()


# -- The images


class Engine:
    """Docker's answers, by the first words of a command; and which commands it was given."""

    def __init__(self, monkeypatch, answers):
        self.answers, self.commands = answers, []
        monkeypatch.setattr(subprocess, "run", self.run)

    def run(self, arguments, **_):
        """As subprocess.run."""
        said = " ".join(map(str, arguments))
        self.commands.append(said)
        [(code, out)] = [self.answers[key] for key in self.answers if said.startswith(key)]
        return subprocess.CompletedProcess(arguments, code, stdout=out, stderr=out)

    def loads(self):
        """How often images were read."""
        return sum(command.startswith("docker load") for command in self.commands)


@pytest.fixture
def answers():
    """An engine that runs linux/amd64, reads images, and calls the lab's x."""
    return {
        "docker version": (0, "linux/amd64\n"),
        "docker load": (0, ""),
        "docker image inspect": (0, "x\n"),
    }


def test_a_bundle_loads_its_images_once(monkeypatch, tmp_path, answers):
    """Again where the engine has others of that name since, or none; never without a bundle."""
    engine = Engine(monkeypatch, answers)
    assert not unpacked.load_images(["lab"], tmp_path)
    put(tmp_path, bundle_json=BUNDLE.text())
    assert not unpacked.load_images(["lab"], tmp_path)
    (tmp_path / bundle_contents.IMAGES).write_text("")

    assert unpacked.load_images(["lab"], tmp_path)
    assert unpacked.load_images(["lab"], tmp_path)
    assert engine.loads() == 1
    answers["docker image inspect"] = (0, "another\n")
    assert unpacked.load_images(["lab"], tmp_path)
    assert engine.loads() == 2
    answers["docker image inspect"] = (1, "")
    assert unpacked.load_images(["lab"], tmp_path)
    assert unpacked.load_images(["lab"], tmp_path)
    assert engine.loads() == 4


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"docker load": (1, "noise\nunexpected EOF\n")}, r"cannot be loaded \(unexpected EOF\): "),
        (
            {"docker version": (0, "linux/arm64\n")},
            "are for linux/amd64, this engine runs linux/arm64",
        ),
    ],
)
def test_images_that_will_not_do_are_a_sentence(monkeypatch, tmp_path, answers, changed, sentence):
    """With the way out that needs no engine."""
    Engine(monkeypatch, answers | changed)
    put(tmp_path, bundle_json=BUNDLE.text())
    (tmp_path / bundle_contents.IMAGES).write_text("")

    with pytest.raises(RuntimeProblem, match=sentence) as problem:
        unpacked.load_images(["lab"], tmp_path)
    assert "RUNTIME=local" in str(problem.value)


# -- The whole


@pytest.fixture
def packed(checkout, shelf, tmp_path):
    """A function that makes a bundle of the checkout; its folder, and where the archive is."""
    folder, environ = shelf
    put(checkout, requirements_txt=lock_of(made_wheel(folder)))
    target = tmp_path / "stick"
    target.mkdir()

    def make(archive=target / "lab.tar", engine=False, **changed):
        return bundle_command.make(
            archive=archive, environ=environ | changed, engine=engine, root=checkout
        )

    return make, target


def test_a_bundle_is_three_files_and_the_same_each_time(packed, capsys):
    """The archive, its checksum and its instruction, which is printed too."""
    make, stick = packed
    assert make() == 0

    assert sorted(path.name for path in stick.iterdir()) == [
        "lab.README-first.txt",
        "lab.tar",
        "lab.tar.sha256",
    ]
    said = (stick / "lab.README-first.txt").read_text()
    assert capsys.readouterr().out == said
    assert "    sha256sum -c lab.tar.sha256 && tar -xf lab.tar && cd flask-or-fastapi-lab\n" in said
    assert "    make up\n" in said
    assert f"Without Docker: {HERE}" in said
    assert "made without an engine" in said
    first = (stick / "lab.tar").read_bytes()
    assert (
        stick / "lab.tar.sha256"
    ).read_text() == f"{hashlib.sha256(first).hexdigest()}  lab.tar\n"
    with tarfile.open(stick / "lab.tar") as tar:
        assert [name.removeprefix("flask-or-fastapi-lab/") for name in tar.getnames()] == [
            "bundle.json",
            "a.txt",
            "handouts/site/index.html",
            "requirements.txt",
            "scripts/b",
            "wheels/made-1.0-py3-none-any.whl",
        ]
    assert make() == 0
    assert (stick / "lab.tar").read_bytes() == first


def test_a_bundle_makes_a_bundle(packed, tmp_path):
    """From its own list and its own wheels: without git, a network, or anything else."""
    make, stick = packed
    make()
    subprocess.run(["tar", "-xf", "lab.tar"], cwd=stick, check=True)
    unpacked_at = stick / bundle_contents.FOLDER
    shutil.rmtree(tmp_path / "shelf")
    again = stick / "again.tar"

    nowhere = ENVIRON | {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PATH": "/nowhere"}
    assert bundle_command.make(archive=again, environ=nowhere, engine=False, root=unpacked_at) == 0
    assert again.read_bytes() == (stick / "lab.tar").read_bytes()


def test_what_the_engine_saves_is_streamed_into_it(packed, monkeypatch):
    """Compressed, the last member; RUNTIME=local leaves it out."""
    make, stick = packed
    monkeypatch.setattr(archived_images, "build", lambda environ: "linux/amd64")
    docker = put(stick / "bin", docker="#!/bin/sh\necho saved $*\n") / "docker"
    docker.chmod(0o700)
    monkeypatch.setenv("PATH", str(docker.parent), prepend=os.pathsep)

    make(engine=True)
    with tarfile.open(stick / "lab.tar") as tar:
        last = tar.getmembers()[-1]
        assert last.name == f"flask-or-fastapi-lab/{bundle_contents.IMAGES}"
        compressed = tar.extractfile(last).read()
    assert compressed[4:8] == bytes(4)  # no time in it: the same images make the same archive
    saved = subprocess.run(["gzip", "-dc"], input=compressed, stdout=subprocess.PIPE, check=True)
    assert saved.stdout.startswith(b"saved save lab-mock-upstream lab-flask-svc")
    assert "an engine that runs linux/amd64" in (stick / "lab.README-first.txt").read_text()
    make(engine=True, RUNTIME="local")
    with tarfile.open(stick / "lab.tar") as tar:
        assert not tar.getnames()[-1].endswith(bundle_contents.IMAGES)
    docker.write_text("#!/bin/sh\nexit 1\n")
    before = (stick / "lab.tar").read_bytes()
    with pytest.raises(RuntimeProblem, match="the images could not be saved"):
        make(engine=True)
    assert (stick / "lab.tar").read_bytes() == before


def test_a_full_disk_is_a_sentence_and_leaves_nothing(packed, capsys):
    """Nor is an archive from before touched. A limit on file sizes stands for the disk."""
    make, stick = packed
    make()
    before = {path: path.read_bytes() for path in stick.iterdir()}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(RuntimeProblem) as problem:
            make()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert "lab.tar: File too large; the archive is not written" in str(problem.value)
    assert "\n" not in str(problem.value)
    assert {path: path.read_bytes() for path in stick.iterdir()} == before


@pytest.mark.parametrize(
    ("name", "changed", "sentence"),
    [
        (".", {}, "is a folder: name a file in it"),
        ("no/such/lab.tar", {}, "No such file or directory; the archive is not written"),
        ("lab.tar", {"RUNTIME": "docker"}, "no Docker engine answers: start it"),
    ],
)
def test_what_cannot_be_made_is_a_sentence(packed, name, changed, sentence):
    """Before anything is fetched."""
    make, stick = packed
    with pytest.raises(RuntimeProblem, match=sentence):
        make(archive=stick / name, **changed)
    assert list(stick.iterdir()) == []


def test_the_instruction_names_who_can_use_it():
    """With Docker, and without; and on a Mac, the command that a Mac has."""
    said = instruction.of("lab.tar", BUNDLE, "8089")

    assert "With Docker: an engine that runs linux/amd64" in said
    assert f"Without Docker: {HERE}" in said
    assert "http://localhost:8089/handouts/" in said


def test_a_mac_checks_with_what_it_has(monkeypatch):
    """It brings shasum."""
    monkeypatch.setattr("platform.system", lambda: "Darwin")

    assert "    shasum -a 256 -c lab.tar.sha256 && tar" in instruction.of("lab.tar", BUNDLE, "1")
