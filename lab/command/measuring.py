"""Commands for experiments and for their stored files."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from lab import setting_values, terminal
from lab.command.choosing import chosen, require_folder_of
from lab.runtime import Choice, RuntimeProblem, docker, tell

MOST_BUSY = 100_000
"""Greatest mean number of busy slots that `plan` takes: more need minutes of arithmetic."""


def experiments(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """List the experiments. Needs no running lab."""
    from lab.running import run_commands

    return run_commands.list_them(quick=options.quick)


def run_experiment(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run one experiment on its own servers; a lab under `make up` is not affected."""
    from lab.running import run_commands

    setting_values.refuse_bad(environ)
    return run_commands.run_one(
        options.experiment,
        runtime=chosen(environ).name,
        environ=environ,
        quick=options.quick,
        settings=options.set,
        series=options.series,
        seed=options.seed,
    )


def report(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run every experiment, then build the page, also where some experiments failed."""
    from lab.claims import code_count
    from lab.results import reading
    from lab.running import run_commands

    setting_values.refuse_bad(environ)
    choice = chosen(environ)
    folder, code = run_commands.run_all(
        runtime=choice.name,
        environ=environ,
        quick=options.quick,
        only=options.only,
        series=options.series,
        seed=options.seed,
    )
    if code == run_commands.INTERRUPTED:
        return code
    if not reading.runs_inside(folder):
        tell(f"no experiment was measured, so there is no page of {run_commands.shown(folder)}")
        return max(code, run_commands.FAILED)
    try:
        code_count.save(folder)  # here, because the lab's container lacks the services' code
    except code_count.CodeCountError as problem:
        raise RuntimeProblem(str(problem)) from problem
    except OSError as problem:
        raise RuntimeProblem(f"{folder}: {problem.strerror}: free some space") from problem
    return max(code, page(choice, environ, folder))


def render(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Rebuild a report's page, here or in a container that has the charts' packages."""
    if environ.get("LAB_RUNTIME") == "docker":
        return page(Choice("local", "in the lab's container"), environ, options.folder)
    return page(chosen(environ), environ, options.folder)


def page(choice: Choice, environ: Mapping[str, str], folder: Path) -> int:
    """Build a report's page and print its path."""
    if choice.name == "docker":
        from lab.running.testbed import TestbedError, image_build

        path = folder.resolve()
        require_folder_of(path / "report.html")
        try:
            image_build.build(environ, [docker.REPORT])
        except TestbedError as problem:
            raise RuntimeProblem(str(problem)) from problem
        if not docker.have_image(docker.REPORT_IMAGE):
            raise RuntimeProblem(
                f"{docker.REPORT_IMAGE}, the image that draws a page, is not here and has no base "
                "image to be built on: `make load-images` reads an archive of `make save-images`"
            )
        code = docker.run_lab(
            environ, ["render", f"/out/{path.name}"], mount=str(path.parent), service=docker.REPORT
        )
        if not code:
            tell(f"the report is {path / 'report.html'}")
        return code
    # Imported here: the charts' packages exist only in .venv and in the report's image.
    from lab.report.render import render
    from lab.results.reading import RunUnreadableError

    try:
        made = render(folder)
    except RunUnreadableError as problem:
        raise RuntimeProblem(str(problem)) from problem
    except OSError as problem:
        raise RuntimeProblem(f"{folder}: the page cannot be written ({problem})") from problem
    if environ.get("LAB_RUNTIME") != "docker":  # there the path differs; the host prints it
        tell(f"the report is {made}")
    return 0


def check_run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Judge a run again, from its files alone."""
    from lab.running import checking

    return checking.check_run(options.folder)


def compare(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Compare two runs or reports, from their files alone."""
    from lab.compare import compare_command

    return compare_command.command(
        options.a,
        options.b,
        force=options.force,
        columns=terminal.columns(default=compare_command.COLUMNS),
    )


def plan(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Compute the needs of each server shape from arithmetic and from measured memory."""
    from lab.plan import plan_command

    if options.query > options.delay:
        raise RuntimeProblem(
            f"QUERY={options.query:g}: expected at most DELAY={options.delay:g}, which contains "
            "it, e.g. `make plan RATE=200 DELAY=1 QUERY=0.02`"
        )
    asked = {"parts": options.parts, "slow_tail": options.slow_tail, "query_s": options.query}
    busy = plan_command.demanded(options.rate, options.delay, **asked).busy
    if busy > MOST_BUSY:
        raise RuntimeProblem(
            f"RATE={options.rate:g} DELAY={options.delay:g}: {busy:,.0f} busy slots: expected at "
            f"most {MOST_BUSY:,}, e.g. `make plan RATE=200 DELAY=1`"
        )
    return plan_command.command(
        options.rate, options.delay, max_connections=options.max_connections, **asked
    )


def drive(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run the load driver for the parent process until its input ends."""
    from lab.driver.serve import main as serve

    return serve()
