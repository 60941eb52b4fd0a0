"""External programs that the comparison needs; no Python package provides them."""

import re
import shutil
import subprocess
from pathlib import Path

INSTALL = "apt-get install -y --no-install-recommends nginx-light libnginx-mod-http-echo hey"


class MissingTool(Exception):
    """A program or module is not installed; the text names it and its installation."""


def nginx() -> str:
    """Path of nginx. Raises MissingTool."""
    return _program("nginx")


def hey() -> str:
    """Path of the load generator hey. Raises MissingTool."""
    return _program("hey")


def echo_module() -> Path | None:
    """File of nginx's echo module; None where it is compiled in. Raises MissingTool for neither."""
    built = subprocess.run([nginx(), "-V"], capture_output=True, text=True, check=True).stderr
    folder = re.search(r"--modules-path=(\S+)", built)
    if folder and (module := Path(folder[1]) / "ngx_http_echo_module.so").exists():
        return module
    if re.search(r"--add-module=\S*echo", built):
        return None
    raise MissingTool(f"nginx has no echo module; get it with: {INSTALL}")


def _program(name: str) -> str:
    # Debian keeps servers in a folder that is not in every user's PATH.
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if path is None:
        raise MissingTool(f"{name} is not installed; get it with: {INSTALL}")
    return path
