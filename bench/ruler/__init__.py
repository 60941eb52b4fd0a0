"""Accuracy of the lab's load driver, compared with hey and wrk: `python -m bench.ruler`.

Words: a burst is n requests sent at the same instant, and its makespan is hey's "Total". A closed
load is n users, each of whom sends the next request when the last one is answered; its rate and
percentiles are those of wrk. The driver runs as a separate process, as in experiments. Driver and
tool take turns (A B A B) against the same servers: the mock upstream, and both services as they
ship. Medians of three rounds.

Target: every figure within 3 % of the other tool's, p99 only from 1,000 answers, and no failed
request. Exit code 0 where that is met, 1 otherwise.
"""
