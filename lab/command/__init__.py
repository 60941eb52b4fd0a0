"""The lab's commands. A problem is one sentence and exit code 1, a wrong option exit code 2."""

import argparse
import os
import sys
from collections.abc import Sequence

from lab import doctor, environment
from lab.command import arguments as types
from lab.command import measuring, running
from lab.command.arguments import Parser
from lab.command.refused import sentence
from lab.runtime import RuntimeProblem
from lab.runtime.checkout import ENGINE

MOST_SERIES = 100
MOST_CONNECTIONS = 100_000
MOST_SEED = 2**32 - 1  # run_plan chooses 32 bits


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    return run(parser(), arguments)


def run(commands: argparse.ArgumentParser, arguments: Sequence[str] | None = None) -> int:
    """Run the one of `commands` that is asked for; a problem is one sentence on stderr."""
    try:
        environment.refuse_misspelt_words(os.environ)
        options = commands.parse_args(arguments)
        environment.refuse_misspelt(os.environ)
        environ = environment.load(os.environ)
        # Or what asks Docker's client in passing would ask another engine than .env.local's.
        os.environ.update({name: environ[name] for name in ENGINE if name in environ})
        code: int = options.run(options, environ)
    except (RuntimeProblem, environment.EnvironmentFileError) as problem:
        print(f"lab: {problem}", file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"lab: {sentence(problem)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nlab: interrupted; `make down` stops what is running", file=sys.stderr)
        return 130
    return code


def parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    top = Parser(
        prog="lab",
        description="Flask or FastAPI: predict, measure, see.",
        example="make help-all",
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    each = commands.add_parser(
        "up",
        help="start the lab and wait until it is healthy",
        example="make up PROFILE=variants",
    )
    each.add_argument(
        "--profile", default="", type=types.profile, help="what else is started, with commas"
    )
    each.set_defaults(run=running.up)

    each = commands.add_parser("down", help="stop the lab and leave nothing behind")
    each.set_defaults(run=running.down)

    each = commands.add_parser("ps", help="show what runs and whether it is healthy")
    each.set_defaults(run=running.ps)

    each = commands.add_parser("logs", help="show what the programs wrote")
    each.add_argument("--follow", action="store_true", help="and go on until Ctrl-C")
    each.set_defaults(run=running.logs)

    each = commands.add_parser(
        "demo",
        help="send bursts and hold them against the prediction",
        example="make demo REPEATS=3 JSON=demo.json",
    )
    each.add_argument("--repeats", type=types.whole(100), default=1, help="of each burst of 16")
    each.add_argument(
        "--json", type=types.new_file, default=None, help="write the numbers to this file"
    )
    each.set_defaults(run=running.demo)

    each = commands.add_parser(
        "headless",
        help="Locust without its page, against the lab",
        example='make headless ARGS="-u 40 -t 30s"',
    )
    each.add_argument(
        "--args", dest="told", type=types.words, default=[], help='for Locust: "-u 40 -t 30s"'
    )
    each.set_defaults(run=running.headless)

    each = commands.add_parser("experiments", help="list the experiments, with their minutes")
    each.add_argument("--quick", action="store_true", help="those of a quick run")
    each.set_defaults(run=measuring.experiments)

    each = commands.add_parser(
        "run",
        help="run one experiment and judge it",
        example='make run EXP=02 SET="FLASK_WORKERS=8"',
    )
    each.add_argument(
        "experiment", metavar="EXP", type=types.experiment, help='its number or name: "02"'
    )
    each.add_argument("--quick", action="store_true", help="one series, shorter, wider tolerances")
    _add_series(each)
    each.add_argument(
        "--set", type=types.settings, default={}, help='settings: "FLASK_WORKERS=8 ..."'
    )
    each.set_defaults(run=measuring.run_experiment)

    each = commands.add_parser(
        "report",
        help="run every experiment and judge every claim",
        example='make report ONLY="02 05"',
    )
    each.add_argument("--quick", action="store_true", help="one series, shorter, wider tolerances")
    _add_series(each)
    each.add_argument(
        "--only", type=types.experiments, default=[], help='some experiments: "02 05"'
    )
    each.set_defaults(run=measuring.report)

    each = commands.add_parser(
        "render",
        help="make a report's page again, from its files",
        example="make page RUN=results/reference",
    )
    each.add_argument("folder", metavar="RUN", type=types.report_folder)
    each.set_defaults(run=measuring.render)

    each = commands.add_parser(
        "check-run",
        help="judge a run or a report again, from its files",
        example="make check-run RUN=results/reference",
    )
    each.add_argument("folder", metavar="RUN", type=types.run_folder)
    each.set_defaults(run=measuring.check_run)

    each = commands.add_parser(
        "compare",
        help="two runs, or two reports, side by side",
        example="make compare A=results/reference B=results/reference",
    )
    each.add_argument("a", metavar="A", type=types.run_folder)
    each.add_argument("b", metavar="B", type=types.run_folder)
    each.add_argument("--force", action="store_true", help="also where they are not alike")
    each.set_defaults(run=measuring.compare)

    each = commands.add_parser(
        "plan",
        help="what each server shape needs for a rate",
        example="make plan RATE=200 DELAY=1",
    )
    each.add_argument("--rate", type=types.rate, required=True, help="requests per second")
    each.add_argument("--delay", type=types.delay, required=True, help="seconds each one waits")
    each.add_argument(
        "--parts", type=types.whole(100), default=1, help="concurrent calls of a request"
    )
    each.add_argument(
        "--slow-tail", type=types.sigma, default=0.0, help="of lognormal delays: sigma"
    )
    each.add_argument(
        "--query", type=types.query, default=0.0, help="seconds of the delay for the database"
    )
    each.add_argument(
        "--max-connections",
        type=types.whole(MOST_CONNECTIONS),
        default=100,
        help="that the database allows",
    )
    each.set_defaults(run=measuring.plan)

    each = commands.add_parser("drive", help="the load driver: commands in, results out")
    each.set_defaults(run=measuring.drive)

    each = commands.add_parser("doctor", help="check this machine, and say what to do")
    each.set_defaults(run=doctor.run)

    each = commands.add_parser(
        "save-images",
        help="write the images to one file",
        example="make save-images ARCHIVE=lab-images.tar",
    )
    each.add_argument("archive", metavar="ARCHIVE", type=types.new_file)
    each.set_defaults(run=running.save_images)

    each = commands.add_parser(
        "load-images",
        help="read the images from that file",
        example="make load-images ARCHIVE=lab-images.tar",
    )
    each.add_argument("archive", metavar="ARCHIVE", type=types.present_file)
    each.set_defaults(run=running.load_images)
    return top


def _add_series(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--series",
        type=types.whole(MOST_SERIES),
        default=None,
        help="number of series, whatever the experiment's file says",
    )
    command.add_argument(
        "--seed",
        type=types.whole(MOST_SEED, least=0),
        default=None,
        help="of the order of measurements, as run.json has it",
    )
