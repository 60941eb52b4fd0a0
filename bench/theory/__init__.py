"""Compare prediction and measurement of throughput and response over a grid of closed loads.

    python -m bench.theory            about 20 minutes, on a machine that is otherwise quiet
    python -m bench.theory 64 1000    only these numbers of users

Every target and route is calibrated first: the processor time of a request in the target, in the
load generator and in the upstream. From these and the slots theory predicts each cell, and each is
measured in several rounds. All programs share the cores of one machine.
"""
