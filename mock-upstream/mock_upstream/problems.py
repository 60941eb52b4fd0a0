"""Client errors, in the error format that all services of the lab share.

The body is `{"error": word, "detail": sentence}`, always as application/json.
"""

SHOWN_CHARACTERS = 80


class Problem(Exception):
    """A refusal of a request.

    `status` is the HTTP status, `word` the machine-readable name of the problem, `detail` one
    sentence for people. `allow` lists the permitted methods, for a 405.
    """

    def __init__(self, status: int, word: str, detail: str, allow: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.word = word
        self.detail = detail
        self.allow = allow

    def body(self) -> dict[str, str]:
        """Return the error body: `{"error": word, "detail": sentence}`."""
        return {"error": self.word, "detail": self.detail}


def bad_request(name: str, given: object, expected: str) -> Problem:
    """Return a 400 problem that names the parameter, its value and the expected value."""
    return Problem(400, "bad_request", f"{name}={shown(given)}: expected {expected}")


def shown(given: object) -> str:
    """Return the repr of `given`, cut to SHOWN_CHARACTERS for use in a sentence."""
    text = repr(given)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."
