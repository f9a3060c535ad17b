"""What the OpenAPI document contains beyond what FastAPI generates."""

from collections.abc import Sequence
from http import HTTPStatus
from itertools import groupby
from typing import Any, Final, TypeAlias

from fastapi.openapi.models import Example
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from waypost.api.bodies import FieldError, Problem
from waypost.http.statuses import ERRORS, STORE_REFUSALS, ErrorKind

# Types of JSON documents, as FastAPI has them.
Document: TypeAlias = dict[str, Any]  # type: ignore[explicit-any]  # as above
Responses: TypeAlias = dict[int | str, Document]

CODE_EXAMPLE: Final = "4fTz0aQ"

SHORTEN_EXAMPLES: Final[dict[str, Example]] = {
    "generated": {
        "summary": "A code is made",
        "value": {"url": "https://example.com/spring/catalogue?page=2"},
    },
    "custom": {
        "summary": "You choose the code",
        "value": {"url": "https://example.com/spring", "custom_code": "spring26"},
    },
}

NEW_LINK_EXAMPLES: Final[dict[str, Example]] = {
    "plain": {
        "summary": "Nothing is set on it",
        "value": {"url": "https://example.com/spring"},
    },
    "campaign": {
        "summary": "For three months, and then elsewhere",
        "value": {
            "url": "https://example.com/spring?lang=en",
            "code": "spring-26",
            "title": "Spring catalogue",
            "valid_since": "2026-03-01T00:00:00Z",
            "valid_until": "2026-06-01T00:00:00Z",
            "expired_url": "https://example.com/summer",
            "forward_query": True,
            "utm": {"source": "poster", "medium": "print"},
        },
    },
    "password": {
        "summary": "For people who know a password",
        "value": {
            "url": "https://example.com/minutes",
            "password": "swordfish",
            "preview": "off",
        },
    },
    "rules": {
        "summary": "Elsewhere for phones in Switzerland, and for a third of the others",
        "value": {
            "url": "https://example.com/spring",
            "rules": [
                {
                    "name": "Swiss phones",
                    "when": {"device": ["mobile"], "country": ["CH"]},
                    "url": "https://example.com/ch",
                }
            ],
            "variants": [
                {"name": "b", "url": "https://example.com/spring-b", "weight": 33}
            ],
        },
    },
}

CHANGE_EXAMPLES: Final[dict[str, Example]] = {
    "unconditional": {
        "summary": "The last change wins",
        "value": {"url": "https://example.com/summer"},
    },
    "conditional": {
        "summary": "Unless the link has changed meanwhile",
        "value": {"disabled": True, "version": 2},
    },
    "default": {
        "summary": "It never expires after all",
        "value": {"valid_until": None},
    },
}

ETAG_EXAMPLE: Final = '"2"'

VERSIONED_LINK_EXAMPLE: Final[Document] = {
    "id": 1001,
    "version": 2,
    "state": "active",
    "short_url": "https://go.example.com/spring-26",
    "qr_url": "https://go.example.com/spring-26/qr.svg",
    "domain": "go.example.com",
    "code": "spring-26",
    "external_id": "order-77",
    "url": "https://example.com/spring?lang=en",
    "title": "Spring catalogue",
    "notes": None,
    "tags": ["print", "spring"],
    "archived": False,
    "valid_since": "2026-03-01T00:00:00Z",
    "valid_until": "2026-06-01T00:00:00Z",
    "disabled": False,
    "quarantine": None,
    "max_clicks": 5000,
    "clicks_left": 3796,
    "expired_url": "https://example.com/summer",
    "redirect_status": 307,
    "forward_query": True,
    "forward_path": False,
    "utm": {
        "source": "poster",
        "medium": "print",
        "campaign": None,
        "term": None,
        "content": None,
    },
    "has_password": False,
    "preview": "on_request",
    "crawlable": False,
    "rules": [
        {
            "name": "Swiss phones",
            "when": {"device": ["mobile"], "country": ["CH"]},
            "url": "https://example.com/ch",
            "variants": [],
        }
    ],
    "variants": [{"name": "b", "url": "https://example.com/spring-b", "weight": 33}],
    "clicks": {"all": 1204, "people": None, "machines": None},
    "created_by": {
        "type": "key",
        "id": "0195f2a0-7c1e-7b3a-9d52-5d1f0c8e2b11",
        "name": "shop",
    },
    "created_at": "2026-02-20T09:30:00Z",
    "updated_at": "2026-02-20T09:30:00Z",
    "deleted_at": None,
    "restorable_until": None,
}

