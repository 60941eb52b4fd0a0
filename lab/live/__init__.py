"""What the dashboard shows while a load lasts: counted, added up, and put into one object.

    tick       what one load process counted of one target in a tenth of a second
    record     a load process's ticks of one target, until they are reported
    history    the reports of all load processes, added up, for the last minute
    flow, latency, blocks   what is read off a history
    document   the object that GET /lab/state answers with; docs/state.md describes it

Nothing here reads a clock, asks anybody, or knows Locust.
"""
