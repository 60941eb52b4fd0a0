"""Samples: their arithmetic and the header they are read from."""

from dataclasses import replace

import pytest

from lab import samples
from lab.samples import Sample

OK = Sample(start_s=0.25, latency_s=1.5, status=200, target="flask-svc", route="io")


def test_a_sample_ends_its_latency_after_its_start() -> None:
    """0.25 + 1.5 = 1.75."""
    assert OK.end_s == 1.75


def test_a_request_was_picked_up_when_the_services_own_account_begins() -> None:
    """1.75 - 1.0 - 0.25 = 0.5, and what lies before that is the queue."""
    assert replace(OK, upstream_s=1.0, app_s=0.25).picked_up_s == 0.5


def test_without_an_account_a_request_counts_as_picked_up_at_its_end() -> None:
    """Nothing is made up about the inside of a service that says nothing."""
    assert OK.picked_up_s == OK.end_s


@pytest.mark.parametrize(
    ("header", "expected_s"),
    [
        ("upstream;dur=1000.4, app;dur=1.9", {"upstream": 1.0004, "app": 0.0019}),
        ("app;dur=2,upstream;dur=0", {"app": 0.002, "upstream": 0.0}),
        ("upstream; dur=12.5", {"upstream": 0.0125}),
        ("cache, app;dur=1", {"app": 0.001}),  # no duration: nothing to report
        ("app;dur=soon", {}),
        ("", {}),
    ],
)
def test_server_timing_is_read_in_seconds_by_name(
    header: str, expected_s: dict[str, float]
) -> None:
    """The header is in milliseconds, the lab in seconds."""
    assert samples.server_timing_s(header) == expected_s


def test_a_makespan_runs_from_the_first_start_to_the_last_end() -> None:
    """Starts 0.25 and 0.5, ends 1.75 and 1.0: 1.75 - 0.25 = 1.5."""
    assert samples.makespan_s([OK, replace(OK, start_s=0.5, latency_s=0.5)]) == 1.5
    assert samples.makespan_s([]) == 0


def test_the_departure_spread_counts_only_what_was_sent() -> None:
    """0.75 - 0.5 = 0.25; a request that got no connection never departed."""
    sent = [replace(OK, sent_s=0.5), OK, replace(OK, sent_s=0.75)]

    assert samples.departure_spread_s(sent) == 0.25
    assert samples.departure_spread_s([OK]) == 0


def test_failed_are_those_with_an_error() -> None:
    """Whatever their status: half an answer of status 200 failed too."""
    cut_off = replace(OK, error="connection lost: half an answer")

    assert samples.failed([OK, cut_off]) == [cut_off]
