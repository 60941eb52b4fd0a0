"""Text and tables for a terminal of 80 columns."""

from lab.running.run_screen import aligned
from lab.terminal import COLUMNS, wrapped

LONG = "What does it cost in memory to have one more request waiting, and then another one?"


def test_a_long_sentence_goes_on_in_the_next_line() -> None:
    """Behind the indentation; no word is cut, and none is lost."""
    lines = wrapped(LONG, 30, indent="    ")

    assert max(map(len, lines)) <= 30
    assert [line.startswith("    ") for line in lines] == [False, *[True] * (len(lines) - 1)]
    assert " ".join(line.strip() for line in lines) == LONG


def test_a_path_stays_whole() -> None:
    """It would be of no use in two pieces."""
    path = "/a-folder/with-a-name/that-is/longer-than/the-line"

    assert wrapped(f"from {path}, today", 20) == ["from", f"{path},", "today"]


def test_the_last_column_of_a_table_is_wrapped() -> None:
    """Below its own begin; a table that is narrow enough stays as it is."""
    lines = aligned([("experiment", "minutes", "question"), ("11-memory", "0.7", LONG)])
    begin = lines[0].index("question")

    assert max(map(len, lines)) <= COLUMNS
    assert lines[1].startswith("11-memory       0.7  What does")
    assert {line[:begin].strip() for line in lines[2:]} == {""}
    assert " ".join(line[begin:] for line in lines[1:]) == LONG
    assert aligned([("a", "1", "b"), ("aa", "10", "")]) == ["a    1  b", "aa  10"]
