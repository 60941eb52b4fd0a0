"""What each command of the lab does, and how a problem ends it: one sentence, exit code 1."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lab import doctor, environment
from lab.command import measuring, running, teaching
from lab.command.arguments import folder, positive, quantity, settings, sigma, words
from lab.command.refused import sentence
from lab.runtime import RuntimeProblem
from lab.runtime.checkout import ENGINE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    options = parser().parse_args(arguments)
    try:
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
    top = argparse.ArgumentParser(
        prog="lab", description="Flask or FastAPI: predict, measure, see."
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    each = commands.add_parser("up", help="start the lab and wait until it is healthy")
    each.add_argument("--profile", default="", help='"variants" starts every target')
    each.set_defaults(run=running.up)

    each = commands.add_parser("down", help="stop the lab and leave nothing behind")
    each.set_defaults(run=running.down)

    each = commands.add_parser("ps", help="show what runs and whether it is healthy")
    each.set_defaults(run=running.ps)

    each = commands.add_parser("logs", help="show what the programs wrote")
    each.add_argument("--follow", action="store_true", help="and go on until Ctrl-C")
    each.set_defaults(run=running.logs)

    each = commands.add_parser("demo", help="send bursts and hold them against the prediction")
    each.add_argument("--repeats", type=positive, default=1, help="of each burst of 16")
    each.add_argument("--json", type=Path, default=None, help="write the numbers to this file")
    each.set_defaults(run=running.demo)

    each = commands.add_parser("headless", help="Locust without its page, against the lab")
    each.add_argument("--told", type=words, default=[], help='for Locust: "-u 40 -t 30s"')
    each.set_defaults(run=running.headless)

    each = commands.add_parser("experiments", help="list the experiments, with their minutes")
    each.add_argument("--quick", action="store_true", help="as they are shortened")
    each.set_defaults(run=measuring.experiments)

    each = commands.add_parser("run", help="run one experiment and judge it")
    each.add_argument("experiment", help='its number or name: "02"')
    each.add_argument("--quick", action="store_true", help="shortened, with wider tolerances")
    each.add_argument("--set", type=settings, default={}, help='settings: "FLASK_WORKERS=8 ..."')
    each.set_defaults(run=measuring.run_experiment)

    each = commands.add_parser("report", help="run every experiment and judge every claim")
    each.add_argument("--quick", action="store_true", help="shortened, with wider tolerances")
    each.add_argument("--only", default="", help='some experiments: "02 05"')
    each.set_defaults(run=measuring.report)

    each = commands.add_parser("render", help="make a report's page anew, from its files")
    each.add_argument("folder", type=Path)
    each.set_defaults(run=measuring.render)

    each = commands.add_parser("check-run", help="judge a run again, from its files")
    each.add_argument("folder", type=Path)
    each.set_defaults(run=measuring.check_run)

    each = commands.add_parser("compare", help="two runs, or two reports, side by side")
    each.add_argument("a", type=Path)
    each.add_argument("b", type=Path)
    each.add_argument("--force", action="store_true", help="also where they are not alike")
    each.set_defaults(run=measuring.compare)

    each = commands.add_parser("plan", help="what each server shape needs for a rate")
    each.add_argument("--rate", type=quantity, required=True, help="requests per second")
    each.add_argument("--delay", type=quantity, required=True, help="seconds each one waits")
    each.add_argument("--parts", type=positive, default=1, help="concurrent calls of a request")
    each.add_argument("--slow-tail", type=sigma, default=0.0, help="of lognormal delays: sigma")
    each.set_defaults(run=measuring.plan)

    each = commands.add_parser("exercise", help="explain an exercise and set its stage")
    each.add_argument("name", nargs="?", default="", help='its number: "03"; "off" for none')
    each.add_argument("--again", action="store_true", help="from the start, whatever was changed")
    each.set_defaults(run=teaching.exercise)

    each = commands.add_parser("check", help="say PASS or NOT YET of an exercise (exit code 0, 3)")
    each.add_argument("name", nargs="?", default="", help='its number: "03"')
    each.add_argument("--not-yet-is-fine", action="store_true", help="ends with 0 then, too")
    each.set_defaults(run=teaching.check)

    each = commands.add_parser("handouts", help="build the handouts: pages, booklet, slides")
    each.add_argument("--room", default="", help="the instructor's machine, for every link")
    each.add_argument("--run", dest="run_folder", type=folder, default=None, help="a report")
    each.set_defaults(run=teaching.handouts)

    each = commands.add_parser("bundle", help="one archive for a room without internet")
    each.add_argument("archive", type=Path)
    each.set_defaults(run=teaching.bundle)

    each = commands.add_parser("rehearse", help="run every command of the handouts")
    each.add_argument("pages", nargs="*", help='some of them: "01"; else all')
    each.set_defaults(run=teaching.rehearse)

    each = commands.add_parser("drive", help="the load driver: commands in, results out")
    each.set_defaults(run=measuring.drive)

    each = commands.add_parser("count", help="count the code that the same routes take")
    each.add_argument("--write", action="store_true", help="put the tables into the READMEs")
    each.add_argument("--markdown", action="store_true", help="print them as they stand there")
    each.add_argument("--json", type=Path, default=None, help="write the numbers to this file")
    each.set_defaults(run=running.count)

    each = commands.add_parser("doctor", help="check this machine, and say what to do")
    each.set_defaults(run=doctor.run)

    each = commands.add_parser("save-images", help="write the images to one file")
    each.add_argument("archive")
    each.set_defaults(run=running.save_images)

    each = commands.add_parser("load-images", help="read the images from that file")
    each.add_argument("archive")
    each.set_defaults(run=running.load_images)
    return top
