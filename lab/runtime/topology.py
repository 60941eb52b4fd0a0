"""The programs of the lab and where each answers, as both runtimes start them."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lab import environment
from lab.runtime import RuntimeProblem, checkout
from lab.runtime.password import LOOPBACK
from lab.targets import TARGETS

WORKER = "locust-worker"  # listens nowhere, and runs as often as LOAD_WORKERS says
MAX_LOAD_WORKERS = 64
PROFILES = ("", "variants")
BINDS = (LOOPBACK, "0.0.0.0")
SECRET = "LAB_PASSWORD"  # a local process other than the page's must not have it


@dataclass(frozen=True, slots=True)
class Program:
    """One of the lab's programs: a container or a process of the same name."""

    name: str
    port_setting: str


MEETING = Program("locust", "LOCUST_MASTER_PORT")
"""Where locust waits for its load workers: on loopback, or in the containers' own network."""


def programs(profile: str) -> list[Program]:
    """What listens under a profile: "" for the four, "variants" for every target."""
    if profile not in PROFILES:
        raise RuntimeProblem(f"PROFILE={profile!r}: expected nothing or variants")
    targets = [
        Program(target.name, target.port_setting)
        for target in TARGETS
        if target.profile in ("", profile)
    ]
    return [
        Program("mock-upstream", "MOCK_UPSTREAM_PORT"),
        *targets,
        Program("locust", "LOCUST_PORT"),
    ]


def with_targets(environ: Mapping[str, str], profile: str) -> Mapping[str, str]:
    """The settings with LAB_TARGETS naming all that the profile starts, unless it was changed."""
    if environ["LAB_TARGETS"] != targets_of(""):
        return environ
    return {**environ, "LAB_TARGETS": targets_of(profile)}


def differing(in_use: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """The settings in use that are not as they are wanted: ["FLASK_WORKERS=4"].

    A password is not said. Targets that were started beside those that are wanted make no
    difference.
    """
    return [
        f"{name}={'***' if name == SECRET and in_use[name] else in_use[name]}"
        for name in environment.read(environment.ROOT / environment.COMMON)
        if name in in_use and in_use[name] != wanted[name] and not _has_all(name, in_use, wanted)
    ]


def _has_all(name: str, in_use: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return name == "LAB_TARGETS" and set(wanted[name].split(",")) <= set(in_use[name].split(","))


def targets_of(profile: str) -> str:
    """The names of the targets that a profile starts, comma-separated."""
    return ",".join(target.name for target in TARGETS if target.profile in ("", profile))


def load_workers(environ: Mapping[str, str]) -> int:
    """How many processes make the load; the one with the page only tells them what to do."""
    text = environ["LOAD_WORKERS"]
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_LOAD_WORKERS):
        raise RuntimeProblem(
            f"LOAD_WORKERS={text!r}: expected a whole number from 1 to {MAX_LOAD_WORKERS}"
        )
    return int(text)


def require_free_ports(programs: Sequence[Program], environ: Mapping[str, str]) -> None:
    """Raise RuntimeProblem for the first port that somebody else listens on."""
    if environ["LAB_BIND"] not in BINDS:
        # The programs and the lab reach each other on loopback, which both of these include.
        raise RuntimeProblem(f"LAB_BIND={environ['LAB_BIND']!r}: expected {' or '.join(BINDS)}")
    for program in programs:
        require_free_port(program, environ, environ["LAB_BIND"])


def require_free_port(program: Program, environ: Mapping[str, str], address: str) -> None:
    """Raise RuntimeProblem where somebody else listens on the program's port at that address."""
    port = port_of(program, environ)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            others = checkout.neighbours(environ, port)
            raise RuntimeProblem(
                f"port {port} for {program.name} cannot be had ({error.strerror}): "
                f"{f'{others[0]} has it; end that' if others else 'stop what listens there'}, "
                f"or set another {program.port_setting} in .env.local"
            ) from None


def port_of(program: Program, environ: Mapping[str, str]) -> int:
    """The port a program listens on; RuntimeProblem where the setting is not one."""
    value = environ[program.port_setting]
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
        raise RuntimeProblem(f"{program.port_setting}={value!r}: expected a port from 1 to 65535")
    return int(value)
