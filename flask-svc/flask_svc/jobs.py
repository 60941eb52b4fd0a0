"""Jobs: the service answers at once and works afterwards.

A job runs in the worker that accepted it, and is lost if that worker ends. Work that must not
be lost belongs in a queue such as Celery or RQ, whose workers are separate processes.
"""

import logging
from contextvars import copy_context
from threading import Thread
from typing import Any

from flask_openapi import APIBlueprint, Tag

from flask_svc.dependencies import Created, IdPath, storage_of, upstream_of
from flask_svc.documentation import documented
from flask_svc.models import Job, NewJob
from flask_svc.problems import (
    BadRequest,
    ContentTooLarge,
    NotFound,
    Problem,
    RequestTimeout,
    StorageBusy,
    StorageFull,
)
from flask_svc.storage import Storage
from flask_svc.upstream import HttpUpstream

logger = logging.getLogger("gunicorn.error")

jobs = APIBlueprint(
    "jobs",
    __name__,
    url_prefix="/jobs",
    abp_tags=[Tag(name="jobs")],
    abp_responses=documented(BadRequest, StorageBusy),
)


@jobs.post(
    "",
    responses={202: Job, **documented(RequestTimeout, ContentTooLarge, StorageFull)},
)
def start_job(body: NewJob) -> Created:
    """Promise to ask the upstream."""
    queued = storage_of().add_job()
    # Flask has no background tasks, so Flask apps start a thread. It outlives the request but
    # not the worker, and nothing limits the number of threads.
    arguments = (work, queued["id"], body, storage_of(), upstream_of())
    Thread(target=copy_context().run, args=arguments).start()
    return Job(**queued).model_dump(), 202, {"Location": f"/jobs/{queued['id']}"}


@jobs.get("/<id>", responses={200: Job, **documented(NotFound)})
def read_job(path: IdPath) -> dict[str, Any]:
    """Say how far a job is."""
    job = storage_of().job(path.id)
    if job is None:
        raise NotFound(f"no job has the id {path.id}")
    return Job(**job).model_dump()


def work(id: int, job: NewJob, storage: Storage, upstream: HttpUpstream) -> None:
    """Ask the upstream once, and record the job's state: running, then done or failed.

    A failure sets the state "failed"; an unexpected exception also goes to the log.
    """

    def tell(state: str, detail: str) -> None:
        storage.change_job(id, state, detail)

    try:
        tell("running", "")
        upstream.call(1)
        if job.fail:
            raise RuntimeError("the job was told to fail")
        tell("done", "the upstream answered")
    except Problem as problem:
        tell("failed", f"{problem.error}: {problem.detail}")
    except Exception as error:
        logger.exception("job %s", id)
        tell("failed", f"{type(error).__name__}: {error}")