_FOLLOW: Final = """Redirect to the link's target.

The click is recorded before the answer is sent. HEAD gets the same answer and is not \
counted. One slash after the code is ignored; a query is recorded with the click, and \
passed on only if the link says so, and so is a path after the code. Without options \
the answer is 307; a link may ask for 301, 302 or 308. \
`Cache-Control: private, no-store` brings the next click here as well. \
Refusals are pages for browsers and problem documents for programs."""

_NOT_FOLLOWED: Final = (
    "password-required",
    "wrong-password",
    "too-many-attempts",
    "link-quarantined",
    "link-not-found",
    "link-not-yet-valid",
    "method-not-allowed",
    "link-deleted",
    "link-disabled",
    "link-expired",
    "link-exhausted",
    "prefetch-refused",
)
_SCHEMAS: Final = "#/components/schemas/"


def link_answer(*, clicks: int) -> Document:
    """Return FastAPI's part of `responses` for an answer that is a link."""
    return _answer(_link(clicks=clicks))


def versioned_link_answer() -> Document:
    """Return FastAPI's part of `responses` for an answer that is a link's version."""
    etag = {
        "description": "The link's version, for `If-Match`.",
        "required": True,
        "schema": {"type": "string", "examples": [ETAG_EXAMPLE]},
    }
    return {**_answer(VERSIONED_LINK_EXAMPLE), "headers": {"ETag": etag}}


def _link(*, clicks: int) -> Document:
    return {
        "id": 1001,
        "short_code": CODE_EXAMPLE,
        "original_url": "https://example.com/spring/catalogue?page=2",
        "short_url": f"https://go.example.com/{CODE_EXAMPLE}",
        "clicks": clicks,
        "created_at": "2026-03-01T09:30:00Z",
        "updated_at": "2026-03-01T09:30:00Z",
    }


def _answer(example: Document) -> Document:
    return answer_like("link", example)


def answer_like(name: str, example: Document) -> Document:
    """Return FastAPI's part of `responses` for an answer like *example*."""
    return {"content": {"application/json": {"examples": {name: {"value": example}}}}}


def refusals(*codes: str) -> Responses:
    """Return FastAPI's `responses` for the refusals of these *codes*."""
    kinds = sorted((ERRORS[code] for code in dict.fromkeys(codes)), key=_status_of)
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
    for model in (FieldError, Problem):
        schema = model.model_json_schema(ref_template=_SCHEMAS + "{model}")
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path in document["paths"].values():
        for operation in path.values():
            answers = operation["responses"]
            if "HTTPValidationError" in str(answers.get("422")):
                del answers["422"]


def keep_nulls(document: Document, routes: Sequence[BaseRoute]) -> None:
    """Put the nulls of examples back into *document*, which FastAPI leaves out."""
    for route in routes:
        if not isinstance(route, APIRoute) or not route.include_in_schema:
            continue
        for method in route.methods or ():
            operation = document["paths"][route.path_format][method.lower()]
            for status, answer in route.responses.items():
                _restore(operation["responses"][str(status)], answer)
            for name, wanted in _request_of(route).items():
                _restore(operation[name], wanted)


def _request_of(route: APIRoute) -> Document:
    """Return what the *route* says of its body."""
    extra = route.openapi_extra or {}
    if "requestBody" in extra:
        return {"requestBody": extra["requestBody"]}
    field = route.body_field
    examples = getattr(field.field_info, "openapi_examples", None) if field else None
    if not examples:
        return {}
    return {"requestBody": {"content": {"application/json": {"examples": examples}}}}


def _restore(documented: Document, ours: Document) -> None:
    for media_type, media in ours.get("content", {}).items():
        if "examples" in media:
            documented["content"][media_type]["examples"] = media["examples"]


def add_redirect(document: Document) -> None:
    """Describe the redirect, which is answered in front of FastAPI, in place."""
    follow: Document = {
        "tags": ["links"],
        "summary": "Follow a short link",
        "description": _FOLLOW,
        "operationId": "follow",
        "parameters": [
            {
                "name": "code",
                "in": "path",
                "required": True,
                "description": "The short code.",
                "schema": {"type": "string", "examples": [CODE_EXAMPLE]},
            }
        ],
        "responses": {
            "307": {
                "description": "The redirect to the target.",
                "headers": {
                    "Location": {
                        "description": "The target.",
                        "required": True,
                        "schema": {"type": "string", "format": "uri"},
                    },
                },
            },
            **{
                str(status): answer
                for status, answer in refusals(*_NOT_FOLLOWED, *STORE_REFUSALS).items()
            },
        },
    }
    document["paths"] = {"/{code}": {"get": follow}, **document["paths"]}


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
        example["errors"] = [
            {
                "field": "url",
                "message": "Field required",
                "code": "missing-value",
                "pointer": "/url",
                "parameter": None,
                "detail": "Field required",
            }
        ]
    return example


def _status_of(kind: ErrorKind) -> HTTPStatus:
    return kind.status
