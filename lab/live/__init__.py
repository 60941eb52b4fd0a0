"""The dashboard's data: what load processes count, added up, as one object.

    tick        counts of one load process for one target in a tenth of a second, latencies by class
    record      ticks of one load process for one target, until the process reports them
    history     the last minute of one target: the reports of all load processes, added up
    blocks      what a history is made of besides counts
    load        the load on one target, and its prediction
    dead_calls  calls that the upstream never answers, and what they leave of a target
    changes     what was changed, and when: the upstream's dial, the shapes of the targets
    counters    what a target's supervisor counts; stations: the way of its requests
    probing     health probes of one target, judged as an orchestrator judges them
    observing   one target now: its prediction, its measurements and its limit
    document    the object that GET /lab/state answers with; docs/state.md describes it

No module here reads a clock, asks another process or imports Locust.
"""
