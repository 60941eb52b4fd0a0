"""One topology, told three times: the table of targets, the Procfile and the compose file."""

import re
import shlex

import pytest
import yaml

from lab import environment
from lab.runtime import RuntimeProblem, docker, topology
from lab.targets import TARGETS

ENVIRON = environment.read(environment.ROOT / ".env") | {"LAB_RUN": ".run"}
PROGRAMS = {program.name: program for program in topology.programs(topology.EVERYTHING)}
NAMES = [*PROGRAMS, topology.WORKER]
ASSIGNMENT = re.compile(r"[A-Z_]+=")


TOLD_TO_LOAD = {"LAB_RUNTIME", "LAB_TARGETS", "KEEP_ALIVE_S", "POSTGRES_PORT"} | {
    target.port_setting for target in TARGETS
}


def expanded(text, environ=ENVIRON):
    """`$NAME`, `${NAME}` and `${NAME:-other}` as a shell or Compose would replace them."""
    plain = re.sub(r"\$(\w+)|\$\{(\w+)\}", lambda at: environ[at[1] or at[2]], str(text))
    return re.sub(r"\$\{(\w+):-([^}]*)\}", lambda at: environ[at[1]] or at[2], plain)


def procfile():
    """Each process by name: the environment its line gives it, and its command."""
    lines = (environment.ROOT / "Procfile").read_text().splitlines()
    processes = {}
    for line in lines:
        if line.startswith("#") or not line:
            continue
        name, command = line.split(": ", 1)
        words = [expanded(word) for word in shlex.split(command)]
        assigned = [word for word in words if ASSIGNMENT.match(word)]
        rest = words[len(assigned) :]
        processes[name] = (dict(word.split("=", 1) for word in assigned), rest)
    return processes


def compose():
    """Each service of the compose file by name, merged and expanded."""
    document = yaml.safe_load((environment.ROOT / "docker-compose.yml").read_text())
    return document["services"]


def told_by_procfile(name):
    """What a process is told: the settings files under its own line."""
    return ENVIRON | procfile()[name][0]


def told_by_compose(name):
    """What a container is told."""
    return {key: expanded(value) for key, value in compose()[name]["environment"].items()}


def test_both_runtimes_start_the_same_programs():
    """Every target, the upstream, Locust and its load workers, and nothing else."""
    assert set(procfile()) == set(compose()) - {docker.REPORT} == set(NAMES)
    assert len(TARGETS) + 3 == len(PROGRAMS)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_target_is_told_the_same_in_both(target):
    """Every setting that a container gets has the value that the process gets."""
    local, docker = told_by_procfile(target.name), told_by_compose(target.name)
    addresses = {"LISTEN_HOST", "SUPERVISOR_HOST", "UPSTREAM_URL", "DATABASE_URL", "DATA_DIR"}

    assert {key: docker[key] for key in set(docker) - addresses} == {
        key: local[key] for key in set(docker) - addresses
    }
    assert (local["DATA_DIR"], docker["DATA_DIR"]) == (".run", "/tmp")
    assert docker["LISTEN_HOST"] == "0.0.0.0"
    assert local["LISTEN_HOST"] == ENVIRON["LAB_BIND"]
    # A supervisor answers on this machine, or inside of the containers' network.
    assert (local["SUPERVISOR_HOST"], docker["SUPERVISOR_HOST"]) == ("127.0.0.1", "0.0.0.0")
    port = ENVIRON["MOCK_UPSTREAM_PORT"]
    assert docker["UPSTREAM_URL"] == f"http://mock-upstream:{port}"
    assert local["UPSTREAM_URL"] == f"http://127.0.0.1:{port}"
    port = ENVIRON["DATABASE_PORT"]
    assert docker["DATABASE_URL"] == f"postgresql://lab:lab@postgres:{port}/lab"
    assert local["DATABASE_URL"] == f"postgresql://lab:lab@127.0.0.1:{port}/lab"


