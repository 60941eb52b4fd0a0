"""Claims C1 to C4 of article C: sixteen requests at once on four workers."""

from collections.abc import Callable, Sequence

from lab import theory
from lab.claims.claim import Claim, Decision
from lab.claims.findings import Findings, MissingError
from lab.claims.measures import of, ratio
from lab.claims.rule import near, part, together
from lab.results.measurement import MEASURED, Measurement
from lab.rounded import digits, listed, times
from lab.verdicts.judgement import Measured

FLASK_16 = "flask-svc.io.burst-16"
FLASK_3 = "flask-svc.io.burst-3"
ASYNC_16 = "flask-svc.async-io.burst-16"
PARTS = (1, 2, 4, 8)
NEAR_S = 0.25
"""Tolerance for the time of an answer, in task lengths. Waves lie one whole task length apart."""


def lengths(findings: Findings, experiment: str, cell: str) -> Measured:
    """Makespan of a burst in task lengths: seconds divided by the upstream's delay."""
    makespan = findings.metric(experiment, cell, "makespan_s")
    return makespan.scaled(1 / findings.delay_s(experiment))


def decide_batches(findings: Findings) -> Decision:
    """Decide C1: length of the burst and number of waves."""
    doubts = findings.doubts("02", FLASK_16)
    took = lengths(findings, "02", FLASK_16)
    waves = findings.metric("02", FLASK_16, "waves")
    return together(
        [
            part(
                "the burst's length",
                took,
                near(4, quick=findings.quick),
                unit="task lengths",
                doubts=doubts,
            ),
            part("the number of waves", waves, (4, 4), unit="waves", doubts=doubts),
        ],
        f"16 requests at once took {digits(took.middle)} task lengths in "
        f"{digits(waves.middle)} waves",
        holds=": each of the 4 workers waits for one request at a time",
    )


def decide_async_view(findings: Findings) -> Decision:
    """Decide C2: time of the `async def` view relative to the plain view."""
    plain = findings.metric("03", FLASK_16, "makespan_s")
    async_ = findings.metric("03", ASYNC_16, "makespan_s")
    found = ratio(async_, plain)
    return together(
        [
            part(
                "the async view's time",
                found,
                near(1, quick=findings.quick),
                unit="times the plain one's",
                doubts=findings.doubts("03", FLASK_16, ASYNC_16),
            )
        ],
        f"Flask took {digits(async_.middle)} s with `async def` and {digits(plain.middle)} s "
        f"without, {times(found.middle)} as long",
        holds=": a worker awaits one request and takes no other meanwhile",
    )


def decide_parts(findings: Findings) -> Decision:
    """Decide C3: gain from 2, 4 and 8 concurrent parts."""
    cells = {parts: f"flask-svc.async-io-multi.p{parts}.burst-16" for parts in PARTS}
    took = {parts: lengths(findings, "04", cell) for parts, cell in cells.items()}
    doubts = {parts: findings.doubts("04", cell) for parts, cell in cells.items()}
    twice = ratio(took[1], took[2])
    shorter = [
        part(
            f"{more} parts instead of {fewer}",
            ratio(took[more], took[fewer]),
            (0, 1),
            unit="times as long",
            doubts=(*doubts[fewer], *doubts[more]),
        )
        for fewer, more in ((2, 4), (4, 8))
    ]
    return together(
        [
            part(
                "the gain of two parts",
                twice,
                near(2, quick=findings.quick),
                unit="times",
                doubts=(*doubts[1], *doubts[2]),
            ),
            *shorter,
        ],
        f"Split into {listed([str(parts) for parts in PARTS])} concurrent parts, 16 requests "
        f"took {listed([digits(each.middle) for each in took.values()])} task lengths, so two "
        f"parts were {times(twice.middle)} as fast",
        holds=": each request gives its slot back sooner",
    )


