"""What does the client inside an async FastAPI route cost? `python -m bench.services`.

Words: a burst is 1,000 requests for /async-io sent at the same instant by hey, each waiting one
second for the mock upstream; its makespan is hey's "Total". A variant is the service with
another client in it, or with none at all (`sleep`). Every variant is a real process, or four;
all run at once and take turns (A B C A B C), so that a busy minute of the machine falls on all.
Medians of five rounds, after one uncounted burst for each.

A variant's turn comes only when its client has closed what it had kept open: every counted
burst opens its connections to the upstream anew, as the first one of a room does.

Targets: one worker as shipped at most 1.5 times `sleep`, a client per request at least 8 times
as shipped, four workers as shipped at most 1.25 times `sleep`, and not one failed request.
Exit code 0 where all are met, 1 otherwise.
"""