def test_the_database_is_told_the_same_in_both():
    """With an empty address it starts a server of its own."""
    local, docker = told_by_procfile("postgres"), told_by_compose("postgres")

    for name in ("DATABASE_PORT", "DATABASE_URL", "DB_MAX_CONNECTIONS", "DB_BOUNCER_POOL"):
        assert local[name] == docker[name] == ENVIRON[name]
    assert ENVIRON["DATABASE_URL"] == ""
    # A room may see the page, but its password is known: as with the supervisors.
    assert (local["DATABASE_HOST"], docker["DATABASE_HOST"]) == ("127.0.0.1", "0.0.0.0")
    code = (environment.ROOT / "postgres/lab_postgres/settings.py").read_text()
    assert set(docker) == set(re.findall(r'environ(?:\.get\(|, )"([A-Z_]+)"', code))


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
@pytest.mark.parametrize("told_by", [told_by_procfile, told_by_compose])
def test_a_target_differs_only_where_the_table_says(target, told_by):
    """Its framework's settings are .env's except for the table's; its name and port are its own."""
    prefix = f"{target.framework.upper()}_"
    shape = ("WORKER_CLASS", "WORKERS", "THREADS", "CONNECTIONS")
    told = told_by(target.name)

    assert told["TARGET"] == target.name
    assert told["LISTEN_PORT"] == ENVIRON[target.port_setting]
    for name in shape:
        assert told[prefix + name] == target.setting(ENVIRON, name)
    for name in [each for each in ENVIRON if each.startswith(prefix) and "PORT" not in each]:
        assert told[name] == target.settings.get(name, ENVIRON[name])


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_container_is_told_every_setting_of_its_service(target):
    """No setting falls back to a default in the code without being seen."""
    module = {"flask": "flask-svc/flask_svc", "fastapi": "fastapi-svc/fastapi_svc"}
    code = (environment.ROOT / module[target.framework] / "settings.py").read_text()
    names = set(re.findall(r'\(\s*environ, "([A-Z_]+)"', code))

    assert names == set(told_by_compose(target.name))


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_listens_where_both_say(name):
    """One port inside and outside of the container, bound to the address that is set."""
    setting = PROGRAMS[name].port_setting
    port = f"${{{setting}}}"

    assert compose()[name]["ports"] == [f"${{LAB_BIND}}:{port}:{port}"]
    own = "LOCUST_WEB_PORT" if name == "locust" else "LISTEN_PORT"
    assert told_by_compose(name)[own] == told_by_procfile(name)[own] == ENVIRON[setting]


def test_a_load_worker_is_one_in_both_and_listens_nowhere():
    """It reaches Locust where Locust listens for it; at least one makes the load."""
    local, docker = told_by_procfile(topology.WORKER), told_by_compose(topology.WORKER)
    port = ENVIRON["LOCUST_MASTER_PORT"]

    assert local["LOCUST_MODE_WORKER"] == docker["LOCUST_MODE_WORKER"] == "true"
    assert local["LOCUST_MASTER_NODE_PORT"] == docker["LOCUST_MASTER_NODE_PORT"] == port
    for told_by in (told_by_procfile, told_by_compose):
        assert told_by("locust")["LOCUST_MASTER_BIND_PORT"] == port
        assert told_by("locust")["LOAD_WORKERS"] == ENVIRON["LOAD_WORKERS"] == "1"
    assert docker["LOCUST_MASTER_NODE_HOST"] == "locust"
    assert "ports" not in compose()[topology.WORKER]
    assert compose()[topology.WORKER]["deploy"] == {"replicas": "${LOAD_WORKERS}"}


def test_the_form_begins_with_what_the_settings_say():
    """In both runtimes; and with as many users where Locust is started by hand."""
    for name in ("LAB_LOAD", "LAB_ROUTE", "LOCUST_USERS"):
        assert told_by_compose("locust")[name] == told_by_procfile("locust")[name] == ENVIRON[name]
    by_hand = (environment.ROOT / "locust/locust.conf").read_text()
    assert f"\nusers = {ENVIRON['LOCUST_USERS']}\n" in by_hand


