"""What the OpenAPI document says about refusals."""

from collections.abc import Sequence
from http import HTTPStatus
from itertools import groupby
from typing import Any, Final, TypeAlias

from waypost.api.errors import ERRORS, ErrorKind
from waypost.api.schemas import FieldError, Problem

# Types of JSON documents, as FastAPI has them.
Document: TypeAlias = dict[str, Any]
Responses: TypeAlias = dict[int | str, Document]

_SCHEMAS: Final = "#/components/schemas/"


def refusals(*codes: str) -> Responses:
    """Return FastAPI's `responses` for the refusals of these *codes*."""
    kinds = sorted((ERRORS[code] for code in codes), key=_status_of)
    return {
        status.value: _documented(status, list(same_status))
        for status, same_status in groupby(kinds, key=_status_of)
    }


def add_problem_schemas(document: Document) -> None:
    """Complete the *document* that FastAPI made, in place.

    FastAPI knows no media type of errors but JSON, and claims a 422 of its own
    for every route with a parameter.
    """
    schemas = document["components"]["schemas"]
    for model in (Problem, FieldError):
        schema = model.model_json_schema(ref_template=_SCHEMAS + "{model}")
        schema.pop("$defs", None)
        schemas[model.__name__] = schema
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path in document["paths"].values():
        for operation in path.values():
            answers = operation["responses"]
            if "HTTPValidationError" in str(answers.get("422")):
                del answers["422"]


def _documented(status: HTTPStatus, kinds: Sequence[ErrorKind]) -> Document:
    return {
        "description": f"{status.phrase}: "
        + ", ".join(f"`{kind.code}`" for kind in kinds),
        "content": {
            "application/problem+json": {
                "schema": {"$ref": _SCHEMAS + Problem.__name__},
                "examples": {
                    kind.code: {"summary": kind.detail, "value": _example(kind)}
                    for kind in kinds
                },
            }
        },
    }


def _example(kind: ErrorKind) -> Document:
    example: Document = {
        "type": f"/docs#error-{kind.code}",
        "title": kind.status.phrase,
        "status": kind.status.value,
        "detail": kind.detail,
        "code": kind.code,
        "request_id": "5f0c9d1e2b3a4756",
    }
    if kind.code == "invalid-request":
        example["errors"] = [{"field": "url", "message": "Field required"}]
    return example


def _status_of(kind: ErrorKind) -> HTTPStatus:
    return kind.status
