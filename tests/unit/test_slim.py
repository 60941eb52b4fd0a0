"""What an image's environment loses, and that its libraries still load."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from lab.environment import ROOT

SLIM = ROOT / "scripts/image/slim.py"
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")


def slimmed(venv: Path) -> Path:
    """The folder of packages of an environment, after slim.py as an image's build calls it."""
    subprocess.run([sys.executable, "-I", SLIM, venv], check=True)
    return venv / "lib/python3.13/site-packages"


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """The folder of packages of an environment, with nothing in it."""
    folder = tmp_path / "lib/python3.13/site-packages"
    folder.mkdir(parents=True)
    return folder


def test_what_no_program_reads_is_removed(tmp_path: Path, packages: Path) -> None:
    """Tests, stubs and the sources of extensions go; sources, bytecode and data stay."""
    stays = ["a/__init__.py", "a/__pycache__/b.cpython-313.pyc", "a/page.js", "a.dist-info/RECORD"]
    goes = ["a/tests/test_b.py", "a/tests/deep/c.so", "a/testing/d.py", "a/b.pyi", "a/b.pyx"]
    goes += ["a/b.c"]
    for name in [*stays, *goes]:
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).write_text("x")

    slimmed(tmp_path)
    left = [path for path in packages.rglob("*") if path.is_file()]
    assert {str(path.relative_to(packages)) for path in left} == set(stays)


@pytest.mark.linux
def test_a_library_without_symbols_is_smaller_and_loads(tmp_path: Path, packages: Path) -> None:
    """uvloop's, of which most is symbols; doing it twice changes nothing more."""
    import uvloop

    shutil.copytree(Path(uvloop.__file__).parent, packages / "uvloop")
    library = packages / f"uvloop/loop{SUFFIX}"
    whole = library.stat().st_size
    slimmed(tmp_path)
    once = library.read_bytes()
    slimmed(tmp_path)

    assert len(once) < whole / 2
    assert library.read_bytes() == once
    run = "import asyncio, uvloop; print(uvloop.run(asyncio.sleep(0, uvloop.__file__)))"
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(packages)!r}); {run}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(packages / "uvloop/__init__.py")


def test_a_library_of_another_format_stays_as_it_is(tmp_path: Path, packages: Path) -> None:
    """Also a text that a linker reads, and the start of a 32-bit library."""
    for name, content in (("a.so", b"INPUT(b.so)"), ("b.so.1", b"\x7fELF\x01\x01" + bytes(99))):
        (packages / name).write_bytes(content)
        slimmed(tmp_path)
        assert (packages / name).read_bytes() == content


def test_a_link_is_not_followed(tmp_path: Path, packages: Path) -> None:
    """An environment's python is a link to the base image's."""
    elsewhere = tmp_path.with_name("elsewhere")
    elsewhere.mkdir()
    (elsewhere / "python.h").write_text("x")
    (packages / "python.h").symlink_to(elsewhere / "python.h")

    slimmed(tmp_path)
    assert (packages / "python.h").is_symlink()
    assert (elsewhere / "python.h").exists()