def test_the_page_knows_whether_it_calibrates():
    """In both runtimes; a load worker never does."""
    assert told_by_compose("locust")["CALIBRATE"] == ENVIRON["CALIBRATE"] == "on"
    assert told_by_procfile("locust")["CALIBRATE"] == "on"
    assert "CALIBRATE" not in told_by_compose(topology.WORKER)


def test_the_page_knows_where_the_database_tells_what_it_does():
    """In both runtimes, also in a lab without a database: it may start later."""
    for told_by in (told_by_compose, told_by_procfile):
        for name in ("POSTGRES_PORT", "DB_BOUNCER_POOL"):
            assert told_by("locust")[name] == ENVIRON[name]


def test_the_page_knows_whether_a_room_can_reach_it_and_the_password():
    """It refuses to start for a room without one; a load worker has no page."""
    assert told_by_compose("locust")["LAB_BIND"] == ENVIRON["LAB_BIND"]
    assert told_by_compose("locust")["LAB_PASSWORD"] == ENVIRON["LAB_PASSWORD"] == ""
    assert "LAB_PASSWORD" not in told_by_compose(topology.WORKER)
    assert procfile()["locust"][0]["LAB_PASSWORD_FILE"] == ".run-password"
    assert "LAB_PASSWORD_FILE" not in procfile()[topology.WORKER][0]


def test_a_load_worker_knows_the_targets_that_locust_knows():
    """Where they are, and which."""
    shared = {key: told_by_compose(topology.WORKER)[key] for key in TOLD_TO_LOAD}

    assert shared == {key: told_by_compose("locust")[key] for key in TOLD_TO_LOAD}


@pytest.mark.parametrize("name", NAMES)
def test_both_run_the_same_command(name):
    """The image's command is the process's; the page alone adds that it makes no load."""
    service = compose()[name]
    build = service["build"]
    dockerfile = environment.ROOT / build["context"] / build.get("dockerfile", "Dockerfile")
    command = re.search(r"^CMD (\[.*\])$", dockerfile.read_text(), re.MULTILINE)

    own = {"locust": [*yaml.safe_load(command[1]), "--master"]}.get(name)
    assert service.get("command") == own
    assert ["exec", *(own or yaml.safe_load(command[1]))] == procfile()[name][1]


@pytest.mark.parametrize("told", ["0", "65", "-1", "1.5", "", "many", "\u0663"])
def test_a_number_of_load_workers_that_will_not_do_is_a_sentence(told):
    """None is too few: the process with the page makes no load."""
    with pytest.raises(RuntimeProblem, match="expected a whole number from 1 to 64") as refused:
        topology.load_workers({"LOAD_WORKERS": told})
    assert str(refused.value).startswith(f"LOAD_WORKERS={told!r}")


@pytest.mark.parametrize("told", ["1", "64"])
def test_one_load_worker_will_do_and_many(told):
    """Both ends of what is allowed."""
    assert topology.load_workers({"LOAD_WORKERS": told}) == int(told)


@pytest.mark.parametrize("name", [*NAMES, docker.REPORT])
def test_every_container_is_hardened(name):
    """What the anchor gives, each service has."""
    service = compose()[name]

    assert service["read_only"] is True
    assert service["init"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["pids_limit"]
    assert service["mem_limit"] == "${SERVICE_MEMORY}"
    assert service["cpus"] == "${SERVICE_CPUS}"
    assert name == docker.REPORT or service["healthcheck"]["test"]


def test_a_profile_is_in_the_table_and_in_the_file():
    """The variants, the database, and what draws a report start only when asked for."""
    in_file = {name: "".join(service.get("profiles", [])) for name, service in compose().items()}

    assert in_file.pop(docker.REPORT) == docker.REPORT
    assert in_file.pop("postgres") == topology.DATABASE
    assert {name: profile for name, profile in in_file.items() if profile} == {
        target.name: target.profile for target in TARGETS if target.profile
    }
