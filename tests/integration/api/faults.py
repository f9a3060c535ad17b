"""What refusals say about single values."""

import httpx

from waypost.domain.wrong.codes import FieldCode
from waypost.http.statuses import ERRORS


def named(answer: httpx.Response) -> list[tuple[str, str]]:
    """Return the wrong fields of a refusal, each with what is said about it."""
    return [(one["field"], one["message"]) for one in answer.json()["errors"]]


def pointed(answer: httpx.Response) -> dict[str, str]:
    """Return what is wrong with values of the body, by where they are."""
    errors = answer.json()["errors"]
    for one in errors:
        assert one["code"] in ERRORS or FieldCode(one["code"])
        assert one["detail"] == one["message"]
        assert one["parameter"] is None
    assert len({one["pointer"] for one in errors}) == len(errors)
    return {one["pointer"]: one["code"] for one in errors}
