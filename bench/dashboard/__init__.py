"""What does the dashboard cost the load? Run it with `python -m bench.dashboard`.

Words: bare Locust is one process without a page and a locustfile of one task, bare.py. The lab
is Locust as `make up` starts it: a process with the page, and one load worker. Both send the
same closed load to the same running fastapi-svc of four workers, whose cores they share. A
window is eight whole seconds of that, after all users are there and have settled.

They take turns (A B A B), each time as new processes, so that a busy minute falls on both; a
round's ratio is of that round alone. Medians of three rounds, after a short uncounted one. A turn
of the lab has two windows of the same run: in the first nobody looks at the page; in the second
Chromium has the Lab tab open, and has to refresh it. It comes second because its charts then
have something to draw.

Both are counted alike: by Locust's own count of the answers of each second, which it writes down
when it ends. Nothing is asked for it meanwhile, and it ends with a second, not with a report.

What speaks for whom: bare Locust prints nothing and looks into no answer; the lab checks and times
each one, but through a leaner client than Locust's. So the ratio says what is left of the
load, not what the page takes: that is the step from "page closed" to "page open". Chromium draws
without a graphics card, on the same two cores where there are no more: the dearest it can be.

Targets: with the page open at least 0.90 of bare Locust's throughput for both loads, not one
failed request, and a tab that did refresh. Exit code 0 where all are met, 1 otherwise. Processor
time for a thousand requests hardly minds a busy machine; throughput does, and a line says so.
"""
