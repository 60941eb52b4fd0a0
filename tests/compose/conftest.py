"""The whole lab in containers, as tests/conftest.py starts it."""

from collections.abc import Iterator

import httpx
import pytest

from lab.targets import target


@pytest.fixture(scope="session")
def lab(containers):
    """Every target, the upstream and Locust, built from the tree and healthy."""
    return containers


@pytest.fixture
def upstream(lab) -> Iterator[httpx.Client]:
    """A client of the upstream, its dial and statistics as at the start."""
    with httpx.Client(base_url=lab.url("mock-upstream"), timeout=30) as client:
        client.delete("/stats")
        yield client
        client.delete("/behaviour")


@pytest.fixture
def flask(lab) -> str:
    """The published address of flask-svc."""
    return lab.url(target("flask-svc").name)
