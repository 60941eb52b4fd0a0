"""How far a share that was counted may lie from the true one."""

from math import sqrt
from statistics import NormalDist

Z_95 = NormalDist().inv_cdf(0.975)


def wilson(found: float, of: int) -> tuple[float, float]:
    """The 95 % interval of a share that was `found` in `of` independent trials.

    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference",
    JASA 22 (1927). Unlike the usual plus or minus it never leaves 0 to 1, and has a width where
    all or none were found. Raises ValueError for no trials.
    """
    if of < 1:
        raise ValueError(f"of={of}: expected a whole number above 0")
    share, z2 = found / of, Z_95**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = Z_95 / (1 + z2 / of) * sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)
