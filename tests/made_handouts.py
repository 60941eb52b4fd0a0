"""A small set of handouts with every element that pages may have, for tests to build."""

import shutil
from pathlib import Path

ROOT = Path(__file__).parent.parent
LONG = f"It goes on{' and on' * 16}, to its END."  # wider than a sheet of paper

PAGES = {
    "index.md": """\
# What does async buy me?

These are made pages, and the dashboard is at <http://localhost:8089>.

## Pages

0. [The staircase](00-staircase.md)
1. [Traps](01-traps.md)

And beside them:

- [Words](words.md), [for the instructor](instructor.md)
- [For the instructor](instructor.md)
- [Slides](slides.md)
""",
    "00-staircase.md": """\
# 0. The staircase

*15 minutes.*

<!-- measured: machine -->
From a run on a machine with 2 cores.
<!-- end measured -->

## Predict first

```{predict} s
How long until the last of 16 requests to `flask-svc` is answered?
```

```{predict} requests
How many wait?
```

## Do

Open <http://localhost:8089>, ask [the upstream](http://localhost:8003/stats), or look at
[the traps](01-traps.md#harder) and [what a run leaves](../docs/results.md).
<!-- walk: start load=burst seconds=12 -->

```console
$ curl -s localhost:8001/io
{"upstream": "http://localhost:8003/delay"}
$ make up \\
    PROFILE=variants
lab: the dashboard is at http://localhost:8089
...
# not a prompt
NOT YET: 16 requests took 4.03 s, at most 2.30 s is asked for. LONG
```

## What you should see

<!-- measured: table 02 flask-svc.io.burst-16 -->
| | predicted | measured |
|---|---|---|
| flask-svc | 4.00 s | <span data-prediction="1">4.03 s (4.01 to 4.05)</span> |
<!-- end measured -->
The sentence after the table.

## Why

![Sixteen requests on four workers, in four waves](pictures/staircase.svg)

<!-- walk: not run, because
     nobody should -->

```console
$ rm -rf everything
```

## Harder

<details><summary>Answer</summary>

It takes **four** waves, because of the pigeonholes.
And <span data-prediction="2" data-how="computed">12</span> wait.

</details>
""",
    "01-traps.md": """\
# 1. Traps

## Predict first

```{predict} s
How long does a blocking call of Zanzibar block?
```

## Do

- [ ] Tick this.

```python
reply = "<!-- walk: this is code and stays -->"
```

## Harder

Back to [the staircase](00-staircase.md), to its [reason](00-staircase.md#why),
and to [the slides](slides.md).
""",
    "words.md": """\
# Words

| word | meaning |
|---|---|
| slot | one request that can wait at once |
""",
    "instructor.md": """\
# For the instructor

Three hours, and the room's own questions.
""",
    "slides.md": """\
# What does async buy me?

Three hours.

## Four waves

![Sixteen requests on four workers](pictures/staircase.svg)

<!-- Ask for numbers before you show this. -->
<!-- measured: machine -->
From a run on a machine with 2 cores.
<!-- end measured -->

## Predict

```{predict} s
How long?
```

Write it on [the page](00-staircase.md), or see <http://localhost:8089>.
""",
}


def make(repository: Path) -> Path:
    """Write the handouts with the real style into a new repository; return their folder."""
    handouts = repository / "handouts"
    handouts.mkdir(parents=True)
    for name, text in PAGES.items():
        (handouts / name).write_text(text.replace("LONG", LONG), encoding="utf-8")
    shutil.copy(ROOT / "handouts" / "conf.py", handouts)
    shutil.copytree(ROOT / "handouts" / "style", handouts / "style")
    (handouts / "pictures").mkdir()
    shutil.copy(ROOT / "handouts" / "pictures" / "staircase.svg", handouts / "pictures")
    exercise = handouts / "exercises" / "01-secret"
    exercise.mkdir(parents=True)
    (exercise / "README.md").write_text("# Solution\n", encoding="utf-8")
    (repository / "docs").mkdir()
    (repository / "docs" / "results.md").touch()
    (handouts / "site").mkdir()
    (handouts / "site" / ".gitkeep").touch()
    return handouts
