"""Pages of other sites call the API where `CORS_ORIGINS` names them, and else not."""

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN, Api
from waypost.config import SettingsError, load_settings

ORIGIN = "https://app.example.com"
TARGET = "https://example.com/spring"


def client_of(*origins: str) -> httpx.AsyncClient:
    """Return a client of an API that lets pages of *origins* in."""
    app = Api(cors_origins=origins).create()
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://go.example.com"
    )


async def preflight(
    client: httpx.AsyncClient, path: str, *, method: str, headers: str, origin: str
) -> httpx.Response:
    """Ask what a browser asks before a request that is not simple."""
    return await client.options(
        path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": headers,
        },
    )


@pytest.mark.parametrize(
    ("path", "method", "headers"),
    [
        ("/api/shorten", "POST", "content-type"),
        ("/api/v1/links/spring", "PATCH", "authorization,content-type,if-match"),
        ("/api/v1/links/spring", "DELETE", "authorization,if-match"),
        ("/api/v1/links", "POST", "content-type,idempotency-key,x-api-key"),
    ],
)
async def test_a_named_origin_may(path: str, method: str, headers: str) -> None:
    """A preflight allows the method and the headers, without cookies, for a while."""
    async with client_of("https://other.example", ORIGIN) as client:
        answer = await preflight(
            client, path, method=method, headers=headers, origin=ORIGIN
        )
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert method in answer.headers["access-control-allow-methods"]
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert all(header in allowed for header in headers.split(","))
    assert answer.headers["access-control-max-age"] == "600"
    assert "Origin" in answer.headers["vary"]
    assert "access-control-allow-credentials" not in answer.headers


async def test_a_named_origin_reads_answers() -> None:
    """Answers and refusals alike may be read, with the headers that a client needs."""
    async with client_of(ORIGIN) as client:
        asked = {"Origin": ORIGIN}
        body = {"url": TARGET, "custom_code": "spring"}
        created = await client.post("/api/shorten", json=body, headers=asked)
        refused = await client.post("/api/shorten", json=body, headers=asked)
        changed = await client.patch(
            "/api/v1/links/spring", json={"url": TARGET}, headers=AS_ADMIN | asked
        )
    answers = (created, refused, changed)
    assert [answer.status_code for answer in answers] == [201, 409, 200]
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert "ETag" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{ORIGIN}.evil"])
async def test_another_origin_may_not(origin: str) -> None:
    """Neither the preflight nor an answer permits a browser to pass it on."""
    async with client_of(ORIGIN) as client:
        asked = await preflight(
            client, "/api/shorten", method="POST", headers="content-type", origin=origin
        )
        read = await client.get("/health", headers={"Origin": origin})
    assert asked.status_code == 400
    for answer in (asked, read):
        assert "access-control-allow-origin" not in answer.headers


async def test_every_origin_may() -> None:
    """A star permits every origin, without cookies."""
    async with client_of("*") as client:
        answer = await preflight(
            client, "/api/shorten", method="POST", headers="content-type", origin="null"
        )
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


async def test_off_by_default(client: httpx.AsyncClient) -> None:
    """Without the setting no answer says anything about other sites."""
    answer = await preflight(
        client, "/api/shorten", method="POST", headers="content-type", origin=ORIGIN
    )
    assert answer.status_code == 405
    read = await client.get("/health", headers={"Origin": ORIGIN})
    assert not [name for name in read.headers if name.startswith("access-control")]


def test_origins_are_split() -> None:
    """Case and a slash at the end are forgiven."""
    settings = load_settings(CORS_ORIGINS="https://App.example.com/, http://[::1]:8080")
    assert settings.CORS_ORIGINS == ("https://app.example.com", "http://[::1]:8080")
    assert load_settings(CORS_ORIGINS="*").CORS_ORIGINS == ("*",)
    assert load_settings().CORS_ORIGINS == ()


@pytest.mark.parametrize(
    "value",
    [
        "app.example.com",
        "https://app.example.com/path",
        "https://app.example.com?a",
        "https://me@app.example.com",
        "https://app.example.com:eighty",
        "https://app.example.com,*",
        "null",
        "file:///x",
    ],
)
def test_what_is_no_origin(value: str) -> None:
    """What no browser would send is refused at the start."""
    with pytest.raises(SettingsError, match="CORS_ORIGINS is wrong"):
        load_settings(CORS_ORIGINS=value)


@pytest.mark.parametrize(
    "path", ["/api/v1/links", "/a/b", "/docs", "/openapi.json", "/favicon.ico"]
)
async def test_what_depends_on_the_origin_says_so(path: str) -> None:
    """A cache gives no page of one origin the answer that is for another."""
    async with client_of(ORIGIN) as client:
        named = await client.get(path, headers={"Origin": ORIGIN})
        other = await client.get(path, headers={"Origin": "https://evil.example"})
        none = await client.get(path)
    assert named.headers["access-control-allow-origin"] == ORIGIN
    for answer in (named, other):
        assert "Origin" in answer.headers["vary"]
    for answer in (other, none):
        assert "access-control-allow-origin" not in answer.headers
