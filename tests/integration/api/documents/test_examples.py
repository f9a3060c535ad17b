"""The examples of the OpenAPI document: every body has one, and each is true."""

from collections.abc import Iterator
from typing import NamedTuple

import jsonschema_rs
import pytest

from tests.integration.api.conftest import openapi_document
from waypost.api.documents.openapi import Document

JSON_TYPES = ("application/json", "application/problem+json")


class Content(NamedTuple):
    """What a request or an answer consists of."""

    name: str
    """The operation, and which part of it."""
    media_type: str
    media: Document


def validator_of(schema: Document) -> jsonschema_rs.Validator:
    """Return what checks values of a *schema* of the document."""
    whole = {**schema, "components": openapi_document()["components"]}
    return jsonschema_rs.validator_for(whole, validate_formats=True)


def contents() -> Iterator[Content]:
    """Yield every documented body of every operation."""
    for path in openapi_document()["paths"].values():
        for operation in path.values():
            name = operation["operationId"]
            bodies = {"request": operation.get("requestBody", {})}
            for part, body in (bodies | operation["responses"]).items():
                for media_type, media in body.get("content", {}).items():
                    yield Content(f"{name} {part}", media_type, media)


def test_every_body_has_an_example() -> None:
    """Of each operation, what it takes and all that it answers is shown once."""
    bare = [
        f"{content.name} {content.media_type}"
        for content in contents()
        if not content.media.get("examples")
    ]
    assert bare == []


@pytest.mark.slow
def test_every_example_is_of_its_schema() -> None:
    """No example shows a field that there is not, or leaves out one that there is."""
    wrong = [
        f"{content.name} {content.media_type}: {error.message} at {error.instance_path}"
        for content in contents()
        if content.media_type in JSON_TYPES
        for example in content.media["examples"].values()
        for error in validator_of(content.media["schema"]).iter_errors(example["value"])
    ]
    assert wrong == []


def test_every_operation_documents_a_refusal() -> None:
    """No call succeeds for every client at every time."""
    for path in openapi_document()["paths"].values():
        for operation in path.values():
            types = [
                media_type
                for answer in operation["responses"].values()
                for media_type in answer.get("content", {})
            ]
            assert "application/problem+json" in types, operation["operationId"]
