"""Invented weather: the same city always has the same temperature."""

from hashlib import blake2b

from mock_upstream.problems import bad_request

MAX_CHARACTERS = 100
COLDEST_C, WARMEST_C = -10, 35


def checked_city(city: str) -> str:
    """Return the city unchanged. Raises Problem (400) unless it has 1 to 100 characters."""
    if not 1 <= len(city) <= MAX_CHARACTERS:
        raise bad_request("city", city, f"a name of 1 to {MAX_CHARACTERS} characters")
    return city


def temperature_c(city: str) -> float:
    """Return degrees Celsius, -10 to 35, with one decimal; ignores upper and lower case.

    Uses blake2b instead of Python's hash(), which differs between processes.
    """
    digest = blake2b(city.casefold().encode(), digest_size=8).digest()
    tenths = int.from_bytes(digest, "big") % ((WARMEST_C - COLDEST_C) * 10 + 1)
    return round(COLDEST_C + tenths / 10, 1)
