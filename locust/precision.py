"""Percentiles close to exact, and files that include the last second.

Locust's own classes are 1 ms wide at 99 ms, 10 ms at 100 ms and 100 ms at 1 s, so that
1,049 ms would become 1,000 ms; that is the size of what the lab measures. The dashboard's
classes are finer. With --csv Locust writes once a second, and would lose what comes after
the last time.
"""

import time
from copy import deepcopy
from typing import Any

from locust import stats

from lab.live.tick import class_ms

PERCENTILES = [0.5, 0.95, 0.99]


def install() -> None:
    """Make Locust use the finer classes, draw PERCENTILES, and write its files to the end."""
    module: Any = stats  # Locust's annotations say int
    module.bucket_response_time = class_ms
    module.PERCENTILES_TO_CHART = PERCENTILES
    # Both functions empty the counts that they write, before the other files are written.
    module.print_stats_json = _of_a_copy(module.print_stats_json)
    module.save_stats_json = _of_a_copy(module.save_stats_json)
    writer = module.StatsCSVFileWriter
    writer.close_files = _after_the_last_rows(writer.close_files)


def _of_a_copy(write: Any) -> Any:
    """`write` with a copy of the counts, without the errors: not every exception can be copied."""
    return lambda counts, *rest: write(deepcopy(counts, {id(counts.errors): {}}), *rest)


def _after_the_last_rows(close: Any) -> Any:
    """Wrap Locust's way to close its files: write the present counts first."""

    def close_files(files: Any) -> None:
        for file, writer, write in (
            (files.requests_csv_filehandle, files.requests_csv_writer, files.requests_csv),
            (files.failures_csv_filehandle, files.failures_csv_writer, files.failures_csv),
            (files.exceptions_csv_filehandle, files.exceptions_csv_writer, files.exceptions_csv),
        ):
            file.seek(0)
            write(writer)
            file.truncate()
        files._stats_history_data_rows(files.stats_history_csv_writer, time.time())
        close(files)

    return close_files
