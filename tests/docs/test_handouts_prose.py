"""The handouts' prose: spelled as a dictionary has it, and no harder to read than it need be."""

import re
from functools import cache

import pyphen
import pytest
from spellchecker import SpellChecker

from lab.environment import ROOT

HANDOUTS = ROOT / "handouts"
OWN = HANDOUTS / "words.txt"
PAGES = sorted(HANDOUTS.glob("*.md"))
READ_ALOUD = [page for page in PAGES if page.name != "slides.md"]  # those are no sentences
HARDEST = 9.0
SHOWN = 6
SLOGANS = {
    *("blazing", "blazingly", "effortless", "effortlessly", "lightning", "powerful", "robust"),
    *("seamless", "seamlessly", "supercharge", "trivial", "trivially", "unleash", "unlock"),
    *("obviously", "simply", "delve", "leverage", "magic", "magically"),
}
EMOJI = re.compile("[\N{CYCLONE}-\N{LAST QUARTER MOON WITH FACE}\U0001f300-\U0001faff\ufe0f]")
WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ]+(?:['’][a-z]+)?")
# In this order: what is no prose, and what stands in its place.
NO_PROSE = (
    (re.compile(r"^(`{3,}|~{3,})(?!\{predict\}).*\n(?:.*\n)*?\1[ \t]*$", re.MULTILINE), ""),
    (re.compile(r"^(?:`{3,}|~{3,}).*$", re.MULTILINE), ""),
    (re.compile(r"<!-- measured:.*?<!-- end measured -->", re.DOTALL), ""),
    (re.compile(r"<!--.*?-->", re.DOTALL), ""),
    (re.compile(r"`[^`\n]+`"), "code"),  # read as a word
    (re.compile(r"(?<=\])\([^)\s]*\)"), ""),
    (re.compile(r"<?https?://[^\s)>]+>?"), "code"),
    (re.compile(r"</?[a-z][^>]*>|&[a-z]+;"), " "),
)
ids = {"ids": lambda page: page.stem}


def prose(page):
    """What is read as sentences: without blocks of code, measured numbers, tags and addresses."""
    text = page.read_text(encoding="utf-8")
    for pattern, instead in NO_PROSE:
        text = pattern.sub(instead, text)
    return text


def words(text):
    """In small letters, as a dictionary has them."""
    return [word.lower().replace("’", "'").removesuffix("'s") for word in WORD.findall(text)]


@cache
def dictionary():
    return SpellChecker(language="en", distance=1)


def own_words():
    return OWN.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("page", PAGES, **ids)
def test_every_word_is_in_the_dictionary_or_is_ours(page):
    """Ours are in handouts/words.txt."""
    unknown = dictionary().unknown(words(prose(page))) - set(own_words())

    found = ", ".join(sorted(unknown))
    assert not found, f"misspelled, or to be added to handouts/words.txt: {found}"


def test_a_wrong_letter_is_found():
    """What is spelled in the British way only has to be in our own list."""
    assert dictionary().unknown(["recieve", "wiat", "untill"]) == {"recieve", "wiat", "untill"}
    assert dictionary().unknown(["receive", "wait", "until", "don't"]) == set()


def test_our_words_are_in_order_and_needed():
    """Each once, on some page, and not in the dictionary already."""
    ours = own_words()
    used = {word for page in PAGES for word in words(prose(page))}

    assert ours == sorted(set(ours))
    assert sorted(set(ours) - used) == [], "no page uses them"
    assert sorted(set(ours) - dictionary().unknown(ours)) == [], "the dictionary has them"


@pytest.mark.parametrize("page", PAGES, **ids)
def test_nothing_shouts(page):
    """No emoji, and none of the words that sell."""
    assert EMOJI.findall(page.read_text(encoding="utf-8")) == []
    assert sorted(SLOGANS & set(words(prose(page)))) == []


def sentences(page):
    """Those of running text and of lists: a line each, or more; no headings, no tables."""
    kept = [
        re.sub(r"!\[[^]]*\]", "", line).strip(" *->")
        for line in prose(page).splitlines()
        if not line.lstrip().startswith(("#", "|"))
    ]
    found = [part for line in kept for part in re.split(r"(?<=[.!?])\s+", line)]
    return [sentence for sentence in found if len(WORD.findall(sentence)) > 1]


HYPHENS = pyphen.Pyphen(lang="en_US")


def syllables(word):
    """Where it may be hyphenated, or its groups of vowels that are heard, whichever is more.

    A typesetter leaves the first and the last letters of a word together.
    """
    small = word.lower()
    heard = re.sub(r"(?<![td])ed$|(?<![aeiouylcgsxz])es$|(?<![aeiouyl])e$|e(?=ly$)", "", small)
    groups = len(re.findall(r"[aeiouy]+", heard))
    return max(1, groups, HYPHENS.inserted(small).count("-") + 1)


def grade(texts):
    """After Flesch and Kincaid: the years at school that it takes to read these sentences."""
    told = [word for text in texts for word in WORD.findall(text)]
    of_words = sum(map(syllables, told)) / len(told)
    return 0.39 * len(told) / len(texts) + 11.8 * of_words - 15.59


def test_syllables_are_those_that_are_heard():
    """More or less as a dictionary counts them: rules have exceptions."""
    counted = {
        **dict.fromkeys(["the", "asked", "time", "waits", "makes", "queue"], 1),
        **dict.fromkeys(["into", "answered", "worker", "upstream", "waited", "people"], 2),
        **dict.fromkeys(["another", "connection", "processes", "separate"], 3),
        **dict.fromkeys(["arithmetic", "experiment"], 4),
    }
    assert {word: syllables(word) for word in counted} == counted


def test_longer_words_and_longer_sentences_are_harder():
    """The scale as published: a child's sentence is near 0, a lawyer's far above."""
    easy = grade(["The cat sat on the mat.", "It was a fat cat."])
    hard = grade(
        [
            "Notwithstanding considerable organisational difficulties, implementation "
            "proceeded satisfactorily throughout the intervening administrative period."
        ]
    )

    assert easy < 2
    assert hard > 18


@pytest.mark.parametrize("page", READ_ALOUD, **ids)
def test_a_page_is_not_hard_to_read(page):
    """At most the ninth grade; a failure names the sentences that weigh most."""
    found = sentences(page)
    hardest = sorted(found, key=lambda each: grade([each]) * len(each), reverse=True)[:SHOWN]
    told = "\n".join(f"  {grade([each]):.0f}: {each}" for each in hardest)

    assert grade(found) <= HARDEST, f"{page.name} is at {grade(found):.1f}; begin with\n{told}"
