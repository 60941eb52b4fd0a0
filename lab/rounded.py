"""Numbers as a sentence says them: rounded, with the unit.

>>> count(1995.6), rate(3.96), seconds(0.9996), share(0.38)
('1,996', '4.0', '1.0 s', '38 %')
"""


def count(number: float) -> str:
    """A number of things, to the nearest whole one."""
    return f"{round(number):,}"


def rate(per_s: float) -> str:
    """So many per second: one decimal below a hundred, none above."""
    return f"{per_s:.1f}" if round(per_s, 1) < 100 else f"{per_s:,.0f}"


def seconds(time_s: float) -> str:
    """A time in the unit that leaves two or three digits: 2.1 ms, 120 ms, 1.0 s, 12 s."""
    time_ms = time_s * 1000
    if round(time_ms, 1) < 10:
        return f"{time_ms:.1f} ms"
    if round(time_ms) < 1000:
        return f"{time_ms:.0f} ms"
    return f"{time_s:.1f} s" if round(time_s, 1) < 10 else f"{time_s:,.0f} s"


def share(part: float) -> str:
    """A part of a whole in percent: "100 %" means all of it, and "0 %" nothing."""
    percent = round(100 * part)
    if percent == 100 and part < 1:
        percent = 99
    if percent == 0 and part > 0:
        return "less than 1 %"
    return f"{percent} %"
