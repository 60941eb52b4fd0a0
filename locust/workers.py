"""Several load workers that together measure what one would, and what becomes of a lost one.

What a worker counts in its last seconds does not reach Locust's master in time, and
the worker is not ready again for as long as its users might have taken to stop.

A worker that is lost is called missing after some four seconds. A minute later Locust would
forget it, and begin the run anew with the others. Here it stays in the list until the next
run, so that whoever looks can see why there is less load, and nothing waits for it.
How users are dealt out to workers stands in dealing.py.
"""

from math import inf
from typing import Any

from locust import events, runners
from locust.env import Environment

REPORT_INTERVAL_S = 1.0
# Each second without a sign of life takes one off; Locust begins with 3.
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
    """Call a run stopped once the workers that are there have stopped, or none is there."""
    states = {worker.state for worker in master.clients.values()} - {runners.STATE_MISSING}
    if states <= ({runners.STATE_INIT} if master.state == runners.STATE_STOPPING else set()):
        master.update_state(runners.STATE_STOPPED)


def _stopping_what_has_not_begun(handle: Any) -> Any:
    """A worker's `handle_message` that also stops users who are yet to be started.

    A worker that is late finds START and STOP together. After its first run Locust would see
    nothing to stop, and start the users all the same; its master, which has been told that all
    have stopped, would then make the worker quit.
    """

    def handle_message(worker: Any, message: Any) -> None:
        if message.type == "stop" and worker.state == runners.STATE_STOPPED:
            if worker.spawning_greenlet:
                worker.spawning_greenlet.kill(block=True)
            worker.environment.stop_timeout = 0.0  # there is nobody to wait for
        handle(worker, message)

    return handle_message


def forget_the_dead(environment: Environment, **_: Any) -> None:
    """On the master, when a run begins: one that is slow may be back, one that is dead not."""
    if isinstance(environment.runner, runners.MasterRunner):
        for worker in environment.runner.clients.missing:
            if worker.heartbeat <= DEAD_HEARTBEAT:
                del environment.runner.clients[worker.id]


def report_the_rest(environment: Environment, **_: Any) -> None:
    """On a worker whose users have all stopped: report at once what was not reported yet."""
    if isinstance(environment.runner, runners.WorkerRunner):
        environment.runner._send_stats()
        # Locust would now sleep for as long as the users might have taken to stop,
        # before this worker is ready again. Each run brings the value anew.
        environment.stop_timeout = 0.0


def stop_before_quitting(environment: Environment) -> None:
    """Have a master stop its workers, and wait for their answers, before it makes them quit.

    By itself it waits half a second, and what is then in flight would not be counted.
    """
    if isinstance(environment.runner, runners.MasterRunner):
        master: Any = environment.runner
        quit_at_once = master.quit

        def quit_in_order() -> None:
            master.stop()
            quit_at_once()

        master.quit = quit_in_order
