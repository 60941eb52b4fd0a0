"""What a bundle says of itself, in its bundle.json: its files, and for whom the rest is."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = "flask-or-fastapi-lab"  # what an archive unpacks to
FILE = "bundle.json"
WHEELS = "wheels"
IMAGES = "lab-images.tar.gz"
SITE = "handouts/site"


@dataclass(frozen=True, slots=True)
class Contents:
    """The files of the repository, and the machines that wheels and images are for.

    `wheels_for` is as `fit.this_python` says it; `images_for` as Docker does
    ("linux/amd64"), and empty where there are none.
    """

    files: list[str]
    wheels_for: str
    images_for: str

    def text(self) -> str:
        """As it stands in the archive."""
        return json.dumps(asdict(self), indent=1) + "\n"


def read(root: Path) -> Contents | None:
    """Of an unpacked bundle; None where `root` is none."""
    path = root / FILE
    if not path.exists():
        return None
    return Contents(**json.loads(path.read_text(encoding="utf-8")))
