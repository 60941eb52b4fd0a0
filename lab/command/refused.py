"""What the operating system refuses a command, as one sentence that says what to do."""

import errno
from pathlib import Path

from lab.command.arguments import shown
from lab.runtime import RUN

ROOM = "free some space there"
RIGHT = "give this user the right to it"
ADVICE = {
    errno.ENOSPC: ROOM,
    errno.EDQUOT: ROOM,
    errno.EFBIG: ROOM,
    errno.EACCES: RIGHT,
    errno.EPERM: RIGHT,
    errno.EROFS: "make it writable",
    errno.ENAMETOOLONG: "choose a shorter one",
}


def sentence(problem: OSError) -> str:
    """Which file, what the system says of it, what to do: "/x: Permission denied: give ...".

    Where the lab notes what it started, another folder would do as well.
    """
    is_long = problem.errno == errno.ENAMETOOLONG
    name = shown(str(problem.filename)) if is_long else str(problem.filename)
    said = [] if problem.filename is None else [name]
    said += [problem.strerror or str(problem) or type(problem).__name__]
    advice = ADVICE.get(problem.errno or 0, "mend that, then try again")
    if Path(str(problem.filename)).is_relative_to(RUN):
        advice += ", or set LAB_RUN to another folder"
    return ": ".join([*said, advice])
