"""Answers for a reader who chooses between Flask and FastAPI, from the outcomes of one report.

    It makes no difference when *requests compute*: a second worker made Flask 2.0 times as fast, …

Each sentence names the outcomes that it needs. It is shown only if the report has all of them, so
that another machine may say something else. Some sentences have an opposite further down.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from lab.claims import rates, small_api
from lab.claims.claim import Range
from lab.claims.rule import Decision, Outcome
from lab.rounded import digits
from lab.verdicts.judgement import DECIDED, Verdict

MOST = 5
"""Sentences of a group. The first ones that apply are shown."""
HOLDS, FAILS = (Verdict.HOLDS,), (Verdict.FAILS,)
BESIDE = (None,)
SAME = (90.0, 110.0)


class Group(StrEnum):
    """What a sentence speaks for; the sentence completes it."""

    FLASK = "Flask is fine when …"
    FASTAPI = "FastAPI when …"
    EITHER = "It makes no difference when …"


@dataclass(frozen=True, slots=True)
class Need:
    """An outcome that a sentence needs: of a part (its `what`) of a claim, on a basis (its label).

    `verdicts` are those that the outcome may have; None is a number that is stated beside. The
    interval must lie inside of `within`, in the outcome's unit.
    """

    claim: str
    part: str
    verdicts: Collection[Verdict | None] = DECIDED
    basis: str = ""
    within: Range = (-inf, inf)

    def is_met(self, outcome: Outcome | None) -> bool:
        """Whether the outcome was measured without a doubt and is as needed."""
        if outcome is None or outcome.measured is None or outcome.absences:
            return False
        low, high = self.within
        found = outcome.measured
        return outcome.verdict in self.verdicts and low <= found.low and found.high <= high


@dataclass(frozen=True, slots=True)
class Answer:
    """A sentence: `when` completes the group, `because` has the number of each need as {0}, {1}."""

    group: Group
    when: str
    because: str
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with its numbers, and the ids of the claims that it rests on."""

    when: str
    because: str
    claims: tuple[str, ...]
    is_provisional: bool


def said(decisions: Sequence[Decision]) -> dict[Group, list[Said]]:
    """Return the sentences that these decisions allow; a group may have none."""
    by_id = {each.claim.id: each for each in decisions}
    outcomes = {
        (each.claim.id, outcome.part.what, outcome.basis.label): outcome
        for each in decisions
        for outcome in each.outcomes
    }
    found: dict[Group, list[Said]] = {group: [] for group in Group}
    for answer in ANSWERS:
        if (sentence := _said(answer, by_id, outcomes)) and len(found[answer.group]) < MOST:
            found[answer.group].append(sentence)
    return found


def _said(
    answer: Answer,
    decisions: Mapping[str, Decision],
    outcomes: Mapping[tuple[str, str, str], Outcome],
) -> Said | None:
    numbers = []
    for need in answer.needs:
        outcome = outcomes.get((need.claim, need.part, need.basis))
        if not need.is_met(outcome):
            return None
        assert outcome is not None
        assert outcome.measured is not None
        numbers.append(digits(outcome.measured.middle, 2))
    claims = tuple(dict.fromkeys(need.claim for need in answer.needs))
    return Said(
        when=answer.when,
        because=answer.because.format(*numbers),
        claims=claims,
        is_provisional=any(decisions[id].is_provisional for id in claims),
    )


BURST = "FastAPI's time"
ON_THREADS = "what 100 threads give to 100 waiting users"
THROUGHPUT = "efficiency is the throughput of requests that wait"
WITHOUT_ASGI = "what Flask reaches without ASGI"
GREENLETS = "the throughput of 100 users on 100 greenlets is meant"
ASYNC_ROUTE = "the mean answer of an async route"
RATIO = "FastAPI's rate by Flask's"
LEAD_LEFT = "what is left of FastAPI's lead with Granian for both"
IN_ONE = "the requests that wait at once in one process, of 16"
MEMORY = "the memory of one held request"
PROCESSES = "coroutines are compared with worker processes"
THREADS = "coroutines are compared with threads"
RATE = "{0} times Flask's rate with 2 workers each, and {1} times by processor time"

