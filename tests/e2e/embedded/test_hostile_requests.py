"""Hostile requests of every operation, with every kind of key, to a real server.

Schemathesis invents requests, which are sent with each key and checked against the
document. Each of them is then spoiled in several ways, which is hostile and quick.
"""

import json
import os
import re
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from http import HTTPStatus
from random import Random
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

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

from tests.e2e.embedded.hostile.sending import Got, Sender
from tests.e2e.embedded.hostile.spoiling import LARGE, Raw, spoiled
from tests.e2e.process import WaypostProcess

AnyCase: TypeAlias = Case[APIOperation[Any, Any, Any, Any]]  # type: ignore[explicit-any]  # schemathesis bounds them

pytestmark = pytest.mark.slow

REQUESTS: Final = int(os.environ.get("HOSTILE_REQUESTS", "600"))
SEED: Final = os.environ.get("HOSTILE_SEED") or secrets.token_hex(4)
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
SPOILED: Final = 4
"""How many requests are made of each that is sent with a key."""
FRAMING: Final = {"content-length", "host", "connection", "transfer-encoding"}
"""Headers that the connection sets."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WaypostProcess]:
    """A server that limits no client."""
    named = {
        "ADMIN_TOKEN": TOKEN,
        "KEY_RATE_LIMIT": "off",
        "ADDRESS_RATE_LIMIT": "off",
        "WRONG_KEY_RATE_LIMIT": "off",
        "PUBLIC_CREATION": "false",
    }
    folder = tmp_path_factory.mktemp("hostile") / "data"
    with WaypostProcess(folder, settings=named, reports=True) as process:
        yield process


@pytest.fixture
def sender(server: WaypostProcess) -> Iterator[Sender]:
    """What sends spoiled requests."""
    with closing(Sender(server.port)) as sender:
        yield sender


@pytest.fixture
def session() -> Iterator[requests.Session]:
    """What sends the requests that are made by the document."""
    with requests.Session() as session:
        session.trust_env = False
        yield session


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


def raw_of(answer: Response) -> Raw:
    """Return the request that was answered."""
    request = answer.request
    url = urlsplit(request.url or "")
    body = request.body if isinstance(request.body, str | bytes) else b""
    return Raw(
        method=str(request.method),
        path=url.path,
        query=url.query,
        headers={
            name: value if isinstance(value, str) else value.decode("latin-1")
            for name, value in request.headers.items()
            if name.lower() not in FRAMING
        },
        body=body.encode() if isinstance(body, str) else body,
    )


class Permissions:
    """Which scopes the document names for a method and a path."""

    def __init__(self, operations: list[APIOperation[Any, Any, Any, Any]]) -> None:  # type: ignore[explicit-any]  # schemathesis bounds them
        self._known = [
            (
                one.method.upper(),
                re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(one.path))),
                needed_by(one),
            )
            for one in operations
        ]

    def permit(self, scope: str, request: Raw) -> bool:
        """Return whether *request* may be done; what is not documented never may."""
        method = "GET" if request.method == "HEAD" else request.method
        return any(
            has(scope, needed)
            for known, path, needed in self._known
            if known == method and path.fullmatch(request.path)
        )


def trouble(request: Raw, got: Got, scope: str, allowed: Permissions) -> str:
    """Return what is wrong with the answer to a spoiled request; "": nothing."""
    status = got.status
    if not status:
        return "" if len(request.body) > LARGE else "no answer"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"{status}: {got.text!r}"
    is_api = request.path.startswith("/api/")
    if status < HTTPStatus.BAD_REQUEST:
        is_done = is_api and request.method != "OPTIONS"
        if is_done and not allowed.permit(scope, request):
            return f"{status} for {scope or 'no key'}"
        return ""
    wants_page = "html" in request.headers.get("Accept", "")
    if is_api and not wants_page and got.kind != "application/problem+json":
        return f"{status} is {got.kind or 'without a type'}"
    return ""


def test_no_request_is_too_hostile(
    server: WaypostProcess,
    keys: Mapping[str, str],
    sender: Sender,
    session: requests.Session,
) -> None:
    """No 5xx, nothing without the right key, and no secret in the log."""
    document = server.url + "/openapi.json"
    schema = schemathesis.openapi.from_url(document)
    found: Counter[str] = Counter()
    statuses: Counter[int] = Counter()
    documented = [
        result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)
    ]
    operations = [
        one
        for one in documented
        if one.definition.raw["operationId"] not in ENDLESS | WITHOUT_END_OF_KEYS
    ]
    allowed = Permissions(documented)
    chance = Random(f"{SEED}")
    examples = max(1, REQUESTS // len(operations) // len(keys) // (1 + SPOILED))
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
                good = raw_of(answer)
                for _ in range(SPOILED):
                    bad = spoiled(good, chance)
                    got = sender.send(bad)
                    statuses[got.status] += 1
                    if one := trouble(bad, got, scope, allowed):
                        found[f"{bad.method} {bad.path[:60]}: {one}"[:LINE]] += 1

        attack()
    print(f"{statuses.total()} requests, HOSTILE_SEED={SEED}")
    print(dict(sorted(statuses.items())))
    for text, times in found.most_common(60):
        print(f"{times} times: {text}")
    assert server.is_running
    log = server.log.read_text()
    assert not [key for key in keys.values() if key and key in log]
    assert TOKEN not in log
    assert SECRET not in log
    assert not found, f"{len(found)} kinds of findings"
