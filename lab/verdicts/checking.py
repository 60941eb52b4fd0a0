"""Judging a run again from its files, and saying whether the stored verdicts still stand."""

import sys
from collections.abc import Mapping
from math import isclose
from pathlib import Path
from typing import Any

from lab.experiments import screen
from lab.results import reading
from lab.results.reading import RunUnreadableError
from lab.verdicts import files
from lab.verdicts.judge import ExperimentVerdict, judge
from lab.verdicts.summary import Summary, summarize

AGREE, DIFFER, UNREADABLE = 0, 1, 2


def check_run(folder: Path) -> int:
    """Judge the run in `folder`, or each run of a report, and print it; nothing is written.

    0: all is as stored; 1: something is not; 2: there is nothing that can be read.
    """
    try:
        codes = [_check(each) for each in runs(folder)]
    except RunUnreadableError as problem:
        print(f"lab: {problem}", file=sys.stderr)
        return UNREADABLE
    return max(codes)


def runs(folder: Path) -> list[Path]:
    """The folders of runs: this one, or those in it. Raises RunUnreadableError for none."""
    if reading.is_run(folder):
        return [folder]
    found = sorted(each for each in folder.glob("*/") if reading.is_run(each))
    if not found:
        raise RunUnreadableError(
            f"{folder}: expected the folder of a run, or of a report with runs"
        )
    return found


def differences(
    stored: tuple[Summary, ExperimentVerdict], now: tuple[Summary, ExperimentVerdict]
) -> list[str]:
    """What the files say otherwise than their run does; a line for each place."""
    return [
        *_apart(files.summary_as_dict(stored[0]), files.summary_as_dict(now[0]), files.SUMMARY),
        *_apart(files.verdict_as_dict(stored[1]), files.verdict_as_dict(now[1]), files.VERDICT),
    ]


def _check(folder: Path) -> int:
    run = reading.read(folder)
    summary = summarize(run)
    verdict = judge(run, summary)
    print(f"{run.experiment.name}, judged from {folder}")
    print(screen.table(run, summary, verdict))
    missing = [each for each in (files.SUMMARY, files.VERDICT) if not (folder / each).exists()]
    if missing:
        print(f"nothing to compare with: {' and '.join(missing)} not there")
        return DIFFER
    found = differences(
        (files.read_summary(folder), files.read_verdict(folder)), (summary, verdict)
    )
    for each in found:
        print(f"stored otherwise: {each}")
    if not found:
        print(f"as stored in {files.SUMMARY} and {files.VERDICT}")
    return DIFFER if found else AGREE


def _apart(stored: Any, now: Any, place: str) -> list[str]:
    """Where two JSON values differ; numbers that differ in the last digits are alike."""
    if isinstance(stored, Mapping) and isinstance(now, Mapping):
        missing = object()
        return [
            each
            for key in dict.fromkeys([*stored, *now])
            for each in _apart(stored.get(key, missing), now.get(key, missing), f"{place}: {key}")
        ]
    if isinstance(stored, list) and isinstance(now, list) and len(stored) == len(now):
        return [each for a, b in zip(stored, now, strict=True) for each in _apart(a, b, place)]
    if isinstance(stored, float | int) and isinstance(now, float | int):
        return [] if isclose(stored, now, rel_tol=1e-6) else [f"{place}: {stored:g}, now {now:g}"]
    return [] if stored == now else [f"{place}: {_shown(stored)}, now {_shown(now)}"]


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str | list | float | int | None) else "nothing"
