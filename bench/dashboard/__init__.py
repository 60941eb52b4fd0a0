"""Cost of the dashboard for the load. Run it with `python -m bench.dashboard`.

Words: bare Locust is one process without a page and with a locustfile of one task, bare.py. The lab
is Locust as `make up` starts it: a process with the page, and one load worker. Both send the same
closed load to the same running fastapi-svc of four workers, and share the cores with it. A window
is eight whole seconds of this load, after all users have started and settled.

The two take turns (A B A B), each time as new processes, so that a busy minute affects both. A
ratio compares the two sides of one round. Medians of three rounds, after a short uncounted one. A
turn of the lab has two windows of the same run: in the first the page is closed; in the second
Chromium has the Lab tab open and must refresh it. The open page comes second because its charts
then have data to draw.

Both are counted alike: by Locust's own count of answers per second, which it writes when it ends.
Nothing is requested from it during the window.

Limits of the comparison: bare Locust prints nothing and checks no answer. The lab checks and times
each answer, but with a leaner client than Locust's. So the ratio to bare Locust says how much of
the load remains, not what the page costs; the step from "page closed" to "page open" says that.
Chromium draws without a graphics card, on the same cores where there are only two, which is the
most expensive case.

Targets: with the page open at least 0.90 of bare Locust's throughput for both loads, no failed
request, and a tab that did refresh. Exit code 0 where all are met, 1 otherwise. CPU time per 1,000
requests hardly depends on other programs; throughput does, and a line of the output says so.
"""
