"""The API keeps to its OpenAPI document, tried out by schemathesis."""

import asyncio
import json
from http import HTTPStatus
from typing import Any, TypeAlias

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, settings
from schemathesis import Case, SerializationContext
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.integration.api.asgi import ask, body_of
from tests.integration.api.conftest import AS_ADMIN, Api
from waypost.api.documents.openapi import CODE_EXAMPLE
from waypost.domain.codes import is_reserved

AnyCase: TypeAlias = Case[APIOperation[Any, Any, Any, Any]]  # type: ignore[explicit-any]  # schemathesis bounds them


@schemathesis.serializer("application/jsonl", "application/x-ndjson")
def json_lines(_: SerializationContext, value: object) -> bytes:
    """Return the body of a stream with one item, or the text of several."""
    return (value if isinstance(value, str) else json.dumps(value)).encode()


@pytest.fixture(scope="module")
def document() -> BaseSchema:
    """The document of an application that has the link of its examples."""
    api = Api()
    api.readiness.begin()
    app = api.create()
    body = {"url": "https://example.com", "custom_code": CODE_EXAMPLE}
    asyncio.run(ask(app, body_of(json.dumps(body).encode())))
    return schemathesis.openapi.from_asgi("/openapi.json", app)


@pytest.fixture(autouse=True)
def _old_name(request: pytest.FixtureRequest) -> None:
    """The id of a test where schemathesis looks for it, and pytest 9.2 has none."""
    vars(request.node)["_nodeid"] = request.node.nodeid


# Not when this file is imported: each process that runs tests imports them all.
SCHEMA = schemathesis.pytest.from_fixture("document")
REPORTS = SCHEMA.include(tag="reports").exclude(
    operation_id="report_live"  # its answer does not end
)
CHECKS = [
    not_a_server_error,
    unsupported_method,
    allow_header_conformance,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
_REFUSED_BEFORE = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.PRECONDITION_FAILED,
}
"""Refusals that come before what is sent is looked at closely."""


@pytest.mark.timeout(7_200)  # one test of all operations, often by night
@pytest.mark.slow
@SCHEMA.exclude(tag="reports").parametrize()
@settings(suppress_health_check=list(HealthCheck))
def test_answers_are_as_documented(case: AnyCase) -> None:
    """For any request: a documented status, media type and body, and no 5xx.

    Left out: that every well-formed request succeeds, because what a URL may be is
    more than a schema can say.
    """
    # Reserved words have pages of their own, which are described as such.
    assume(not is_reserved(str(case.path_parameters.get("code", ""))))
    answer = case.call(headers=AS_ADMIN)
    case.validate_response(answer, checks=checks_of(case, answer.status_code))


def checks_of(case: AnyCase, status: int) -> list[CheckFunction]:
    """Return what is checked of an answer."""
    checks = [*CHECKS, negative_data_rejection]
    is_bulk = case.operation.path.endswith("/bulk")
    if is_bulk or status in _REFUSED_BEFORE:
        # Too much and stale versions are refused, too, and wrong items one by one.
        checks.remove(negative_data_rejection)
    if is_bulk:
        # The path is that of a link `bulk` as well, for other methods.
        checks.remove(allow_header_conformance)
    return checks


@pytest.mark.timeout(7_200)
@pytest.mark.slow
@REPORTS.parametrize()
@settings(suppress_health_check=list(HealthCheck))
def test_reports_are_as_documented(case: AnyCase) -> None:
    """For any query: a documented status, media type and body, and no 5xx.

    That wrong data are refused is left out as well: a query has nothing but texts, so
    that a filter by `false` is one by a text.
    """
    case.call_and_validate(headers=AS_ADMIN, checks=CHECKS)
