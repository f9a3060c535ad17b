"""Refusals: each is a problem document, and none reveals a secret."""

from collections.abc import Iterator

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN, BASE_URL, Api
from tests.integration.api.stores import StoreWithDefect
from waypost.domain.errors import DomainError
from waypost.http.statuses import ERRORS, STATUSES


def subclasses_of(error: type[DomainError]) -> Iterator[type[DomainError]]:
    """Yield every class below *error*."""
    for subclass in error.__subclasses__():
        yield subclass
        yield from subclasses_of(subclass)


def test_every_domain_error_has_a_status() -> None:
    """A new refusal cannot be forgotten in the table."""
    assert set(STATUSES) == set(subclasses_of(DomainError))


def test_codes_are_not_shared() -> None:
    """No two kinds of refusal have the same code."""
    raised = [error for error in STATUSES if not error.__subclasses__()]

    assert {error.code for error in raised} <= set(ERRORS)
    assert len({error.code for error in STATUSES}) == len(STATUSES)


def request(
    method: str, path: str, body: bytes = b"", media_type: str = "application/json"
) -> httpx.Request:
    """Return a request that goes wrong somewhere."""
    headers = {"Content-Type": media_type}
    return httpx.Request(method, BASE_URL + path, content=body, headers=headers)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (request("GET", "/nothing.here"), "not-found"),
        (request("GET", "/api/"), "not-found"),
        (request("GET", "/api/shorten"), "method-not-allowed"),
        (request("BREW", "/health"), "method-not-allowed"),
        (request("POST", "/api/shorten", b"{"), "malformed-json"),
        (
            request("POST", "/api/shorten", b"a=b", "text/plain"),
            "unsupported-media-type",
        ),
        (request("POST", "/api/shorten", b"{}"), "invalid-request"),
        (request("POST", "/api/shorten"), "invalid-request"),
        (request("POST", "/api/shorten", b'{"url": ""}'), "target-missing"),
        (request("POST", "/api/shorten", b"x" * 65_537), "body-too-large"),
        (request("GET", "/api/stats/nosuch"), "link-not-found"),
        (request("PATCH", "/api/v1/links/nosuch"), "not-authenticated"),
    ],
)
async def test_every_refusal_is_a_problem_document(
    client: httpx.AsyncClient, wrong: httpx.Request, code: str
) -> None:
    """Status, type and title belong to the code, for every fault."""
    kind = ERRORS[code]

    answer = await client.send(wrong)

    problem = answer.json()
    assert answer.status_code == kind.status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem.pop("errors", None) or kind.code != "invalid-request"
    assert problem == {
        "type": f"/docs#error-{kind.code}",
        "title": kind.status.phrase,
        "status": kind.status,
        "detail": kind.detail,
        "code": kind.code,
        "request_id": answer.headers["X-Request-ID"],
    }


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/api/shorten", "GET", "POST"),
        ("/api/shorten", "HEAD", "POST"),
        ("/api/stats/some", "POST", "GET, HEAD"),
        ("/", "DELETE", "GET, HEAD"),
        ("/api/v1/links/some", "POST", "DELETE, GET, HEAD, PATCH, PUT"),
    ],
)
async def test_a_wrong_method_is_answered_with_the_right_ones(
    client: httpx.AsyncClient, path: str, method: str, allowed: str
) -> None:
    """405 comes with the header Allow."""
    answer = await client.request(method, path)

    assert answer.status_code == 405
    assert answer.headers["Allow"] == allowed


async def test_wrong_fields_are_named_and_not_repeated(
    client: httpx.AsyncClient,
) -> None:
    """The list of errors says where and what, but not what was sent."""
    body = {"url": ["https://secret.example/"], "custom_code": 12345678}

    answer = await client.post("/api/shorten", json=body)

    errors = answer.json()["errors"]
    assert [error["field"] for error in errors] == ["url", "custom_code"]
    assert "secret" not in answer.text
    assert "12345678" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "headers", "wrong"),
    [
        ("GET", "/links?limit=0", {}, {"limit": "invalid-value"}),
        ("GET", "/links?cursor=x", {}, {"cursor": "invalid-cursor"}),
        (
            "GET",
            "/links?lmit=1&a=2",
            {},
            dict.fromkeys(("lmit", "a"), "unknown-parameter"),
        ),
        ("DELETE", "/links/a?dryrun=1", {}, {"dryrun": "unknown-parameter"}),
        ("GET", "/reports/series?tz=Mars", {}, {"tz": "unknown-zone"}),
        (
            "PUT",
            "/links/a",
            {"If-None-Match": "x"},
            {"If-None-Match": "invalid-value"},
        ),
    ],
)
async def test_parameters(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    headers: dict[str, str],
    wrong: dict[str, str],
) -> None:
    """A wrong parameter or header is named as one, and has no pointer."""
    body = {"url": "https://example.com/"} if method == "PUT" else None
    answer = await client.request(
        method, f"/api/v1{path}", json=body, headers={**AS_ADMIN, **headers}
    )
    errors = answer.json()["errors"]
    assert answer.status_code == 422
    assert {one["parameter"]: one["code"] for one in errors} == wrong
    assert {one["pointer"] for one in errors} == {None}


async def test_a_defect_is_answered_without_its_details() -> None:
    """500 says that something is wrong here and under which id to look it up."""
    app = Api(storage=StoreWithDefect()).create()
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        answer = await client.get("/health")

    assert answer.status_code == 500
    assert answer.json()["code"] == "internal-error"
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"]
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "path", ["", "docs", "openapi.json", "health", "metrics", "api/v1/links"]
)
async def test_a_path_with_a_newline_is_another_path(
    client: httpx.AsyncClient, path: str
) -> None:
    """The end of a path is its end, also for what the framework would forgive."""
    answer = await client.get(f"/{path}%0A")

    assert answer.status_code == 404
    assert answer.json()["code"] == "not-found"


BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/a/b", 404),
        ("GET", "/admin", 404),
        ("PUT", "/health", 405),
        ("GET", "/api/v1/links", 401),
        ("POST", "/api/shorten", 422),
    ],
)
async def test_a_browser_gets_a_page_and_a_program_a_document(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    """The status is the same, and `Vary` says what the body depends on."""
    page = await client.request(method, path, headers=BROWSER)
    document = await client.request(method, path)

    assert (page.status_code, document.status_code) == (status, status)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert document.json()["code"] in page.text
    assert page.headers["X-Request-ID"] in page.text
    for answer in (page, document):
        assert answer.headers["Vary"].lower() == "accept"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers.get("Allow") == document.headers.get("Allow")
        assert ("WWW-Authenticate" in answer.headers) is (status == 401)
