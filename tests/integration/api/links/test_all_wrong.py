"""All that is wrong with a link is said at once, with where it is and what."""

from collections.abc import Mapping

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN
from tests.integration.api.faults import pointed

LINKS = "/api/v1/links"
ITEMS: Mapping[str, Mapping[str, object]] = {
    "create": {},
    "update": {"link": "there"},
    "put": {"link": "there"},
}
VALUES = {
    "url": "ftp://example.com/",
    "expired_url": "no url",
    "valid_since": "2026-03-02T00:00:00Z",
    "valid_until": "2026-03-01T00:00:00Z",
    "title": "a\x00b",
    "rules": [{"when": {"country": ["XX"]}, "url": "https://example.com/"}],
}
OF_VALUES = {
    "/url": "target-scheme-not-allowed",
    "/expired_url": "target-malformed",
    "/valid_until": "option-conflict",
    "/title": "option-conflict",
    "/rules/0/when/country/0": "unknown-country",
}
FORM = {"notes": 7, "redirect_status": 404, "max_clicks": 0, "sauce": "x"}
OF_FORM = {
    "/notes": "wrong-type",
    "/redirect_status": "unknown-value",
    "/max_clicks": "out-of-range",
    "/sauce": "unknown-field",
}


async def asked(
    client: httpx.AsyncClient, way: str, body: Mapping[str, object]
) -> httpx.Response:
    """Ask for a link, or a change of one, in one of the ways that there are."""
    made = {"url": "https://example.com/", "code": "there"}
    await client.post(LINKS, json=made, headers=AS_ADMIN)
    op, _, is_item = way.partition(" ")
    if is_item:
        item = {"op": op, **ITEMS[op], **body}
        body = {"items": [item]}
        answer = await client.post(f"{LINKS}/bulk", json=body, headers=AS_ADMIN)
        error = answer.json()["results"][0]["error"]
        return httpx.Response(error["status"], json=error)
    method, path = {
        "create": ("POST", LINKS),
        "update": ("PATCH", f"{LINKS}/there"),
        "put": ("PUT", f"{LINKS}/there"),
    }[op]
    return await client.request(method, path, json=body, headers=AS_ADMIN)


WAYS = ["create", "update", "put", "create item", "update item", "put item"]


@pytest.mark.parametrize("way", WAYS)
async def test_values_beside_each_other(client: httpx.AsyncClient, way: str) -> None:
    """Each wrong value is named, also those that are judged after others."""
    answer = await asked(client, way, VALUES)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert answer.json()["detail"].startswith("5 fields are wrong")
    assert pointed(answer) == OF_VALUES


@pytest.mark.parametrize("way", WAYS)
async def test_values_beside_wrong_forms(client: httpx.AsyncClient, way: str) -> None:
    """A wrong URL is named beside fields of the wrong type, or that there are not."""
    answer = await asked(client, way, VALUES | FORM | {"password": "secret"})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert pointed(answer) == OF_VALUES | OF_FORM
    assert "secret" not in answer.text


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("url", "target-scheme-not-allowed"),
        ("expired_url", "target-malformed"),
        ("title", "option-conflict"),
        ("rules", "invalid-rules"),
    ],
)
async def test_one_wrong_value(
    client: httpx.AsyncClient, way: str, name: str, code: str
) -> None:
    """It has its own refusal, which says where it is."""
    body = {"url": "https://example.com/", name: VALUES[name]}
    answer = await asked(client, way, body)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    (pointer,) = pointed(answer)
    assert pointer.startswith(f"/{name}")
    assert pointed(answer)[pointer] == OF_VALUES[pointer]


@pytest.mark.parametrize("way", ["create", "create item"])
async def test_codes_and_domains(client: httpx.AsyncClient, way: str) -> None:
    """What is wrong with the names of a new link is said with the rest."""
    names = {"code": "api", "domain": "other.example", "fetch_title": True}
    answer = await asked(client, way, {"url": "https://example.com/", **names})

    assert answer.json()["code"] == "invalid-request"
    assert pointed(answer) == {
        "/code": "reserved-code",
        "/domain": "domain-not-found",
        "/fetch_title": "feature-off",
    }


async def test_the_short_form(client: httpx.AsyncClient) -> None:
    """`POST /api/shorten` says all as well, by the names of its own fields."""
    wrong = {"url": "ftp://example.com/", "custom_code": "a"}
    expected = {"/url": "target-scheme-not-allowed", "/custom_code": "invalid-code"}
    answer = await client.post("/api/shorten", json=wrong, headers=AS_ADMIN)
    assert pointed(answer) == expected

    answer = await client.post("/api/shorten", json=wrong | {"a": 1}, headers=AS_ADMIN)
    assert pointed(answer) == expected | {"/a": "unknown-field"}


async def test_names_beside_a_put(client: httpx.AsyncClient) -> None:
    """Another name in the body than in the path is named beside a wrong URL."""
    body = {"url": "ftp://example.com/", "code": "other", "external_id": "b"}
    answer = await client.put(f"{LINKS}/there", json=body, headers=AS_ADMIN)
    assert pointed(answer) == {
        "/url": "target-scheme-not-allowed",
        "/code": "option-conflict",
    }
    answer = await client.put(f"{LINKS}/ext:a", json=body, headers=AS_ADMIN)
    assert pointed(answer) == {
        "/url": "target-scheme-not-allowed",
        "/external_id": "option-conflict",
    }


async def test_reuse(client: httpx.AsyncClient) -> None:
    """A link that may be used again is judged like one that is made."""
    body = {"reuse": True, "utm_template": "no such", **VALUES}
    answer = await client.post(LINKS, json=body, headers=AS_ADMIN)
    assert pointed(answer) == OF_VALUES | {"/utm_template": "option-conflict"}
