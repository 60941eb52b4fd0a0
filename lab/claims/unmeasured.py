"""Claims that the lab cannot decide: some wait for a part of it, one for a definition."""

from lab.claims.claim import Claim

CLAIMS = (
    Claim(
        id="A16",
        section="FastAPI Basics, running the service",
        text="A single ASGI process needs no process manager, and can report its own readiness.",
        literal="Who starts the process again when it has died, and what it answers while it "
        "starts. "
        "(That one process serves what 100 waiting users ask for is B8.)",
        waits_for="something that watches the process, such as a cluster",
    ),
    Claim(
        id="A17",
        section="Deployment, Kubernetes",
        text="Three replicas of 0.5 CPU and 256 MiB give high availability.",
        literal="Requests lost while one of three replicas ends.",
        waits_for="a cluster",
    ),
    Claim(
        id="A19",
        section="Comparison",
        text="The server is a matter of protocol: Uvicorn or Hypercorn for ASGI, Gunicorn or uWSGI "
        "for WSGI.",
        literal="The cost of a request on each of these servers.",
        waits_for="Hypercorn and uWSGI",
    ),
    Claim(
        id="B11",
        section="Performance Benchmarks, interpretation; use cases",
        text="FastAPI suits AI inference and real-time APIs, Flask does not.",
        literal="Time to the first chunk of an answer that streams, by the number of readers.",
        waits_for="an upstream that streams its answer",
    ),
    Claim(
        id="B14",
        section="Scaling",
        text="To scale, Flask requires a cache (Redis) and queues (Celery).",
        literal="Throughput with and without each of them.",
        waits_for="a cache and a task queue",
    ),
    Claim(
        id="B16",
        section="Conclusion",
        text="FastAPI is technically superior in 2026; ecosystem, adoption and simplicity speak "
        "for one or the other.",
        literal="None: no measurement decides about a superlative.",
        missing="a measure: superiority, ecosystem, adoption and simplicity have no unit",
    ),
)
