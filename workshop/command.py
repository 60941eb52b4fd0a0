"""The workshop's commands: `python3 -m workshop COMMAND`."""

import argparse
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from lab import command as lab_command
from lab.command.arguments import (
    Parser,
    new_file,
    optional_report_folder,
    refuse_long,
    shown,
)
from lab.command.choosing import chosen, in_venv
from lab.runtime import RuntimeProblem, engine_version


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    return lab_command.run(parser(), arguments)


def parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    top = Parser(prog="workshop", description="Exercises and handouts.", example="make help-all")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    each = commands.add_parser(
        "exercise", help="explain an exercise and set its stage", example="make exercise N=03"
    )
    each.add_argument(
        "name",
        metavar="N",
        type=exercise_or_off,
        nargs="?",
        default="",
        help='its number: "03"; "off" for none',
    )
    each.add_argument(
        "--again", action="store_true", help="put the start in place again, also over changed files"
    )
    each.set_defaults(run=exercise)

    each = commands.add_parser(
        "check",
        help="grade an exercise: PASS or NOT YET (exit code 0 or 3)",
        example="make check N=03",
    )
    each.add_argument(
        "name",
        metavar="N",
        type=exercise_name,
        nargs="?",
        default="",
        help='its number: "03"',
    )
    each.add_argument("--not-yet-is-fine", action="store_true", help="exit with 0 also for NOT YET")
    each.set_defaults(run=check)

    each = commands.add_parser(
        "join",
        help="show your passes on the page of the instructor's lab, by a name",
        example="make join ROOM=http://10.0.0.5:8089 NAME=Ada",
    )
    each.add_argument("--room", type=room_address, required=True, help="the instructor's lab")
    each.add_argument("name", metavar="NAME", type=attendee_name)
    each.set_defaults(run=join)

    each = commands.add_parser("leave", help="report no more passes", example="make leave")
    each.set_defaults(run=leave)

    each = commands.add_parser(
        "handouts",
        help="build the handouts: pages, booklet, slides",
        example="make handouts ROOM=http://10.0.0.5 RUN=results/reference",
    )
    each.add_argument(
        "--room", type=address, default="", help="the instructor's machine, for every link"
    )
    each.add_argument(
        "--run",
        dest="run_folder",
        type=optional_report_folder,
        default=None,
        help="a report",
    )
    each.set_defaults(run=handouts)

    each = commands.add_parser(
        "bundle",
        help="one archive for a room without internet",
        example="make bundle BUNDLE=flask-or-fastapi-lab.tar",
    )
    each.add_argument("archive", metavar="BUNDLE", type=new_file)
    each.set_defaults(run=bundle)

    each = commands.add_parser(
        "rehearse", help="run every command of the handouts", example="make rehearse PAGE=01"
    )
    each.add_argument(
        "pages",
        metavar="PAGE",
        type=page,
        nargs="*",
        help='some of them: "01"; else all',
    )
    each.set_defaults(run=rehearse)
    return top


def exercise_name(text: str) -> str:
    """Check that `text` is empty or names an exercise; return it."""
    refuse_long(text)
    from workshop.exercises import exercise_catalogue

    if text.strip():
        try:
            exercise_catalogue.find(text)
        except RuntimeProblem as problem:
            raise argparse.ArgumentTypeError(str(problem)) from None
    return text


def exercise_or_off(text: str) -> str:
    """Check that `text` is empty, "off" or names an exercise; return it."""
    return text if text == "off" else exercise_name(text)


def page(text: str) -> str:
    """Check that `text` is the beginning of a page's name; return it."""
    refuse_long(text)
    from workshop.rehearsal import rehearse_command

    try:
        rehearse_command.named([text])
    except RuntimeProblem as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None
    return text


def address(text: str) -> str:
    """Check that `text` is empty or the address of a room; return it."""
    from workshop.handouts.room import is_address

    if text and not is_address(text):
        raise argparse.ArgumentTypeError(f"{shown(text)}: expected http:// and a host alone")
    return text


def room_address(text: str) -> str:
    """Check that `text` is the address of a lab's page, with its port or without; return it."""
    from workshop.handouts.room import is_address

    found = text.removesuffix("/")
    host, _, port = found.rpartition(":")
    has_port = port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536
    if not is_address(host if has_port else found):
        raise argparse.ArgumentTypeError(
            f"{shown(text)}: expected the address of the instructor's lab"
        )
    return found


def attendee_name(text: str) -> str:
    """Check that `text` is a name; return it in its one form."""
    from lab import attendee

    try:
        return attendee.name(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(f"{shown(text)}: {problem}") from None


def exercise(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Explain an exercise and put its starting state in place. Needs no running lab."""
    from workshop.exercises import exercise_commands

    return exercise_commands.explain(options.name, environ=environ, again=options.again)


def check(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Check an exercise on its own servers; a lab under `make up` is not affected."""
    from workshop.exercises import exercise_commands

    code = exercise_commands.check(options.name, runtime=chosen(environ).name, environ=environ)
    # `make check` uses this option: NOT YET is a result, not an error of make.
    return (
        exercise_commands.PASSED
        if options.not_yet_is_fine and code == exercise_commands.NOT_YET
        else code
    )


def join(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Join a room. Without a port in its address, the page has that of the settings."""
    from workshop import membership

    has_port = urlsplit(options.room).port is not None
    room = options.room if has_port else f"{options.room}:{environ['LOCUST_PORT']}"
    membership.join(room, options.name, environ)
    print(f"Joined {room} as {options.name}: each PASS is shown there; `make leave` ends it.")
    return 0


def leave(_: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Leave the room."""
    from workshop import membership

    is_left = membership.leave(environ)
    print("Left the room: no PASS is reported." if is_left else "No room was joined.")
    return 0


def handouts(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Build the handouts in .venv, which has the necessary packages."""
    in_venv()
    from workshop.handouts import handouts_command

    return handouts_command.build(room=options.room, run=options.run_folder, environ=environ)


def bundle(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Write the bundle: images only where an engine answers, wheels in any case."""
    in_venv()
    from workshop.bundle import bundle_command

    return bundle_command.make(
        archive=options.archive, environ=environ, engine=bool(engine_version())
    )


def rehearse(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Follow the handouts as an attendee would, with this machine's settings."""
    from workshop.rehearsal import rehearse_command

    return rehearse_command.rehearse(options.pages, environ=environ)
