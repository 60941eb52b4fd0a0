"""The programs that the comparison needs and that no Python package brings."""

import re
import shutil
import subprocess
from pathlib import Path

INSTALL = "apt-get install -y --no-install-recommends nginx-light libnginx-mod-http-echo hey"


class MissingTool(Exception):
    """A program or module is not installed; the text says which, and how to get it."""


def nginx() -> str:
    """The nginx program."""
    return _program("nginx")


def hey() -> str:
    """The load generator."""
    return _program("hey")


def echo_module() -> Path | None:
    """The file of nginx's echo module; None where it is compiled in and needs no loading."""
    built = subprocess.run([nginx(), "-V"], capture_output=True, text=True, check=True).stderr
    folder = re.search(r"--modules-path=(\S+)", built)
    if folder and (module := Path(folder[1]) / "ngx_http_echo_module.so").exists():
        return module
    if re.search(r"--add-module=\S*echo", built):
        return None
    raise MissingTool(f"nginx has no echo module; get it with: {INSTALL}")


def _program(name: str) -> str:
    # Debian keeps servers in a folder that not every user's PATH names.
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if path is None:
        raise MissingTool(f"{name} is not installed; get it with: {INSTALL}")
    return path
