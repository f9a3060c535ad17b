"""What the OpenAPI document says of routes that list something."""

from http import HTTPStatus

from waypost.api.access.guard import KEY_REFUSALS
from waypost.api.documents.openapi import Document, Responses, answer_like, refusals
from waypost.http.statuses import STORE_REFUSALS


def list_answers(example: Document) -> Responses:
    """Return the answers of a guarded route that lists what is like *example*."""
    return {
        HTTPStatus.OK.value: answer_like(
            "list", {"data": [example], "next_cursor": None}
        ),
        **refusals(
            *KEY_REFUSALS,
            "unknown-parameter",
            "invalid-request",
            "invalid-cursor",
            "internal-error",
            *STORE_REFUSALS,
        ),
    }
