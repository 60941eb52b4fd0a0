"""Is the lab's ruler straight? Its load driver beside hey and wrk: `python -m bench.ruler`.

Words: a burst is n requests sent at the same instant, its makespan hey's "Total"; a closed load
is n users, each of whom sends the next request when the last one is answered, its rate and
percentiles those of wrk. The driver runs as a process of its own, as experiments run it. Each
takes its turn with the other tool (A B A B), against the same servers: the mock upstream, and
both services as they ship. Medians of three rounds.

Target: every figure within 3 % of the foreign tool's, p99 only where it comes from a thousand
answers or more, and not one failed request. Exit code 0 where that is met, 1 otherwise.
"""