def decide_formula(findings: Findings) -> Decision:
    """Decide C4: share of answers at the time of the published formula.

    The sentence also names the share for the formula of lab/theory.py. Raises MissingError where
    the experiment kept no samples.
    """
    bursts = [
        (requests, findings.measurements("02", cell))
        for requests, cell in ((16, FLASK_16), (3, FLASK_3))
    ]
    delay_s = findings.delay_s("02")
    workers = findings.workers("02", "flask-svc")

    def published(position: int) -> float:
        return theory.published_answer_s(position=position, slots=workers, service_s=1)

    def correct(position: int) -> float:
        return theory.answer_s(position=position, slots=workers, service_s=1)

    answers = [
        [
            answer
            for number, measurements in bursts
            for answer in _answers(measurements[repeat], number, delay_s)
        ]
        for repeat in range(min(len(measurements) for _, measurements in bursts))
    ]
    if not all(answers):
        raise MissingError("experiment 02 kept no samples of its bursts")
    right = of([_share(each, published) for each in answers])
    corrected = of([_share(each, correct) for each in answers])
    number = len(answers[0])
    first = of([at for (_, at), *_ in answers]).middle
    return together(
        [
            part(
                "the share of answers that came when the formula says",
                right,
                (1, 1),
                unit="of all answers",
                doubts=findings.doubts("02", FLASK_16, FLASK_3),
            )
        ],
        f"Of {number} answers {digits(right.middle * number)} came when "
        f"floor(n / workers) says and {digits(corrected.middle * number)} when "
        f"ceil(n / workers) says; the first came after {digits(first)} task lengths, where "
        f"the formula gives {digits(published(1))}",
        fails=": it is right only where n is a multiple of the workers",
    )


def _answers(measurement: Measurement, requests: int, delay_s: float) -> list[tuple[int, float]]:
    # (1-based position, time in task lengths) of each answer of each burst. A missing answer has
    # the time inf, so no formula can match it.
    found = []
    for burst in sorted({row.burst for row in measurement.rows}):
        samples = [
            row.sample for row in measurement.rows if row.burst == burst and row.phase == MEASURED
        ]
        begin_s = min((each.start_s for each in samples), default=0.0)
        ends = sorted((each.end_s - begin_s) / delay_s for each in samples if not each.error)
        ends += [float("inf")] * (requests - len(ends))
        found += list(enumerate(ends, start=1))
    return found


def _share(answers: Sequence[tuple[int, float]], formula: Callable[[int], float]) -> float:
    hits = sum(abs(at - formula(position)) <= NEAR_S for position, at in answers)
    return hits / len(answers) if answers else 0.0


CLAIMS = (
    Claim(
        id="C1",
        source="C",
        text="Flask with 4 sync workers serves 16 requests at once, each a task of 1 s, in "
        "batches of 4, in 4 s.",
        reading="The burst takes 4 task lengths, within 10 %, and no worker has more or fewer "
        "than 4 waves.",
        experiments=("02",),
        rule=decide_batches,
    ),
    Claim(
        id="C2",
        source="C",
        text="An `async def` view gains Flask nothing: the same 16 requests still take 4 s.",
        reading="On the same server the burst takes as long with `async def` as without, "
        "within 10 %.",
        experiments=("03",),
        rule=decide_async_view,
    ),
    Claim(
        id="C3",
        source="C",
        text="Two concurrent parts of 0.5 s inside of each request make it 2 s, twice as fast; "
        "with more parts, faster still.",
        reading="16 requests of two parts are 2 times as fast as those of one, within 10 %; "
        "4 parts take less time than 2, and 8 less than 4.",
        experiments=("04",),
        rule=decide_parts,
    ),
    Claim(
        id="C4",
        source="C",
        text="Request n is answered after floor(n / workers) times the task's length.",
        reading="With n from 1, every answer of a burst of 16 and of one of 3 comes within a "
        "quarter of a task of that time. (With n from 0, the same formula says when a request "
        "begins, not when it is answered.)",
        experiments=("02",),
        rule=decide_formula,
    ),
)
