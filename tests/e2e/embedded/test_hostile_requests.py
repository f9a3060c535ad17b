"""Hostile requests of every operation, with every kind of key, to a real server."""

import json
import os
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final, TypeAlias

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, Response
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation.modes import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
)

from tests.e2e.process import UNTRACED, WaypostProcess

AnyCase: TypeAlias = Case[APIOperation[Any, Any, Any, Any]]  # type: ignore[explicit-any]  # schemathesis bounds them

pytestmark = pytest.mark.slow

REQUESTS: Final = int(os.environ.get("HOSTILE_REQUESTS", "600"))
TOKEN: Final = "an admin token of the tests"
SCOPES: Final = (
    "links:read",
    "links:create",
    "links:write",
    "reports:read",
    "admin",
)
WRITES_TOO: Final = {
    "links:write": {"links:read", "links:create", "links:write"},
    "admin": set(SCOPES),
}
ENDLESS: Final = {"report_live"}
"""Operations whose answers do not end."""
WITHOUT_END_OF_KEYS: Final = {"revoke_key", "rotate_key", "edit_key"}
"""Operations by which the keys of the test would be lost."""
SECRET: Final = "swordfish-4711"
"""A password that requests hold now and then."""
LINE: Final = 200


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WaypostProcess]:
    """A server that limits no client."""
    named = {
        "ADMIN_TOKEN": TOKEN,
        "KEY_RATE_LIMIT": "off",
        "ADDRESS_RATE_LIMIT": "off",
        "WRONG_KEY_RATE_LIMIT": "off",
        "PUBLIC_CREATION": "false",
        **UNTRACED,
    }
    folder = tmp_path_factory.mktemp("hostile") / "data"
    with WaypostProcess(folder, settings=named, reports=True) as process:
        yield process


@pytest.fixture(scope="module")
def keys(server: WaypostProcess) -> Mapping[str, str]:
    """A key with each scope alone, one that is not known, and none."""
    made = {"": "", "unknown": f"wp_{secrets.token_urlsafe(24)}"}
    for scope in SCOPES:
        status, _, body = server.request(
            "/api/v1/keys",
            body={"name": scope, "scopes": [scope]},
            headers={"Authorization": f"Bearer {TOKEN}"},
        )
        assert status == HTTPStatus.CREATED, body
        made[scope] = json.loads(body)["key"]
    return made


def has(scope: str, needed: list[str] | None) -> bool:
    """Return whether a key with *scope* alone may do what needs one of *needed*."""
    if needed is None:
        return True
    if scope in {"", "unknown"}:
        return False
    return not needed or bool(WRITES_TOO.get(scope, {scope}) & set(needed))


def needed_by(operation: APIOperation[Any, Any, Any, Any]) -> list[str] | None:  # type: ignore[explicit-any]  # schemathesis bounds them
    """Return which scopes the document names; None: no key is needed."""
    security = operation.definition.raw.get("security")
    return security[0]["key"] if security else None


def sent(case: AnyCase, key: str, url: str, session: requests.Session) -> Response:
    """Send *case* with *key* alone, and a password that is looked for in the log."""
    for name in ("authorization", "x-api-key"):
        case.headers.pop(name, None)
    if key:
        case.headers["Authorization"] = f"Bearer {key}"
    if isinstance(case.body, dict) and "password" in case.body:
        case.body["password"] = SECRET
    return case.call(base_url=url, session=session)


def problems(case: AnyCase, scope: str, answer: Response) -> Iterator[str]:
    """Yield what is wrong with *answer* for a key with *scope*.

    All checks of schemathesis but two: whose keys are refused is compared with the
    scopes here, and what a URL may be is more than a schema can say.
    """
    status = answer.status_code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        yield f"{status}: {answer.text}"
    needed = needed_by(case.operation)
    if not has(scope, needed) and status < HTTPStatus.BAD_REQUEST:
        yield f"{status} for {scope or 'no key'}, needed is {needed}"
    excluded = [ignored_auth, positive_data_acceptance]
    if case.operation.path.endswith("/bulk"):
        # The path is that of a link `bulk` as well; wrong items are refused by one.
        excluded += [allow_header_conformance, negative_data_rejection]
    if "/reports/" in case.operation.path or "/exports/" in case.operation.path:
        # A query has nothing but texts: a filter by `false` is one by a text.
        excluded.append(negative_data_rejection)
    try:
        case.validate_response(answer, excluded_checks=excluded)
    except FailureGroup as group:
        yield from (f"{type(one).__name__}: {one}" for one in group.exceptions)
    except Failure as failure:
        yield f"{type(failure).__name__}: {failure}"


def test_no_request_is_too_hostile(
    server: WaypostProcess, keys: Mapping[str, str]
) -> None:
    """No 5xx, nothing without the right key, and no secret in the log."""
    document = server.url + "/openapi.json"
    schema = schemathesis.openapi.from_url(document)
    found: Counter[str] = Counter()
    statuses: Counter[int] = Counter()
    operations = [
        one
        for result in schema.get_all_operations()
        if isinstance(result, Ok)
        and (one := result.ok()).definition.raw["operationId"]
        not in ENDLESS | WITHOUT_END_OF_KEYS
    ]
    examples = max(1, REQUESTS // len(operations) // len(keys))
    session = requests.Session()
    session.trust_env = False
    for operation in operations:

        @given(case=st.one_of([operation.as_strategy(each) for each in GenerationMode]))
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def attack(case: AnyCase) -> None:
            for scope in keys:
                answer = sent(case, keys[scope], server.url, session)
                statuses[answer.status_code] += 1
                for one in problems(case, scope, answer):
                    text = " ".join(
                        f"{case.method} {case.operation.path}: {one}".split()
                    )
                    found[text[:LINE]] += 1

        attack()
    print(f"{statuses.total()} requests: {dict(sorted(statuses.items()))}")
    for text, times in found.most_common(60):
        print(f"{times} times: {text}")
    assert server.is_running
    log = server.log.read_text()
    assert not [key for key in keys.values() if key and key in log]
    assert TOKEN not in log
    assert SECRET not in log
    assert not found, f"{len(found)} kinds of findings"
