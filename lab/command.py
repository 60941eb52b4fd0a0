"""What each command of the lab does, and how a problem ends it: one sentence, exit code 1."""

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab import doctor, environment
from lab.runtime import (
    RUN,
    Choice,
    RuntimeProblem,
    choose,
    docker,
    engine_version,
    password,
    tell,
    topology,
)

VENV_PYTHON = environment.ROOT / ".venv/bin/python"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    options = parser().parse_args(arguments)
    try:
        code: int = options.run(options, environment.load(os.environ))
    except (RuntimeProblem, environment.EnvironmentFileError) as problem:
        print(f"lab: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nlab: interrupted; `make down` stops what is running", file=sys.stderr)
        return 130
    return code


def parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    top = argparse.ArgumentParser(
        prog="lab", description="Flask or FastAPI: predict, measure, see."
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    each = commands.add_parser("up", help="start the lab and wait until it is healthy")
    each.add_argument("--profile", default="", help='"variants" starts every target')
    each.set_defaults(run=up)

    each = commands.add_parser("down", help="stop the lab and leave nothing behind")
    each.set_defaults(run=down)

    each = commands.add_parser("ps", help="show what runs and whether it is healthy")
    each.set_defaults(run=ps)

    each = commands.add_parser("logs", help="show what the programs wrote")
    each.add_argument("--follow", action="store_true", help="and go on until Ctrl-C")
    each.set_defaults(run=logs)

    each = commands.add_parser("demo", help="send bursts and hold them against the prediction")
    each.add_argument("--repeats", type=positive, default=1, help="of each burst of 16")
    each.add_argument("--json", type=Path, default=None, help="write the numbers to this file")
    each.set_defaults(run=demo)

    each = commands.add_parser("count", help="count the code that the same routes take")
    each.add_argument("--write", action="store_true", help="put the tables into the READMEs")
    each.add_argument("--markdown", action="store_true", help="print them as they stand there")
    each.add_argument("--json", type=Path, default=None, help="write the numbers to this file")
    each.set_defaults(run=count)

    each = commands.add_parser("doctor", help="check this machine, and say what to do")
    each.set_defaults(run=doctor.run)

    each = commands.add_parser("save-images", help="write the images to one file")
    each.add_argument("archive")
    each.set_defaults(run=save_images)

    each = commands.add_parser("load-images", help="read the images from that file")
    each.add_argument("archive")
    each.set_defaults(run=load_images)
    return top


def up(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Say which runtime and why, start it, and say where to look."""
    topology.programs(options.profile)
    choice = chosen(environ)
    bring_up(choice, environ, options.profile)
    tell(f"the dashboard is at http://localhost:{environ['LOCUST_PORT']}")
    return 0


def bring_up(choice: Choice, environ: Mapping[str, str], profile: str) -> None:
    """Start the lab on that runtime, unless it runs already."""
    environ = password.with_password(topology.with_targets(environ, profile))
    topology.load_workers(environ)
    if choice.name == "docker":
        docker.up(environ, profile)
    else:
        from lab.runtime import local

        local.up(environ, profile)
    if environ["LAB_PASSWORD"]:
        tell(f"the dashboard asks for user {password.USER}, password {environ['LAB_PASSWORD']}")


def down(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Stop it on both runtimes: whoever changed RUNTIME in between still means everything."""
    if engine_version():
        docker.down(environ)
    if RUN.exists():
        in_venv()
        from lab.runtime import local

        local.down()
    password.forget()
    tell("stopped")
    return 0


def ps(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Show what runs."""
    if chosen(environ).name == "docker":
        docker.ps(environ)
        return 0
    from lab.runtime import local

    local.ps(environ)
    return 0


def logs(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Show what was written."""
    if chosen(environ).name == "docker":
        docker.logs(environ, follow=options.follow)
        return 0
    from lab.runtime import local

    local.logs(follow=options.follow)
    return 0


def demo(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Bring the lab up if it is not, and measure: here, or in the lab's container."""
    if environ.get("LAB_RUNTIME") == "docker":
        return measure(options, environ)
    require_folder_of(options.json)
    choice = chosen(environ)
    if choice.name == "docker":
        if not docker.is_up(environ):
            bring_up(choice, environ, "")
        arguments = ["demo", "--repeats", str(options.repeats)]
        if options.json is None:
            return docker.run_lab(environ, arguments)
        path = options.json.resolve()
        return docker.run_lab(
            environ, [*arguments, "--json", f"/out/{path.name}"], mount=str(path.parent)
        )
    bring_up(choice, environ, "")
    return measure(options, environ)


def measure(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run the demonstration in this process."""
    from lab.demo.run import run

    return run(environ, repeats=options.repeats, json_path=options.json)


def count(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Count the services' code; nothing needs to run for that."""
    in_venv()
    from lab.boilerplate.run import run

    return run(write=options.write, as_markdown=options.markdown, json_path=options.json)


def save_images(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """For a workshop without internet."""
    docker.save_images(options.archive)
    return 0


def load_images(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """On each machine of that workshop."""
    docker.load_images(options.archive)
    return 0


def chosen(environ: Mapping[str, str]) -> Choice:
    """The runtime, said aloud; for the local one, this process moves into .venv."""
    choice = choose(environ)
    if choice.name == "local":
        in_venv()
    tell(f"runtime {choice.name}: {choice.reason}")
    return choice


def in_venv() -> None:
    """Go on in .venv, which is made first if need be; does nothing when already there."""
    if Path(sys.prefix).resolve() == VENV_PYTHON.parent.parent.resolve():
        return
    if subprocess.run(["make", "--silent", ".venv"], cwd=environment.ROOT, check=False).returncode:
        raise RuntimeProblem(".venv could not be made: the lines above say why")
    os.execv(VENV_PYTHON, [str(VENV_PYTHON), "-m", "lab", *sys.argv[1:]])


def require_folder_of(path: Path | None) -> None:
    """A file to be written needs its folder now, not after the measuring."""
    if path is not None and not os.access(path.resolve().parent, os.W_OK | os.X_OK):
        raise RuntimeProblem(f"{path}: its folder does not exist or cannot be written to")


def positive(text: str) -> int:
    """A whole number above 0, for argparse."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number above 0")
    return int(text)
