"""The supervisors of both services, read by a real Prometheus as docs/metrics.md configures it."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from programs import SUPERVISOR_ABOVE, wait_until_answering
from programs import start as start_program
from programs import supervised as supervised_settings
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from lab.environment import ROOT
from lab.running.testbed.ports import free_port
from lab.targets import target as target_named

pytestmark = pytest.mark.prometheus

DOCUMENT = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
FEW_WORKERS = {"FLASK_WORKERS": "2", "FASTAPI_WORKERS": "2"}
ANSWERED = "lab_requests_answered_total"
# How many requests each service gets, by its documented address.
SENT = {"localhost:9001": 7, "localhost:9002": 11}


@dataclass(frozen=True)
class Scraped:
    """A Prometheus and what it reads: the services by the address of their supervisor."""

    prometheus: httpx.Client
    services: dict[str, httpx.Client]

    def ask(self, path: str, **query: str) -> Any:
        """The data of an answer of Prometheus."""
        answer = self.prometheus.get(f"/api/v1/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def values(self, query: str) -> dict[str, float]:
        """The values of a query now, by the address of the supervisor."""
        return {
            each["metric"]["instance"]: float(each["value"][1])
            for each in self.ask("query", query=query)["result"]
        }

    def told(self) -> dict[str, list[Metric]]:
        """What the supervisors themselves tell now, by address."""
        return {
            address: list(
                text_string_to_metric_families(httpx.get(f"http://{address}/metrics").text)
            )
            for address in self.services
        }


@pytest.fixture(scope="module")
def scraped(start, settings_of, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scraped]:
    """Both services with two workers, and a Prometheus that has just begun to read them."""
    [configuration] = re.findall(r"```yaml\n(scrape_configs:\n.*?)```", DOCUMENT, re.DOTALL)
    services = {}
    for name, documented in zip(("flask-svc", "fastapi-svc"), SENT, strict=True):
        settings = settings_of(target_named(name)) | supervised_settings() | FEW_WORKERS
        client = start(f"{name} scraped", name.replace("-", "_"), settings)
        address = f"localhost:{client.base_url.port + SUPERVISOR_ABOVE}"
        assert documented in configuration
        configuration = configuration.replace(documented, address)
        services[address] = client
    folder, port = tmp_path_factory.mktemp("prometheus"), free_port()
    (folder / "prometheus.yml").write_text(configuration, encoding="utf-8")
    command = [
        "prometheus",
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    program = start_program(command, os.environ, folder / "log", port)
    try:
        wait_until_answering(program, "/-/ready")
        with httpx.Client(base_url=program.url, timeout=30, trust_env=False) as prometheus:
            yield Scraped(prometheus, services)
    finally:
        program.stop()
        program.process.wait()


def test_prometheus_reaches_both_supervisors(
    scraped: Scraped, eventually: Callable[..., None]
) -> None:
    """It has read both, and could parse what it read."""
    every_one = dict.fromkeys(scraped.services, 1.0)

    eventually(lambda: scraped.values('up{job="lab"}') == every_one, "both are up")


def test_prometheus_knows_each_documented_metric(
    scraped: Scraped, eventually: Callable[..., None]
) -> None:
    """By the name of its samples."""
    documented = set(re.findall(r"^\| `(lab_\w+)`", DOCUMENT, re.MULTILINE))

    eventually(
        lambda: documented <= set(scraped.ask("label/__name__/values")), f"all of {documented}"
    )


def test_prometheus_has_type_and_help_of_each_metric(
    scraped: Scraped, eventually: Callable[..., None]
) -> None:
    """Those that the supervisor tells, so that a dashboard can show them."""
    told = {
        (family.name, family.type, family.documentation)
        for families in scraped.told().values()
        for family in families
    }
    assert all(documentation for _, _, documentation in told)

    eventually(
        lambda: (
            {
                (each["metric"], each["type"], each["help"])
                for each in scraped.ask("targets/metadata")
                if each["metric"].startswith("lab_")
            }
            == told
        ),
        f"types and sentences {told}",
    )


def test_prometheus_counts_the_requests_that_were_sent(
    scraped: Scraped, eventually: Callable[..., None]
) -> None:
    """Over both workers of a service, to the last one."""
    query = f"sum by (instance) ({ANSWERED})"
    before = {
        address: sum(
            sample.value
            for family in families
            for sample in family.samples
            if sample.name == ANSWERED
        )
        for address, families in scraped.told().items()
    }
    eventually(lambda: scraped.values(query) == before, "what was answered before")

    expected = {}
    for (address, service), sent in zip(scraped.services.items(), SENT.values(), strict=True):
        for _ in range(sent):
            service.get("/json")
        expected[address] = before[address] + sent

    eventually(lambda: scraped.values(query) == expected, f"{expected}")


def test_promtool_has_no_complaint(scraped: Scraped) -> None:
    """It reads the older text format only, so the same metrics are written in that one."""
    for families in scraped.told().values():
        check(families)


def check(families: list[Metric]) -> None:
    class Told(Collector):
        def collect(self) -> list[Metric]:
            return families

    registry = CollectorRegistry()
    registry.register(Told())

    checked = subprocess.run(
        ["promtool", "check", "metrics"],
        input=generate_latest(registry),
        capture_output=True,
        check=False,
    )

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
