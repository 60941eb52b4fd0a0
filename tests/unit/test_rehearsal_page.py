"""What a page of the handouts asks for, as the rehearsal reads it."""

import pytest

from workshop.rehearsal.page import PageCommand, RehearsedPageError, Shape, Solve, Start, steps

PAGE = """# 1. The staircase

Prose with `$ not a command`.

```{predict} s
How long?
```

```console
$ make up
$ curl -s localhost:8001/io
{"answers": []}

```

<!-- walk: start load=burst burst_size=16 seconds=12 -->

<!-- walk: not run, because it installs an engine -->
```console
$ apt-get install docker
```

```console
$ make check N=01
...
NOT YET: too slow
```

<!-- walk: solve 01 -->
<!-- walk: shape flask-svc worker_class=gthread threads=100 -->
<!-- walk: shape flask-svc reset -->
"""


def test_commands_and_what_is_done_by_hand_come_in_order() -> None:
    """Each with its line; other fences, prose and what is not run are passed over."""
    assert steps(PAGE) == [
        PageCommand(10, "make up"),
        PageCommand(11, "curl -s localhost:8001/io", ('{"answers": []}',)),
        Start(16, 12.0, {"load": "burst", "burst_size": "16"}),
        PageCommand(24, "make check N=01", ("...", "NOT YET: too slow")),
        Solve(29, "01"),
        Shape(30, "flask-svc", {"worker_class": "gthread", "threads": "100"}),
        Shape(31, "flask-svc"),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("```console\n$ make up\n", "line 1: this fence has no end"),
        ("```console\nmake up\n```\n", 'line 2: expected a command behind "$ "'),
        ("<!-- walk: dance -->\n", "line 1: 'dance': expected solve, start, shape or not run"),
        ("<!-- walk: shape flask-svc -->\n", "line 1: 'shape flask-svc': expected"),
        ("<!-- walk: not run -->\n", "line 1: 'not run': expected"),
        ("<!-- walk: start load=burst -->\n", "line 1: expected seconds=N"),
        ("Prose <!-- walk: solve 01 -->\n", "line 1: expected <!-- walk: ... --> on a line"),
        ("<!-- walk: not run, because so -->\nProse\n", "line 2: a console fence has to follow"),
    ],
)
def test_what_cannot_be_followed_is_told_with_its_line(text: str, sentence: str) -> None:
    """Rather than passed over: a step that nobody takes proves nothing."""
    with pytest.raises(RehearsedPageError) as problem:
        steps(text)

    assert str(problem.value).startswith(sentence)
