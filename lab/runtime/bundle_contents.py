"""Contents of a bundle, as its bundle.json describes them."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = "flask-or-fastapi-lab"  # top folder of an archive
FILE = "bundle.json"
WHEELS = "wheels"
IMAGES = "lab-images.tar.gz"
SITE = "handouts/site"


@dataclass(frozen=True, slots=True)
class Contents:
    """Files of the repository in a bundle, and the platforms of its wheels and images.

    `wheels_for` has the form of `bundle_fit.this_python`. `images_for` has Docker's form
    ("linux/amd64"), and is empty where the bundle has no images.
    """

    files: list[str]
    wheels_for: str
    images_for: str

    def text(self) -> str:
        """Return the text of bundle.json."""
        return json.dumps(asdict(self), indent=1) + "\n"


def read(root: Path) -> Contents | None:
    """Read the contents of the unpacked bundle at `root`; None where `root` is not a bundle."""
    path = root / FILE
    if not path.exists():
        return None
    return Contents(**json.loads(path.read_text(encoding="utf-8")))
