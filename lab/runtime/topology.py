"""The lab's programs and their ports, the same in both runtimes."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lab import environment
from lab.runtime import RuntimeProblem, checkout
from lab.runtime.password import LOOPBACK
from lab.targets import POSTGRES, TARGETS

WORKER = "locust-worker"  # listens on no port; LOAD_WORKERS says how many run
MAX_LOAD_WORKERS = 64
EVERYTHING = "variants,database"
"""Every profile."""
VARIANTS, DATABASE = PROFILES = ("variants", "database")
BINDS = (LOOPBACK, "0.0.0.0")
SECRET = "LAB_PASSWORD"  # only the page's process may have it


@dataclass(frozen=True, slots=True)
class Program:
    """One program: a container or a local process. `port_setting` names the setting of its port."""

    name: str
    port_setting: str


MEETING = Program("locust", "LOCUST_MASTER_PORT")
"""Port where Locust's master and its load workers meet. Only the lab reaches it: loopback, or
the containers' own network."""


def programs(profile: str) -> list[Program]:
    """Return the programs that listen on a port under a profile.

    "" is the four of the lab itself; VARIANTS adds every other target and DATABASE PostgreSQL, both
    with a comma between them. Raises RuntimeProblem for an unknown profile.
    """
    chosen = profiles_of(profile)
    targets = [
        Program(target.name, target.port_setting)
        for target in TARGETS
        if target.profile in ("", *chosen)
    ]
    return [
        Program("mock-upstream", "MOCK_UPSTREAM_PORT"),
        *([Program(POSTGRES, "POSTGRES_PORT")] if DATABASE in chosen else []),
        *targets,
        Program("locust", "LOCUST_PORT"),
    ]


def profiles_of(text: str) -> list[str]:
    """Return the profiles in a text such as "variants,database".

    Raises RuntimeProblem for an unknown one.
    """
    chosen = [each.strip() for each in text.split(",") if each.strip()]
    for each in chosen:
        if each not in PROFILES:
            raise RuntimeProblem(f"PROFILE={text!r}: expected {' or '.join(PROFILES)}, or both")
    return chosen


def with_targets(environ: Mapping[str, str], profile: str) -> Mapping[str, str]:
    """Return the settings with LAB_TARGETS for the profile, unless the user changed LAB_TARGETS."""
    if environ["LAB_TARGETS"] != targets_of(""):
        return environ
    return {**environ, "LAB_TARGETS": targets_of(profile)}


def differing(in_use: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """Return the settings in use that differ from the wanted ones, such as ["FLASK_WORKERS=4"].

    A password is shown as ***. LAB_TARGETS does not differ where the running lab has all wanted
    targets and further ones.
    """
    return [
        f"{name}={'***' if name == SECRET and in_use[name] else in_use[name]}"
        for name in environment.read(environment.ROOT / environment.COMMON)
        if name in in_use and in_use[name] != wanted[name] and not _has_all(name, in_use, wanted)
    ]


def _has_all(name: str, in_use: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return name == "LAB_TARGETS" and set(wanted[name].split(",")) <= set(in_use[name].split(","))


def targets_of(profile: str) -> str:
    """Return the profile's target names, separated by commas."""
    chosen = profiles_of(profile)
    return ",".join(target.name for target in TARGETS if target.profile in ("", *chosen))


def load_workers(environ: Mapping[str, str]) -> int:
    """Return the number of processes that make the load.

    Locust's process with the page is not one of them: it only directs them. Raises RuntimeProblem
    where LOAD_WORKERS is not a whole number in its range.
    """
    text = environ["LOAD_WORKERS"]
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_LOAD_WORKERS):
        raise RuntimeProblem(
            f"LOAD_WORKERS={text!r}: expected a whole number from 1 to {MAX_LOAD_WORKERS}"
        )
    return int(text)


def require_free_ports(programs: Sequence[Program], environ: Mapping[str, str]) -> None:
    """Raise RuntimeProblem for the first port that another program listens on.

    Also where LAB_BIND is not one of BINDS.
    """
    if environ["LAB_BIND"] not in BINDS:
        # The programs and the lab reach each other on loopback, which both addresses include.
        raise RuntimeProblem(f"LAB_BIND={environ['LAB_BIND']!r}: expected {' or '.join(BINDS)}")
    for program in programs:
        require_free_port(program, environ, environ["LAB_BIND"])


def require_free_port(program: Program, environ: Mapping[str, str], address: str) -> None:
    """Raise RuntimeProblem where another program listens on this program's port at `address`."""
    port = port_of(program, environ)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            advice = "stop the program that listens there"
            if others := checkout.neighbours(environ, port):
                advice = f"the lab of {others[0].folder} uses it; run `{others[0].end}` there"
            raise RuntimeProblem(
                f"port {port} for {program.name} is not available ({error.strerror}): {advice}, "
                f"or set another {program.port_setting} in .env.local"
            ) from None


def port_of(program: Program, environ: Mapping[str, str]) -> int:
    """Return the program's port. Raises RuntimeProblem where the setting is not a port number."""
    value = environ[program.port_setting]
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
        raise RuntimeProblem(f"{program.port_setting}={value!r}: expected a port from 1 to 65535")
    return int(value)
