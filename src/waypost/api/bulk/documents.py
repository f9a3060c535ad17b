"""What the OpenAPI document says about many links at once."""

from http import HTTPStatus
from typing import Final

from waypost.api.bulk.bodies import BulkAnswer, BulkBody
from waypost.api.documents.openapi import CODE_EXAMPLE, Document, Responses, refusals
from waypost.api.idempotency_key import PARAMETER
from waypost.http.statuses import STORE_REFUSALS

_REF: Final = "#/components/schemas/"
_JSON_LINES: Final = "application/jsonl"

_ITEMS: Final[list[Document]] = [
    {"url": "https://example.com/a", "tags": ["batch"], "ref": "row-1"},
    {"op": "update", "link": "spring26", "version": 3, "add_tags": ["batch"]},
    {"op": "put", "link": "ext:order-78", "url": "https://example.com/b"},
    {"op": "delete", "link": "id:1002"},
]
_RESULTS: Final[list[Document]] = [
    {
        "index": 0,
        "ref": "row-1",
        "op": "create",
        "status": 201,
        "link": {
            "id": 1003,
            "code": CODE_EXAMPLE,
            "short_url": f"https://go.example.com/{CODE_EXAMPLE}",
            "version": 2,
        },
        "error": None,
    },
    {
        "index": 1,
        "ref": None,
        "op": "update",
        "status": 409,
        "link": None,
        "error": {
            "code": "link-changed",
            "status": 409,
            "detail": "Another client has changed this link since you read it. Read it "
            "again first.",
        },
    },
    {
        "index": 2,
        "ref": None,
        "op": "put",
        "status": 200,
        "link": {
            "id": 1004,
            "code": "k3Rt9Zb",
            "short_url": "https://go.example.com/k3Rt9Zb",
            "version": 5,
        },
        "error": None,
    },
    {
        "index": 3,
        "ref": None,
        "op": "delete",
        "status": 200,
        "link": {
            "id": 1002,
            "code": "old",
            "short_url": "https://go.example.com/old",
            "version": 3,
        },
        "error": None,
    },
]
_SUMMARY: Final[Document] = {"succeeded": 3, "failed": 1}
_LINES: Final[Document] = {
    "schema": {"type": "string"},
    "examples": {
        "stream": {"value": '{"url": "https://example.com/a", "ref": "row-1"}\n'}
    },
}
_RESULT_LINES: Final = (
    '{"index":0,"ref":"row-1","op":"create","status":201,"link":{"id":1003,'
    f'"code":"{CODE_EXAMPLE}","short_url":"https://go.example.com/{CODE_EXAMPLE}",'
    '"version":1},"error":null}\n{"summary":{"succeeded":1,"failed":0}}\n'
)

BODY: Final[Document] = {
    "parameters": [
        PARAMETER
        | {
            "description": "A name of your own for the call, by which it is recognised "
            "when it is sent again."
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": _REF + BulkBody.__name__},
                "examples": {"call": {"value": {"atomic": False, "items": _ITEMS}}},
            },
            _JSON_LINES: _LINES,
            "application/x-ndjson": _LINES,
        },
    },
}
"""FastAPI's `openapi_extra` of the route: it reads its body itself."""

ANSWERS: Final[Responses] = {
    HTTPStatus.OK.value: {
        "content": {
            "application/json": {
                "schema": {"$ref": _REF + BulkAnswer.__name__},
                "examples": {
                    "results": {"value": {"summary": _SUMMARY, "results": _RESULTS}}
                },
            },
            _JSON_LINES: {
                "schema": {"type": "string"},
                "examples": {"stream": {"value": _RESULT_LINES}},
            },
        }
    },
    **refusals(
        "not-authenticated",
        "key-inactive",
        "rate-limited",
        "query-too-long",
        "malformed-json",
        "request-timeout",
        "body-too-large",
        "too-many-items",
        "unsupported-media-type",
        "invalid-request",
        "bulk-rejected",
        "idempotency-key-reused",
        "idempotency-in-progress",
        "codes-exhausted",
        "too-many-streams",
        "internal-error",
        *STORE_REFUSALS,
    ),
}


def add_bulk_schemas(document: Document) -> None:
    """Add what `BODY` and `ANSWERS` refer to to the *document*, in place."""
    schemas = document["components"]["schemas"]
    for model in (BulkBody, BulkAnswer):
        schema = model.model_json_schema(ref_template=_REF + "{model}")
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
