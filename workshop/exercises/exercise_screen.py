"""Output of a check: a table, and the result as a sentence."""

from collections.abc import Sequence

from lab import rounded
from lab.experiments import metric_catalogue
from lab.experiments import spoken_names as loads
from lab.experiments.experiment import Cell
from workshop.exercises import quantities
from workshop.exercises.exercise import Exercise, Requirement
from workshop.exercises.judging import GradedRequirement

NOTHING = "-"
OK, NOT_YET, PASS = "ok", "NOT YET", "PASS"
NO_ANSWERS = "nothing was answered"


def title(exercise: Exercise) -> str:
    """Title line, for example "03 · Three calls in one second"."""
    return f"{exercise.number} · {exercise.title}"


def table(answers: Sequence[GradedRequirement]) -> str:
    """One line per requirement: measured value, required value, whether it is met."""
    lines = [("", "measured", "required", "")]
    lines += [
        (
            _label(each, answers),
            _value(each),
            _bound(each.requirement),
            OK if each.is_met else NOT_YET,
        )
        for each in answers
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    return "\n".join(
        "   ".join(each.ljust(width) for each, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def passed(answers: Sequence[GradedRequirement]) -> str:
    """The PASS sentence with the numbers."""
    return f"{PASS}: {'; '.join(dict.fromkeys(map(_sentence, answers)))}."


def untouched(exercise: Exercise) -> str:
    """Sentence in place of a hint for an attendee who has changed nothing yet."""
    return f"Nothing is changed yet: `make exercise N={exercise.number}` says what you may change."


def not_yet(sentence: str, hint: str = "") -> str:
    """The NOT YET sentence, and a hint where there is one."""
    lines = [f"{NOT_YET}: {sentence.rstrip('.')}."]
    return "\n".join(lines + ([f"Hint: {hint}"] if hint else []))


def missed(answer: GradedRequirement) -> str:
    """Sentence such as "flask-svc took 3.02 s for 4 at once; at most 1.50 s is required"."""
    return f"{_sentence(answer)}; {_bound(answer.requirement)} is required"


def _sentence(answer: GradedRequirement) -> str:
    metric, value, who = answer.requirement.metric, _value(answer), answer.cell.shape
    if answer.value is None:
        return f"{who} has no {_words(metric)}: {NO_ANSWERS}"
    if answer.requirement.times:
        other = answer.requirement.times.partition(".")[0]
        return f"the {_words(metric)} of {who} is {value} times that of {other}"
    load = loads.load(answer.cell.load)
    match metric:
        case "makespan_s":
            return f"{who} took {value} for {load}"
        case "workers":
            many = "worker process" if answer.value == 1 else "worker processes"
            return f"{who} has {value} {many}"
        case "memory_bytes" | "pss_bytes":
            return f"{who} takes {value} of memory"
        case "throughput_rps":
            return f"{who} gave {value.removesuffix(' per second')} answers per second"
        case "failed_share":
            return f"{value} of the requests to {who} failed"
        case "upstream_peak":
            return f"the upstream held {value} calls of {who} at once"
        case "connections":
            return f"{who} has {value} connections to the database"
        case "in_flight":
            return f"{who} has {value} requests in flight"
        case "slots_share":
            return f"{who} has {value} slots for each request in flight"
        case "kept_up":
            return f"the answers for each arrival of {who} are {value}"
        case "p99_waits":
            return f"99 of 100 answers of {who} take {value} waits at most"
    # Upper case is the name of a setting.
    if metric.isupper():
        return f"{metric} is {value}"
    return f"the {_words(metric)} of {who} is {value} ({load})"


def _label(answer: GradedRequirement, answers: Sequence[GradedRequirement]) -> str:
    """Shortest label that is unique: the shape, then the metric, then the cell."""
    requirement = answer.requirement
    # Upper case is the name of a setting.
    if requirement.metric.isupper():
        return requirement.metric
    parts = [answer.cell.shape]
    if len({each.requirement.metric for each in answers}) > 1:
        parts.append(_words(requirement.metric))
    same = [
        each
        for each in answers
        if each.cell.shape == answer.cell.shape and each.requirement.metric == requirement.metric
    ]
    if len({each.cell.id for each in same}) > 1:
        parts.append(_load(answer.cell))
    return ", ".join(parts)


def _load(cell: Cell) -> str:
    return f"{cell.path}, {loads.load(cell.load)}"


def _words(metric: str) -> str:
    known = quantities.QUANTITIES
    return known[metric].words if metric in known else metric_catalogue.words(metric)


def _value(answer: GradedRequirement) -> str:
    if answer.value is None:
        return NOTHING
    if answer.requirement.times and isinstance(answer.value, float):
        return rounded.digits(answer.value, 2)
    return quantities.said(answer.requirement.metric, answer.value)


def _bound(requirement: Requirement) -> str:
    # First, because the bound itself would give the answer away.
    if requirement.told:
        return requirement.told
    if requirement.one_of:
        return " or ".join(requirement.one_of)
    metric = requirement.metric

    def said(value: float) -> str:
        if requirement.times:
            return f"{rounded.digits(value, 2)} times {requirement.times.partition('.')[0]}"
        return quantities.said(metric, value)

    least, most = requirement.at_least, requirement.at_most
    if least is not None and least == most:
        return f"exactly {said(least)}"
    if least is not None and most is not None:
        return f"{said(least)} to {said(most)}"
    return f"at most {said(most)}" if most is not None else f"at least {said(least or 0.0)}"
