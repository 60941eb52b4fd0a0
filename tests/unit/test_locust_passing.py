"""What the page answers where the server that it asks gives no answer, or a wrong one."""

import flask
import httpx
import pytest
from passing import passed_on

NOT_JSON = httpx.Response(200, text="<html>")


def raising(error):
    """A question that ends so."""

    def ask():
        raise error

    return ask


@pytest.mark.parametrize(
    ("ask", "status", "word"),
    [
        (raising(httpx.ReadTimeout("late")), 504, "upstream_timeout"),
        (raising(httpx.ConnectError("refused")), 502, "upstream_unreachable"),
        (NOT_JSON.json, 502, "upstream_error"),
        (raising(KeyError("slots")), 502, "upstream_error"),
    ],
)
def test_no_answer_is_a_sentence(ask, status, word):
    """A status, a word, and the server's name; never a 500 of the page itself."""
    with flask.Flask("page").app_context():
        answer = passed_on("flask-svc", ask)

    assert (answer.status_code, answer.json["error"]) == (status, word)
    assert "flask-svc" in answer.json["detail"]


def test_an_answer_keeps_its_status():
    """An error of the server is the server's own."""
    answer = passed_on("flask-svc", lambda: httpx.Response(400, text='{"error": "bad_request"}'))

    assert (answer.status_code, answer.json) == (400, {"error": "bad_request"})
