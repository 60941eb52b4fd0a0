"""Speed of the mock upstream compared with nginx. Run it with `python -m bench.upstream`.

Words: a burst is n requests sent at the same instant by hey, each of which waits 1 s; its makespan
is hey's "Total". Both servers run as one process on their own port, and take turns (A B A B), so
that a busy minute affects both. Medians of three rounds.

Targets: makespan at most 1.10 times nginx's at every size without an error, and the ledger's share
of the CPU time of a request at most 10 %. Exit code 0 where both are met, 1 otherwise.
"""
