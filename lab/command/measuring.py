"""Experiments, and what can be done with their files afterwards."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from lab.command.choosing import chosen, require_folder_of
from lab.runtime import Choice, RuntimeProblem, docker, tell


def experiments(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """List them; nothing needs to run for that."""
    from lab.experiments import command

    return command.list_them(quick=options.quick)


def run_experiment(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """On servers of its own: whatever runs under `make up` is left alone."""
    from lab.experiments import command

    return command.run_one(
        options.experiment,
        runtime=chosen(environ).name,
        environ=environ,
        quick=options.quick,
        settings=options.set,
    )


def report(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Every experiment, then the page; the page also where some of them failed."""
    from lab.claims import counting
    from lab.experiments import command

    choice = chosen(environ)
    folder, code = command.run_all(
        runtime=choice.name, environ=environ, quick=options.quick, only=options.only.split()
    )
    if code == command.INTERRUPTED:
        return code
    try:
        counting.save(folder)  # here, because the lab's container has no code of the services
    except OSError as problem:
        raise RuntimeProblem(f"{folder}: {problem.strerror}: free some space") from problem
    return max(code, page(choice, environ, folder))


def render(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Here, or in the lab's container, where the charts' packages are."""
    if environ.get("LAB_RUNTIME") == "docker":
        return page(Choice("local", "in the lab's container"), environ, options.folder)
    return page(chosen(environ), environ, options.folder)


def page(choice: Choice, environ: Mapping[str, str], folder: Path) -> int:
    """Make a report's page, and say where it is."""
    if choice.name == "docker":
        from lab.experiments.stand import StandProblem, images

        path = folder.resolve()
        require_folder_of(path / "report.html")
        try:
            images.build(environ)
        except StandProblem as problem:
            raise RuntimeProblem(str(problem)) from problem
        code = docker.run_lab(environ, ["render", f"/out/{path.name}"], mount=str(path.parent))
        if not code:
            tell(f"the report is {path / 'report.html'}")
        return code
    from lab.report.render import render
    from lab.results.reading import RunUnreadableError

    try:
        made = render(folder)
    except RunUnreadableError as problem:
        raise RuntimeProblem(str(problem)) from problem
    except OSError as problem:
        raise RuntimeProblem(f"{folder}: the page cannot be written ({problem})") from problem
    if environ.get("LAB_RUNTIME") != "docker":  # there it has another name, and the host tells it
        tell(f"the report is {made}")
    return 0


def check_run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """From files alone."""
    from lab.verdicts import checking

    return checking.check_run(options.folder)


def compare(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """From files alone."""
    from lab.compare import command

    return command.command(options.a, options.b, force=options.force)


def plan(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """From arithmetic, and from the memory that was measured."""
    from lab.plan import command

    return command.command(
        rate_rps=options.rate,
        delay_s=options.delay,
        parts=options.parts,
        slow_tail=options.slow_tail,
    )


def drive(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Serve whoever started this process, until its input ends."""
    from lab.driver.serve import main as serve

    return serve()
