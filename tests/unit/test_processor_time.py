"""Stations made of cores, and the medians that they are made from."""

import pytest

from lab import theory
from lab.processor_time import Calibration, ProcessorTime

TIME = ProcessorTime(target_s=0.002, generator_s=0.0005, upstream_s=0.00025)


@pytest.mark.parametrize(
    ("workers", "cores", "full"),
    [
        (4, 2, "machine"),  # 2 / 2.75 ms, less than 2 / 2 ms
        (1, 2, "processor"),  # 1 / 2 ms
        (8, 16, "load generator"),  # 1 / 0.5 ms
    ],
)
def test_the_first_full_of_the_cores_depends_on_their_number(
    workers: int, cores: int, full: str
) -> None:
    limit = theory.limit(TIME.stations(workers=workers, cores=cores))
    assert limit is not None
    assert limit.name == full


def test_a_calibration_is_the_median_of_its_spans() -> None:
    spans = [ProcessorTime(each, 2 * each, 3 * each) for each in (0.003, 0.001, 0.009)]
    found = Calibration(spans, 30)
    assert found.time == ProcessorTime(0.003, 0.006, pytest.approx(0.009))
    assert found.spread == (0.001, 0.009)
    assert found.as_dict()["requests"] == 30
