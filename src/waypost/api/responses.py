"""Answers of the HTTP layer as responses of the framework."""

from collections.abc import Mapping

from fastapi import Response

from waypost.http.answers import Answer


def response_of(answer: Answer, headers: Mapping[str, str] | None = None) -> Response:
    """Return *answer* as a response, with *headers* before its own."""
    response = Response(answer.body, answer.status)
    named = [(k.lower().encode(), v.encode()) for k, v in (headers or {}).items()]
    response.raw_headers = [*named, *answer.headers]
    return response
