"""An attendee's membership of a room, and the report of a PASS to it.

The membership is a file in the run folder. Without it nothing is sent. It holds the room's address,
the attendee's name and, for a room with a password, the cookie of a login; never the password.
"""

import http.client
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from lab.runtime import RuntimeProblem, checkout, tell
from lab.runtime.password import USER

FILE = "room.json"
PASSES, LOG_IN, LOGIN_FORM = "/lab/passes", "/log-in", "/login"
JOIN_S = 10.0  # the page may let a login wait for the attempts of others
REPORT_S = 3.0
MOST_BYTES = 4_000_000
MOST_SAID = 200  # characters of a room's own sentence


@dataclass(frozen=True, slots=True)
class Membership:
    """The room's address, as http://10.0.0.5:8089; the attendee's name; a login's cookie, or ""."""

    room: str
    name: str
    cookie: str = ""


def join(room: str, name: str, environ: Mapping[str, str]) -> None:
    """Check that the room answers, and store the membership.

    Raises RuntimeProblem where the room does not answer or does not let the attendee in.
    """
    member = Membership(room, name)
    status, told = _asked(member)
    if status in (302, 401):
        member = Membership(room, name, _logged_in(room, environ.get("LAB_PASSWORD", "")))
        status, told = _asked(member)
    if status != 200 or "names" not in told:
        raise RuntimeProblem(f"{room} is no lab's page that takes passes")
    checkout.make_folder(environ)
    checkout.private(_file(environ)).write_text(json.dumps(asdict(member)), encoding="utf-8")


def leave(environ: Mapping[str, str]) -> bool:
    """Delete the membership. Returns True if there was one."""
    is_member = _file(environ).exists()
    _file(environ).unlink(missing_ok=True)
    return is_member


def report(exercise: str, environ: Mapping[str, str]) -> None:
    """Report a PASS to the room that was joined, if any, and say so in one sentence.

    Raises nothing: the room has no part in the PASS.
    """
    try:
        member = _stored(environ)
        if member is None:
            return
        status, told = _asked(member, {"name": member.name, "exercise": exercise})
        if status in (302, 401):
            raise RuntimeProblem(
                f"{member.room} asks for its password again: `LAB_PASSWORD=... make join "
                f"ROOM={member.room} NAME=...`"
            )
        if status != 204:
            raise RuntimeProblem(f"{member.room} refused it: {_said(told) or status}")
    except (RuntimeProblem, OSError) as problem:
        tell(f"this PASS is not on the room's page: {problem}")
    else:
        tell(f"the room at {member.room} knows of this PASS, by the name of {member.name}")


def _file(environ: Mapping[str, str]) -> Path:
    return checkout.folder(environ) / FILE


def _stored(environ: Mapping[str, str]) -> Membership | None:
    if not _file(environ).exists():
        return None
    try:
        found = Membership(**json.loads(_file(environ).read_text(encoding="utf-8")))
        if not all(isinstance(each, str) for each in asdict(found).values()):
            raise TypeError
        return found
    except (ValueError, TypeError):
        raise RuntimeProblem(f"{_file(environ)} is damaged: `make join` again") from None


def _logged_in(room: str, password: str) -> str:
    """Return the cookie of a login, as a browser gets it. Raises RuntimeProblem."""
    if not password:
        raise RuntimeProblem(
            f"{room} asks for a password: `LAB_PASSWORD=... make join ROOM={room} NAME=...`"
        )
    form = urlencode({"username": USER, "password": password})
    kind = "application/x-www-form-urlencoded"
    status, headers, _ = _exchange(
        room, "POST", LOG_IN, body=form, headers={"Content-Type": kind}, timeout_s=JOIN_S
    )
    cookie = headers.get("Set-Cookie", "").partition(";")[0]
    if status != 302 or headers.get("Location", "").endswith(LOGIN_FORM) or not cookie:
        raise RuntimeProblem(f"{room} refuses the password in LAB_PASSWORD")
    return cookie


def _asked(member: Membership, sent: Mapping[str, str] | None = None) -> tuple[int, dict[str, Any]]:
    """Ask for the passes, or send one; return the status and the JSON object of the answer."""
    headers = {"Cookie": member.cookie} if member.cookie else {}
    if sent is None:
        method, body, timeout_s = "GET", None, JOIN_S
    else:
        method, body, timeout_s = "POST", json.dumps(sent), REPORT_S
        headers["Content-Type"] = "application/json"
    status, _, content = _exchange(
        member.room, method, PASSES, body=body, headers=headers, timeout_s=timeout_s
    )
    try:
        told = json.loads(content)
    except ValueError:
        told = {}
    return status, told if isinstance(told, dict) else {}


def _exchange(
    room: str,
    method: str,
    path: str,
    *,
    body: str | None,
    headers: Mapping[str, str],
    timeout_s: float,
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Send one request, without a proxy, since the room is near, and without following redirects.

    Raises RuntimeProblem where no answer comes.
    """
    try:
        connection = http.client.HTTPConnection(urlsplit(room).netloc, timeout=timeout_s)
        with closing(connection):
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read(MOST_BYTES)
    except TimeoutError:
        raise RuntimeProblem(f"{room} gave no answer within {timeout_s:g} s") from None
    # ValueError: a host name or a cookie that has no form for the network.
    except (OSError, http.client.HTTPException, ValueError) as problem:
        why = getattr(problem, "strerror", "") or "it does not speak HTTP"
        raise RuntimeProblem(f"{room} cannot be reached: {why}") from None


def _said(told: Mapping[str, Any]) -> str:
    # Another machine's words go to this terminal.
    text = str(told.get("detail") or told.get("message") or "")
    return "".join(each for each in text if each.isprintable())[:MOST_SAID].rstrip(".")
