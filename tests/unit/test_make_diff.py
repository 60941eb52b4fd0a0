"""`make diff`: what it shows, how wide, and through which pager."""

import os
import pty
import re
import subprocess
import sys
import termios

import pytest

from lab.environment import ROOT

HEADING = "== The other files: rows that differ, or the only service that has it"
PUNCH_LINES = (
    "# this thread waits here",
    "# and so does this one, with a client of its own",
    "# a thread of the pool waits here",
    "# the loop serves others meanwhile",
    "# this worker serves no other request meanwhile",
)


def diff(*variables, **environ):
    """`make diff` without a terminal."""
    return subprocess.run(
        ["make", "-s", "diff", *variables],
        cwd=ROOT,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=False,
    )


def on_a_terminal(*variables, pager, columns=0):
    """What `make diff` writes to a terminal with so many columns; 0 means that it does not know."""
    parent, child = pty.openpty()
    termios.tcsetwinsize(child, (40, columns))
    with os.fdopen(parent, "rb", buffering=0) as screen:
        making = subprocess.Popen(
            ["make", "-s", "diff", *variables],
            cwd=ROOT,
            env=os.environ | {"PAGER": pager, "TERM": "dumb"},
            stdin=subprocess.DEVNULL,
            stdout=child,
            stderr=child,
        )
        os.close(child)
        written = b""
        try:
            while part := screen.read(65536):
                written += part
        except OSError:  # on Linux, the end of a terminal
            pass
    assert making.wait() == 0, written
    return written.decode()


def test_app_is_shown_whole_and_the_others_by_name():
    """The lesson first; every other module is one line with its command."""
    done = diff()
    shown, _, others = done.stdout.partition(HEADING)
    modules = {path.stem for path in ROOT.glob("*-svc/*_svc/*.py")} - {"app", "__init__"}

    assert (done.returncode, done.stderr) == (0, "")
    assert re.findall(r"^== (.*)", shown, re.MULTILINE) == ["app.py"]
    assert shown.count("@app.get(") == 20
    assert set(re.findall(r"make diff FILE=(\S+)", others)) == {*modules, "all"}
    assert re.search(r"^ +0  make diff FILE=answers$", others, re.MULTILINE)
    assert re.search(r"^ +flask-svc  make diff FILE=queries$", others, re.MULTILINE)
    assert re.search(r"^ +[1-9]\d*  make diff FILE=upstream$", others, re.MULTILINE)


@pytest.mark.parametrize("width", ["80", "120", "160"])
def test_no_punch_line_is_cut_off(width):
    """They stand above their line, so they fit beside each other from 120 columns on."""
    text = diff(f"WIDTH={width}").stdout

    assert [each for each in PUNCH_LINES if each not in text] == []


def test_a_narrow_diff_is_in_one_column():
    """Below 120 columns each service has its own lines, with the context whole."""
    narrow, wide = diff("WIDTH=119").stdout, diff("WIDTH=120").stdout

    assert '\n-    @app.get("/async-io")\n+    @app.get("/async-io", responses=WAITS)\n' in narrow
    assert '\n         """Ask the upstream once."""\n' in narrow
    assert "@@" not in narrow
    assert max(map(len, wide.splitlines())) <= 120


@pytest.mark.parametrize("name", ["upstream", "upstream.py"])
def test_another_file_is_shown_where_it_differs(name):
    """With or without its ending."""
    text = diff(f"FILE={name}").stdout

    assert "== upstream.py\n" in text
    assert "== app.py" not in text
    assert "MAX_IDLE" not in text  # in both alike
    assert "make diff FILE=app\n" in text


def test_all_shows_every_module():
    """What one service alone has is named."""
    text = diff("FILE=all").stdout

    found = re.findall(r"^== (\S+)\.py", text, re.MULTILINE)
    assert set(found) == {path.stem for path in ROOT.glob("*-svc/*_svc/*.py")} - {"__init__"}
    assert found[0] == "app"
    assert "== methods.py: fastapi-svc alone has it\n" in text
    assert "== cpu.py\nthe same in both\n" in text


@pytest.mark.parametrize("name", ["upstraem", "../app", ".*", "a b", "a'b", "-v"])
def test_a_wrong_file_is_one_line_that_says_what_would_do(name):
    """And nothing is shown."""
    done = diff(f"FILE={name}")
    said = [line for line in done.stderr.splitlines() if not line.startswith("make")]

    assert (done.returncode, done.stdout) == (2, "")
    assert len(said) == 1
    assert re.fullmatch(r"FILE=.*: expected all or one of: .*\bupstream\b.*", said[0])


@pytest.mark.parametrize("width", ["wide", "-1", "10000", "9" * 20, "9" * 5000])
def test_a_wrong_width_is_one_line(width):
    """It names what would do."""
    done = diff(f"WIDTH={width}")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(
        f"WIDTH={width[:60]}: expected a number of columns, such as 160\n"
    )


@pytest.mark.parametrize(("columns", "begin"), [(150, "left: "), (100, "-: "), (0, "-: ")])
def test_the_width_is_that_of_the_terminal(columns, begin):
    """As the terminal says; one that does not know has the 80 columns of tput."""
    lines = on_a_terminal(pager="no-such-pager", columns=columns).splitlines()

    assert lines[0].startswith(begin)
    if columns >= 120:
        assert 120 < max(map(len, lines)) <= columns


def test_a_terminal_has_a_pager_and_a_pipe_has_none(tmp_path):
    """A pager that ends early is no failure."""
    pager = tmp_path / "pager"
    pager.write_text(f"#!{sys.executable}\nimport sys\nprint('paged', sys.stdin.readline())\n")
    pager.chmod(0o755)

    assert on_a_terminal(pager=str(pager)).startswith("paged -: flask-svc, +: fastapi-svc")
    assert on_a_terminal(pager=f"{pager} -x").startswith("paged ")
    assert on_a_terminal(pager="no-such-pager").startswith("-: flask-svc")
    assert diff(PAGER=str(pager)).stdout.startswith("left: flask-svc")
