"""Do the wheels of an unpacked bundle fit this Python? Wheels fit one version on one platform.

`scripts/venv` asks with the Python that it is about to use:

    python3 -m lab.bundle.fit
"""

import platform
import sys
from pathlib import Path

from lab.bundle import contents
from lab.environment import ROOT


def this_python() -> str:
    """This interpreter and its platform, as a person would say it."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"Python {version} on {platform.system()} {platform.machine()}"


def misfit(root: Path) -> str:
    """What is wrong, in one sentence; empty where the wheels fit, or where there are none."""
    bundle = contents.read(root)
    if bundle is None or not (root / contents.WHEELS).is_dir():
        return ""
    here = this_python()
    if here == bundle.wheels_for:
        return ""
    wanted = bundle.wheels_for.split()[1]
    return (
        f"the wheels in this bundle are for {bundle.wheels_for}, this is {here}: name such a "
        f"Python, make PYTHON=python{wanted} ..., or use RUNTIME=docker; with internet, delete "
        f"the folder {contents.WHEELS}/"
    )


def main() -> int:
    """Exit code 1 and the sentence on stderr where they do not fit."""
    sentence = misfit(ROOT)
    if sentence:
        print(f"venv: {sentence}", file=sys.stderr)
    return 1 if sentence else 0


if __name__ == "__main__":
    sys.exit(main())
