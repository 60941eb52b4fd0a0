"""Cost of the HTTP client inside an async FastAPI route: `python -m bench.services`.

Words: a burst is 1,000 requests for /async-io sent at the same instant by hey, each waiting 1 s for
the mock upstream; its makespan is hey's "Total". A variant is the service with another client, or
with none at all (`sleep`). Every variant runs as real processes, one or four; all run at once and
take turns (A B C A B C), so that a busy minute affects all. Medians of five rounds, after one
uncounted burst for each.

A variant's next turn starts only after its client has closed its idle connections. Every counted
burst therefore opens its connections to the upstream again, as the first burst in a room does.

Targets: one worker as shipped at most 1.5 times `sleep`, a client per request at least 8 times as
shipped, four workers as shipped at most 1.25 times `sleep`, and no failed request. Exit code 0
where all are met, 1 otherwise.
"""
