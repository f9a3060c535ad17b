"""Problem documents have one form in all HTTP applications."""

import json

from waypost.domain.wrong.codes import FieldCode
from waypost.domain.wrong.values import WrongValue
from waypost.http.answers import Refused
from waypost.http.problems import (
    ERRORS_PAGE,
    fixed_problem_body,
    in_body,
    problem_answer,
    problem_body,
)
from waypost.http.statuses import INVALID_REQUEST, METHOD_NOT_ALLOWED

ALLOW = (b"allow", b"GET, HEAD")


def test_fields_of_one_request() -> None:
    """What is wrong where, and the request's id, stand behind what is always said."""
    errors = [in_body(WrongValue(("url",), FieldCode.MISSING_VALUE, "Field required"))]
    body = problem_body(
        INVALID_REQUEST, page=ERRORS_PAGE, request_id="7", errors=errors
    )
    assert list(json.loads(body).items()) == [
        ("type", "/docs#error-invalid-request"),
        ("title", INVALID_REQUEST.status.phrase),
        ("status", 422),
        ("detail", INVALID_REQUEST.detail),
        ("code", "invalid-request"),
        ("request_id", "7"),
        (
            "errors",
            [
                {
                    "field": "url",
                    "message": "Field required",
                    "code": "missing-value",
                    "pointer": "/url",
                    "parameter": None,
                    "detail": "Field required",
                }
            ],
        ),
    ]


def test_without_a_page() -> None:
    """An application without pages refers to none, and omits what it does not know."""
    document = json.loads(fixed_problem_body(METHOD_NOT_ALLOWED, page=""))
    assert document.keys() == {"type", "title", "status", "detail", "code"}
    assert document["type"] == "about:blank"


def test_both_forms_say_the_same() -> None:
    """A refusal that is made once differs from others in its spaces only."""
    fixed = fixed_problem_body(METHOD_NOT_ALLOWED, page=ERRORS_PAGE)
    assert b'"status": 405, ' in fixed
    assert json.loads(fixed) == json.loads(
        problem_body(METHOD_NOT_ALLOWED, page=ERRORS_PAGE)
    )


def test_answer_to_what_is_refused() -> None:
    """It has the refusal's own text and headers, and no cache may store it."""
    refused = Refused(METHOD_NOT_ALLOWED, "This takes GET.", headers=(ALLOW,))
    answer = problem_answer(refused, page="", request_id="7")
    assert answer.status == 405
    assert json.loads(answer.body)["detail"] == "This takes GET."
    assert dict(answer.headers) == {
        b"content-type": b"application/problem+json",
        b"content-length": str(len(answer.body)).encode(),
        b"cache-control": b"no-store",
        b"allow": b"GET, HEAD",
    }
