"""The weather in a city: invented, and always the same for the same city."""

from hashlib import blake2b

from mock_upstream.problems import bad_request

MAX_CHARACTERS = 100
COLDEST_C, WARMEST_C = -10, 35


def checked_city(city: str) -> str:
    """The city as it was given; Problem (400) where it has not 1 to 100 characters."""
    if not 1 <= len(city) <= MAX_CHARACTERS:
        raise bad_request("city", city, f"a name of 1 to {MAX_CHARACTERS} characters")
    return city


def temperature_c(city: str) -> float:
    """Degrees Celsius with one decimal, -10 to 35; upper and lower case make no difference.

    From a hash of the name and not Python's hash(), which differs from process to process.
    """
    digest = blake2b(city.casefold().encode(), digest_size=8).digest()
    tenths = int.from_bytes(digest, "big") % ((WARMEST_C - COLDEST_C) * 10 + 1)
    return round(COLDEST_C + tenths / 10, 1)