ANSWERS = (
    Answer(
        Group.FLASK,
        "it has a slot for each request that waits",
        "100 users got {0} % of the answers on 100 threads that they got on 100 coroutines",
        (Need("B9", ON_THREADS, FAILS, THROUGHPUT),),
    ),
    Answer(
        Group.FLASK,
        "its views are plain functions",
        "an `async def` view took {0} times as long on the same workers",
        (Need("C2", "the time with `async def`", HOLDS),),
    ),
    Answer(
        Group.FLASK,
        "the wait inside of a request can be split",
        "two concurrent parts made a burst {0} times as fast",
        (Need("C3", "the gain of two parts", HOLDS),),
    ),
    Answer(
        Group.FLASK,
        "one process has threads or greenlets",
        "it then had {0} of 16 requests waiting at once, a sync worker {1}",
        (
            Need("A10", IN_ONE, FAILS, "the worker has 16 threads"),
            Need("A10", IN_ONE, HOLDS, "the worker has one thread (sync)"),
        ),
    ),
    Answer(
        Group.FLASK,
        "its views are `async def`",
        "they took {0} times the time of plain ones on the same workers",
        (Need("C2", "the time with `async def`", FAILS, within=(0, 1)),),
    ),
    Answer(
        Group.FLASK,
        "answers need no I/O",
        f"FastAPI gave only {RATE}",
        (
            Need("B1", RATIO, DECIDED, rates.TWO, within=(0, 0.9)),
            Need("B1", RATIO, DECIDED, rates.PER_CORE, within=(0, 0.9)),
        ),
    ),
    Answer(
        Group.EITHER,
        "one server runs both, and answers need no I/O",
        "on uvicorn FastAPI gave {1} times the rate of Flask on gunicorn, with 2 workers each; of "
        "its lead by processor time {0} % is left with Granian for both",
        (
            Need("B1", LEAD_LEFT, BESIDE, within=(-inf, 50)),
            Need("B1", RATIO, DECIDED, rates.TWO, within=(1.25, inf)),
        ),
    ),
    Answer(
        Group.FASTAPI,
        "many requests wait and each Flask worker has one slot",
        "a burst of 100 took {0} % of Flask's time, on 4 workers each",
        (Need("C5", BURST, DECIDED, within=(0, 90)),),
    ),
    Answer(
        Group.FASTAPI,
        "thousands wait in one process",
        "one worker had {0} requests waiting at once, without a thread for each",
        (
            Need("A3", "the requests that wait at once", HOLDS),
            Need("A3", "the threads beyond those it had before", HOLDS),
            Need("A3", "the failures", HOLDS),
        ),
    ),
    Answer(
        Group.FASTAPI,
        "answers need no I/O and their rate counts",
        f"it gave {RATE}",
        (
            Need("B1", RATIO, DECIDED, rates.TWO, within=(1.1, inf)),
            Need("B1", RATIO, DECIDED, rates.PER_CORE, within=(1.1, inf)),
        ),
    ),
    Answer(
        Group.FASTAPI,
        "models must check bodies and document it, without other packages",
        "the same checks by hand took Flask {0} times the lines",
        (
            Need("B4", "the lines of checks by hand", HOLDS),
            Need("B4", "the bad bodies that FastAPI refuses", HOLDS, small_api.STRICT),
            Need("B4", "the bad bodies that Flask by hand refuses", HOLDS),
            Need("B6", "documentation by FastAPI itself", HOLDS),
            Need("B6", "documentation by Flask itself", HOLDS),
        ),
    ),
    Answer(
        Group.FASTAPI,
        "clients hold WebSockets open",
        "on 4 workers it had {0} of 16 open at once, Flask on 4 sync workers {1}",
        (
            Need("B7", "the WebSockets that FastAPI has open at once, of 16", HOLDS),
            Need("B7", "the WebSockets that Flask has open at once on 4 sync workers", HOLDS),
        ),
    ),
    Answer(
        Group.FASTAPI,
        "slots must cost little memory",
        "a request held in a coroutine took {0} % of the memory of a worker process, and {1} % of "
        "that of one held in a thread",
        (
            Need("A13", MEMORY, HOLDS, PROCESSES),
            Need("A13", MEMORY, HOLDS, THREADS),
        ),
    ),
    Answer(
        Group.FASTAPI,
        "requests wait, even if slots are equal in number",
        "on 100 threads 100 users got only {0} % of the answers that they got on 100 coroutines",
        (Need("B9", ON_THREADS, HOLDS, THROUGHPUT),),
    ),
    Answer(
        Group.EITHER,
        "slots are equal in number: threads, greenlets or coroutines",
        "for 100 users, 100 greenlets gave {0} % of the answers of 100 coroutines, Flask's threads "
        "{1} %, and FastAPI's own threads as many",
        (
            Need("A7", WITHOUT_ASGI, FAILS, GREENLETS, within=SAME),
            Need("B9", ON_THREADS, FAILS, THROUGHPUT, within=SAME),
            Need("C9", "the throughput of 100 coroutines", HOLDS),
        ),
    ),
    Answer(
        Group.EITHER,
        "one user asks at a time",
        "FastAPI's async route took {2} % of the time of Flask's plain one",
        (
            Need("A11", ASYNC_ROUTE, DECIDED, "one user asks at a time, on FastAPI", within=SAME),
            Need("A11", ASYNC_ROUTE, DECIDED, "one user asks at a time, on Flask", within=SAME),
            Need(
                "A11",
                "one user's answer from FastAPI's async route",
                BESIDE,
                within=SAME,
            ),
        ),
    ),
    Answer(
        Group.EITHER,
        "requests compute",
        "two FastAPI workers computed {2} % of what two Flask workers did, one {0} % of two",
        (
            Need("B8", "one FastAPI process", FAILS, "requests compute", within=(0, 90)),
            Need("B8", "what a second worker gives Flask for computing", HOLDS),
            Need("B8", "what two FastAPI workers compute", BESIDE, within=SAME),
        ),
    ),
    Answer(
        Group.EITHER,
        "a client blocks inside of `async def`",
        "FastAPI's 4 workers then had {0} requests waiting at once, Flask's 4 sync workers {2}",
        (
            Need("A5", "the requests at once with a blocking client on 4 workers", HOLDS),
            Need("A5", "the requests at once with an awaited client", HOLDS),
            Need(
                "A5",
                "the requests at once with that client on Flask's 4 sync workers",
                BESIDE,
            ),
        ),
    ),
    Answer(
        Group.EITHER,
        "Flask has an extension that checks bodies",
        "it refused the same ones, with {1} times the lines of FastAPI's models",
        (
            Need(
                "B4",
                "the bad bodies that Flask with an extension refuses",
                BESIDE,
                within=(100, 100),
            ),
            Need("B4", "the lines of models of Flask's extension", BESIDE, within=(0, 1.5)),
            Need("B4", "the bad bodies that FastAPI refuses", HOLDS, small_api.STRICT),
        ),
    ),
    Answer(
        Group.EITHER,
        "answers need no I/O",
        f"FastAPI gave {RATE}",
        (
            Need("B1", RATIO, DECIDED, rates.TWO, within=(0.9, 1.1)),
            Need("B1", RATIO, DECIDED, rates.PER_CORE, within=(0.9, 1.1)),
        ),
    ),
)
"""All sentences, the most important ones of each group first."""
