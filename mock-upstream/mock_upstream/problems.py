"""What a client did wrong, in the shape that all services of the lab answer with.

The body is `{"error": word, "detail": sentence}`, always as application/json.
"""

SHOWN_CHARACTERS = 80


class Problem(Exception):
    """A request that is refused.

    `status` is the HTTP status, `word` the machine's name for the problem, `detail` one
    sentence for people. `allow` lists the methods that would do, for a 405.
    """

    def __init__(self, status: int, word: str, detail: str, allow: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.word = word
        self.detail = detail
        self.allow = allow

    def body(self) -> dict[str, str]:
        """The error body that all services share."""
        return {"error": self.word, "detail": self.detail}


def bad_request(name: str, given: object, expected: str) -> Problem:
    """A 400 that names what was given and what would do."""
    return Problem(400, "bad_request", f"{name}={shown(given)}: expected {expected}")


def shown(given: object) -> str:
    """`given` as a sentence quotes it: its literal, cut where it grows too long to read."""
    text = repr(given)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."
