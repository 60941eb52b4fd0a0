"""Does the lab stay as it is while it is used for long? `make soak`, or MINUTES=60 for an hour.

A lab of its own, as local processes on free ports, gets a closed load of all its users without a
pause, before an upstream that answers after 20 ms: some hundred thousand requests in ten minutes.
Memory is what a process has for itself (USS). It is read when a tenth of the time is over, by
when all that is made at first has been made, and at the end, while the load still runs.

Targets, set before the first run: no process grows by more than a tenth and 4 MiB; no request
fails; client and upstream count the same. Exit code 0 where all are met, 1 otherwise.
"""
