"""Check that the wheels of an unpacked bundle fit this Python: its version and its platform.

`scripts/venv` runs this module with the Python that it is about to use:

    python3 -m lab.runtime.bundle_fit
"""

import platform
import sys
from pathlib import Path

from lab.environment import ROOT
from lab.runtime import bundle_contents


def this_python() -> str:
    """Return this interpreter's version and platform: "Python 3.13 on Linux x86_64"."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"Python {version} on {platform.system()} {platform.machine()}"


def misfit(root: Path) -> str:
    """Return one sentence that says why the wheels do not fit.

    Empty where they fit, where `root` is no bundle, or where the bundle has no wheels.
    """
    bundle = bundle_contents.read(root)
    if bundle is None or not (root / bundle_contents.WHEELS).is_dir():
        return ""
    # Compared as text: wheels fit one minor version on one platform.
    here = this_python()
    if here == bundle.wheels_for:
        return ""
    wanted = bundle.wheels_for.split()[1]
    return (
        f"the wheels in this bundle need {bundle.wheels_for}, but this is {here}: "
        f"run `make PYTHON=python{wanted} ...`, or use RUNTIME=docker; with internet, delete "
        f"the folder {bundle_contents.WHEELS}/"
    )


def main() -> int:
    """Return 0 where the wheels fit; otherwise print the sentence on stderr and return 1."""
    sentence = misfit(ROOT)
    if sentence:
        print(f"venv: {sentence}", file=sys.stderr)
    return 1 if sentence else 0


if __name__ == "__main__":
    sys.exit(main())
