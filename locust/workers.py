"""Make several load workers measure what one would, and survive a lost one.

Without this, a worker's counts of its last seconds reach Locust's master too late, and the
worker is not ready again for as long as its users might have taken to stop.

Locust calls a lost worker missing after about four seconds. A minute later it would forget
the worker, and begin the run again with the others. Here the worker stays in the list until
the next run, so that people can see why there is less load, and nothing waits for it.
user_dispatch.py deals out its users.
"""

from math import inf
from typing import Any

from locust import events, runners
from locust.env import Environment

REPORT_INTERVAL_S = 1.0
# A heartbeat begins at 3, and each second without a sign of life takes one off.
DEAD_HEARTBEAT = -60


def install() -> None:
    """Report each second, and once more at the end; keep lost workers in the list."""
    module: Any = runners
    module.WORKER_REPORT_INTERVAL = REPORT_INTERVAL_S
    module.HEARTBEAT_DEAD_INTERNAL = -inf
    module.MasterRunner.check_stopped = check_stopped
    module.WorkerRunner.handle_message = _stopping_what_has_not_begun(
        module.WorkerRunner.handle_message
    )
    hooks: Any = events
    hooks.test_start.add_listener(forget_the_dead)
    hooks.test_stop.add_listener(report_the_rest)


def check_stopped(master: Any) -> None:
    """Call a run stopped once all workers that are present have stopped, or none is present."""
    states = {worker.state for worker in master.clients.values()} - {runners.STATE_MISSING}
    if states <= ({runners.STATE_INIT} if master.state == runners.STATE_STOPPING else set()):
        master.update_state(runners.STATE_STOPPED)


def _stopping_what_has_not_begun(handle: Any) -> Any:
    """Wrap a worker's `handle_message`, so that STOP also stops users that have not started.

    A late worker finds START and STOP together. After its first run Locust would see nothing to
    stop, and start the users all the same; its master, which believes that all have stopped,
    would then make the worker quit.
    """

    def handle_message(worker: Any, message: Any) -> None:
        if message.type == "stop" and worker.state == runners.STATE_STOPPED:
            if worker.spawning_greenlet:
                worker.spawning_greenlet.kill(block=True)
            worker.environment.stop_timeout = 0.0  # no user runs, so there is nothing to wait for
        handle(worker, message)

    return handle_message


def forget_the_dead(environment: Environment, **_: Any) -> None:
    """On the master, when a run begins: remove dead workers; a slow one may come back."""
    if isinstance(environment.runner, runners.MasterRunner):
        for worker in environment.runner.clients.missing:
            if worker.heartbeat <= DEAD_HEARTBEAT:
                del environment.runner.clients[worker.id]


def report_the_rest(environment: Environment, **_: Any) -> None:
    """On a worker whose users have all stopped: report at once what is not reported yet."""
    if isinstance(environment.runner, runners.WorkerRunner):
        environment.runner._send_stats()
        # Locust would now sleep for as long as the users might have taken to stop,
        # before this worker is ready again. Each run sets the value again.
        environment.stop_timeout = 0.0


def stop_before_quitting(environment: Environment) -> None:
    """Make a master stop its workers and wait for their answers before it makes them quit.

    Locust itself waits half a second, and would not count what is in flight then.
    """
    if isinstance(environment.runner, runners.MasterRunner):
        master: Any = environment.runner
        quit_at_once = master.quit

        def quit_in_order() -> None:
            master.stop()
            quit_at_once()

        master.quit = quit_in_order
