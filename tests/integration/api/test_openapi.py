"""The API keeps to its OpenAPI document, tried out by schemathesis."""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.integration.api.conftest import Api

SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", Api().create())


@pytest.mark.slow
@SCHEMA.parametrize()
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
def test_answers_are_as_documented(case: Case[APIOperation]) -> None:
    """Whatever is sent: a documented status, media type and body, and no 5xx.

    Left out: that every well-formed request succeeds, because what a URL may be is
    more than a schema can say.
    """
    case.call_and_validate(
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_headers_conformance,
            response_schema_conformance,
            negative_data_rejection,
        ]
    )
