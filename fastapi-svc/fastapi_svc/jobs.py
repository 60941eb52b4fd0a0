"""Jobs: the service answers at once and works afterwards.

A job runs in the worker that accepted it, and is lost if that worker ends. Work that must not
be lost belongs in a queue such as Celery or RQ, whose workers are separate processes.
"""

import logging

from fastapi import APIRouter, BackgroundTasks, Response
from fastapi.concurrency import run_in_threadpool

from fastapi_svc.dependencies import Id, TheStorage, TheUpstream
from fastapi_svc.documentation import documented
from fastapi_svc.models import Job, NewJob
from fastapi_svc.problems import (
    ContentTooLarge,
    NotFound,
    Problem,
    RequestTimeout,
    StorageBusy,
    StorageFull,
)
from fastapi_svc.storage import Storage
from fastapi_svc.upstream import HttpUpstream

logger = logging.getLogger("uvicorn.error")

jobs = APIRouter(prefix="/jobs", tags=["jobs"], responses=documented(StorageBusy))


@jobs.post(
    "",
    status_code=202,
    responses=documented(RequestTimeout, ContentTooLarge, StorageFull),
)
def start_job(
    job: NewJob,
    response: Response,
    background: BackgroundTasks,
    storage: TheStorage,
    upstream: TheUpstream,
) -> Job:
    """Promise to ask the upstream."""
    queued = storage.add_job()
    # runs after the answer
    background.add_task(work, queued["id"], job, storage, upstream)
    response.headers["Location"] = f"/jobs/{queued['id']}"
    return Job(**queued)


@jobs.get("/{id}", responses=documented(NotFound))
def read_job(id: Id, storage: TheStorage) -> Job:
    """Say how far a job is."""
    job = storage.job(id)
    if job is None:
        raise NotFound(f"no job has the id {id}")
    return Job(**job)


async def work(id: int, job: NewJob, storage: Storage, upstream: HttpUpstream) -> None:
    """Ask the upstream once, and record the job's state: running, then done or failed.

    A failure sets the state "failed"; an unexpected exception also goes to the log.
    """

    async def tell(state: str, detail: str) -> None:
        await run_in_threadpool(storage.change_job, id, state, detail)

    try:
        await tell("running", "")
        await upstream.call_async()
        if job.fail:
            raise RuntimeError("the job was told to fail")
        await tell("done", "the upstream answered")
    except Problem as problem:
        await tell("failed", f"{problem.error}: {problem.detail}")
    except Exception as error:
        logger.exception("job %s", id)
        await tell("failed", f"{type(error).__name__}: {error}")
