"""Every page of the handouts has the parts that a reader has come to expect, in their order."""

import re
from itertools import pairwise

import pytest

from lab.environment import ROOT

HANDOUTS = ROOT / "handouts"
EXERCISES = HANDOUTS / "exercises"
NAMES = (
    "00-before-you-come",
    "01-the-staircase",
    "02-async-is-not-a-switch",
    "03-split-the-wait",
    "04-the-event-loop",
    "05-traps",
    "06-fair-fights",
    "07-measuring-without-fooling-yourself",
    "08-how-many-workers",
    "09-decide",
    "10-the-database",
)
BESIDE = ("index", "instructor", "slides", "words")
HEADINGS = (
    "Predict first",
    "Do",
    "What you should see",
    "Why",
    "Exercise",
    "Harder",
    "At work",
)
FENCE = re.compile(r"^(`{3,}|~{3,})(.*)\n((?:.*\n)*?)\1[ \t]*$", re.MULTILINE)
TIME = re.compile(r"\*(\d+) minutes\b.* You need: .*\.\*")
ids = {"ids": lambda name: name[:2] if name[0] in "0123456789" else name}


def text_of(name):
    return (HANDOUTS / f"{name}.md").read_text(encoding="utf-8")


def without_fences(text):
    """As many lines, those of fences empty."""
    return FENCE.sub(lambda found: "\n" * found[0].count("\n"), text)


def sections(name):
    """What stands below each heading of the second level, by heading, in order."""
    text = text_of(name)
    starts = [
        (found.start(), found.end(), found[1])
        for found in re.finditer(r"^## (.+)$", masked(text), re.MULTILINE)
    ]
    ends = [begin for begin, _, _ in starts[1:]] + [len(text)]
    return {heading: text[begin:end] for (_, begin, heading), end in zip(starts, ends, strict=True)}


def masked(text):
    """As long as the text, with nothing in its fences that could be taken for a heading."""
    return FENCE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def fences(text, kind):
    """The contents of the fences of that kind."""
    return [found[3] for found in FENCE.finditer(text) if found[2].split()[:1] == [kind]]


def test_the_pages_are_these():
    """Eleven with a number, and what goes with them."""
    assert sorted(path.stem for path in HANDOUTS.glob("*.md")) == sorted([*NAMES, *BESIDE])


@pytest.mark.parametrize("name", NAMES, **ids)
def test_a_page_begins_with_its_number_the_time_and_a_question(name):
    """In that order, before its first part."""
    first, _, time, _, *rest = text_of(name).splitlines()
    title = re.fullmatch(r"# (\d+)\. (.+)", first)
    assert title, first
    assert int(title[1]) == int(name[:2])
    assert re.sub(r"[^a-z]+", "-", title[2].lower()).strip("-") == name[3:]

    told = TIME.fullmatch(time)
    assert told, f"expected *NN minutes. You need: ...* and not {time}"
    assert 10 <= int(told[1]) <= 20

    begin = "\n".join(rest).partition("\n## ")[0]
    assert re.search(r"\?$", begin, re.MULTILINE), f"no question before the first part: {begin}"


@pytest.mark.parametrize("name", NAMES, **ids)
def test_a_page_has_its_seven_parts_in_order(name):
    """And no other of that level; none is empty."""
    found = sections(name)

    assert list(found) == list(HEADINGS)
    assert [heading for heading, text in found.items() if not text.strip()] == []


@pytest.mark.parametrize("name", NAMES, **ids)
def test_a_prediction_is_asked_for_before_anything_runs(name):
    """A box with a question in the first part; the first command comes after it."""
    part = sections(name)["Predict first"]
    boxes = [found for found in FENCE.finditer(part) if found[2].startswith("{predict}")]

    assert boxes
    for box in boxes:
        assert box[3].strip().endswith(("?", ".")), box[0]
    assert fences(part, "console") == []


@pytest.mark.parametrize("name", NAMES, **ids)
def test_what_to_do_is_a_command_with_a_prompt(name):
    """In the part that says so; every console block begins with a prompt."""
    assert fences(sections(name)["Do"], "console")
    for block in fences(text_of(name), "console"):
        assert block.startswith("$ "), block


@pytest.mark.parametrize("name", [*NAMES, *BESIDE], **ids)
def test_a_fence_says_what_it_is(name):
    """Or nobody would know whether its commands are tried."""
    assert [found[0] for found in FENCE.finditer(text_of(name)) if not found[2].strip()] == []


@pytest.mark.parametrize("name", NAMES, **ids)
def test_the_mechanism_is_drawn(name):
    """By hand or from a run; with words for whoever does not see it."""
    found = re.findall(r"!\[([^]]*)\]\((?:pictures|charts)/", without_fences(text_of(name)))

    assert found
    assert [alt for alt in found if len(alt.split()) < 5] == []


def test_every_drawing_is_on_a_page():
    """None is kept that nobody sees."""
    shown = set(
        re.findall(r"\]\(pictures/([\w-]+\.svg)\)", "".join(map(text_of, [*NAMES, *BESIDE])))
    )

    assert sorted(path.name for path in HANDOUTS.glob("pictures/*.svg")) == sorted(shown)


@pytest.mark.parametrize("name", NAMES[1:], **ids)
def test_a_page_has_the_exercise_of_its_number(name):
    """Explained and checked by the two commands, in a folder that is there."""
    part = sections(name)["Exercise"]
    for what in ("exercise", "check"):
        assert any(
            re.search(rf"^\$ (?:\w+=\S+ )*make {what} (?:.* )?N={name[:2]}\b", block, re.MULTILINE)
            for block in fences(part, "console")
        ), f"make {what} N={name[:2]} is not asked for"


def test_pages_and_folders_have_the_same_exercises():
    """Each folder is on a page, and each exercise of a page has its folder."""
    named = {
        number
        for name in [*NAMES, *BESIDE]
        for number in re.findall(r"make (?:exercise|check) N=(\d\d[a-z]?)\b", text_of(name))
    }
    folders = {path.parent.name.partition("-")[0] for path in EXERCISES.glob("*/exercise.toml")}

    assert named == folders


@pytest.mark.parametrize("name", NAMES, **ids)
def test_numbers_of_a_run_say_which_machine(name):
    """A page with a table or a chart from a report names the machine, too."""
    asked = re.findall(r"^<!-- measured: (\w+)", without_fences(text_of(name)), re.MULTILINE)

    if {"table", "chart"} & set(asked):
        assert "machine" in asked


@pytest.mark.parametrize("name", NAMES, **ids)
def test_what_it_means_at_work_is_short(name):
    """Three to six sentences, each on its line."""
    lines = [line for line in sections(name)["At work"].splitlines() if line.strip()]

    assert 3 <= len(lines) <= 6


@pytest.mark.parametrize("name", [*NAMES, *BESIDE], **ids)
def test_answers_and_headings_are_well_formed(name):
    """Every answer that opens is closed again, with a summary; no heading skips a level."""
    text = without_fences(text_of(name))
    tags = re.findall(r"</?details>|<summary>.+</summary>", text)
    levels = [len(mark) for mark in re.findall(r"^(#+) ", text, re.MULTILINE)]

    assert [re.sub(">.*", ">", tag) for tag in tags] == [
        "<details>",
        "<summary>",
        "</details>",
    ] * text.count("<details>")
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
