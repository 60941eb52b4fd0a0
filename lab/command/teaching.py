"""The workshop: exercises, the built handouts, and one archive for a room without internet."""

import argparse
from collections.abc import Mapping

from lab.command.choosing import chosen, in_venv
from lab.runtime import engine_version


def exercise(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Explain an exercise and put its starting state in place; nothing needs to run for that."""
    from lab.exercises import command

    return command.explain(options.name, environ=environ, again=options.again)


def check(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """On servers of its own: whatever runs under `make up` is left alone."""
    from lab.exercises import command

    code = command.check(options.name, runtime=chosen(environ).name, environ=environ)
    return command.PASSED if options.not_yet_is_fine and code == command.NOT_YET else code


def handouts(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """In .venv, which has what makes the pages."""
    in_venv()
    from lab.handouts import command

    return command.build(room=options.room, run=options.run_folder, environ=environ)


def bundle(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """With images where an engine answers, and with wheels in any case."""
    in_venv()
    from lab.bundle import command

    return command.make(archive=options.archive, environ=environ, engine=bool(engine_version()))


def rehearse(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """As an attendee would, with this machine's settings."""
    from lab.rehearsal import command

    return command.rehearse(options.pages, environ=environ)
