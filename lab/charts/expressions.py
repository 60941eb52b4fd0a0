"""Pieces of Vega's expression language that several charts need."""

# Where an axis may end, as a multiple of a power of ten, and in how many parts it is then divided.
ENDS = {1: 5, 1.2: 4, 1.5: 3, 2: 4, 2.5: 5, 3: 3, 4: 4, 5: 5, 6: 3, 8: 4, 10: 5}
HEADROOM = 1.05  # a value that wavers about a round number must not move the axis each second


def peak(dataset: str, *fields: str) -> str:
    """The largest value of some fields of a dataset, and a little headroom; 0 without any."""
    # extent skips null; of nothing at all it gives something that is not a number.
    highest = (f"extent(pluck(data('{dataset}'), '{field}'))[1] || 0" for field in fields)
    return f"{HEADROOM} * max(0, {', '.join(highest)})"


def magnitude(value: str) -> str:
    """The power of ten at or below a value; 1 for 0."""
    return f"({value} > 0 ? pow(10, floor(log({value}) / LN10)) : 1)"


def round_up(value: str, *, magnitude: str) -> str:
    """The next number at or above a value where an axis may end; 1 for 0."""
    *ends, last = ENDS
    steps = "".join(f"{value} <= {end} * {magnitude} ? {end} : " for end in ends)
    return f"({value} > 0 ? {magnitude} * ({steps}{last}) : 1)"


def ticks(top: str, *, magnitude: str) -> str:
    """The numbers on an axis from 0 to an end that `round_up` gave, both included."""
    *ends, last = ENDS
    parts = "".join(f"{top} < {end} * 1.01 * {magnitude} ? {ENDS[end]} : " for end in ends)
    return f"sequence(0, 1.01 * {top}, {top} / ({parts}{ENDS[last]}))"
