"""Reading one link and changing it over HTTP."""

import asyncio
from typing import NoReturn

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN, BASE_URL, Api
from tests.integration.api.faults import named

TARGET = "https://example.com/spring"
NEW_TARGET = "https://example.com/summer"
ADDRESS = "/api/v1/links/season"


@pytest.fixture(autouse=True)
async def link(client: httpx.AsyncClient) -> dict[str, object]:
    """A link that tests read and change."""
    body = {"url": TARGET, "code": "season"}
    created: dict[str, object] = (await client.post("/api/v1/links", json=body)).json()
    return created


async def read(client: httpx.AsyncClient, address: str = ADDRESS) -> httpx.Response:
    """Ask for a link, as one who may."""
    return await client.get(address, headers=AS_ADMIN)


async def change(
    client: httpx.AsyncClient, *, if_match: str | None = None, **body: object
) -> httpx.Response:
    """Ask for a change, as one who may."""
    headers = [(name.encode(), value.encode()) for name, value in AS_ADMIN.items()]
    if if_match is not None:
        headers.append((b"If-Match", if_match.encode()))
    return await client.patch(
        ADDRESS, json={"url": NEW_TARGET, **body}, headers=headers
    )


async def test_a_link_is_returned_with_its_version(
    client: httpx.AsyncClient, link: dict[str, object]
) -> None:
    """As it was made, and with its version as `ETag`."""
    answer = await read(client)

    assert answer.status_code == 200
    assert answer.json() == link
    assert answer.headers["ETag"] == '"1"'


@pytest.mark.parametrize(
    ("field", "advice"),
    [
        ("code", "A link keeps its code: make another link with the new one."),
        ("custom_code", "A link keeps its code: make another link with the new one."),
        ("valid_untl", "Did you mean valid_until?"),
        ("expires", "Did you mean valid_until?"),
    ],
)
async def test_a_change_that_is_none_is_refused(
    client: httpx.AsyncClient, link: dict[str, object], field: str, advice: str
) -> None:
    """A field that cannot be changed is refused, and the link stays as it is."""
    answer = await change(client, **{field: "other"})

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-field")
    assert named(answer) == [(field, f"There is no such field. {advice}")]
    assert (await read(client)).json() == link


async def test_a_change_is_returned_in_full(
    client: httpx.AsyncClient, link: dict[str, object]
) -> None:
    """The answer has the new target, time and version, and so has the next look."""
    answer = await change(client)

    changed = answer.json()
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"2"'
    assert changed.pop("updated_at") >= str(link.pop("updated_at"))
    assert changed == {**link, "url": NEW_TARGET, "version": 2}
    again = await read(client)
    assert again.json() == answer.json()


async def test_the_near_cache_is_updated(api: Api, client: httpx.AsyncClient) -> None:
    """A near cache must not go on leading to the old target."""
    await change(client)

    assert api.changed == [("season", 1), ("season", 2)]


@pytest.mark.parametrize(
    ("if_match", "version"),
    [
        (None, None),
        ('"1"', None),
        (None, 1),
        ('"1"', 1),
        ("*", None),
        ("*", 1),
        ('"7", W/"9","1"', None),
    ],
)
async def test_a_condition_that_holds(
    client: httpx.AsyncClient, if_match: str | None, version: int | None
) -> None:
    """A change of the stored version is accepted, in each way of naming it."""
    answer = await change(client, if_match=if_match, version=version)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("if_match", "version", "status", "code"),
    [
        ('"2"', None, 412, "precondition-failed"),
        ('W/"1"', None, 412, "precondition-failed"),
        ("1", None, 412, "precondition-failed"),
        ("", None, 412, "precondition-failed"),
        ('"x", "²", "' + "1" * 5000 + '"', None, 412, "precondition-failed"),
        ('"2"', 1, 412, "precondition-failed"),
        ('"1"', 2, 412, "precondition-failed"),
        (None, 2, 409, "link-changed"),
        ("*", 2, 409, "link-changed"),
    ],
)
async def test_a_condition_that_does_not_hold(
    client: httpx.AsyncClient,
    if_match: str | None,
    version: int | None,
    status: int,
    code: str,
) -> None:
    """A stale version is refused by the means by which it was sent."""
    before = (await read(client)).json()
    raw = None if if_match is None else if_match.encode().decode("latin-1")

    answer = await change(client, if_match=raw, version=version)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["current"] == before == (await read(client)).json()
    assert answer.headers["ETag"] == f'"{before["version"]}"'


@pytest.mark.parametrize(
    ("by_header", "refused"), [(True, 412), (False, 409)], ids=["If-Match", "version"]
)
async def test_two_editors(
    client: httpx.AsyncClient,
    by_header: bool,  # noqa: FBT001  # a column of the table above
    refused: int,
) -> None:
    """Of twenty who have read the same version one is stored; the others know."""
    answers = await asyncio.gather(
        *(
            change(
                client,
                url=f"https://example.com/{number}",
                if_match='"1"' if by_header else None,
                version=None if by_header else 1,
            )
            for number in range(20)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200] + [refused] * 19
    (winner,) = [answer for answer in answers if answer.status_code == 200]
    assert (await read(client)).json() == winner.json()


async def test_the_last_editor_wins(client: httpx.AsyncClient) -> None:
    """Without a condition every change is stored, one upon the other."""
    answers = [
        await change(client, url=f"https://example.com/{number}") for number in range(3)
    ]

    assert [answer.json()["version"] for answer in answers] == [2, 3, 4]


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer wrong",
        "Basic " + AS_ADMIN["Authorization"].partition(" ")[2],
        AS_ADMIN["Authorization"] + "x",
        AS_ADMIN["Authorization"][:-1],
        "Bearer \xfc",
    ],
)
async def test_a_wrong_token_changes_nothing(
    client: httpx.AsyncClient, authorization: str | None
) -> None:
    """401, and what to do; other faults are not checked."""
    headers = {} if authorization is None else {"Authorization": authorization}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]

    answer = await client.patch(ADDRESS, json={"url": ""}, headers=raw)

    assert answer.status_code == 401
    assert answer.json()["code"] == "not-authenticated"
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="waypost"')
    assert (await read(client)).json()["version"] == 1


async def test_without_a_token_no_client_may() -> None:
    """Where none is set, not even an empty one is right; the answer says what to do."""
    transport = httpx.ASGITransport(Api(admin_token="").create())
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        for headers in ({}, {"Authorization": "Bearer "}, AS_ADMIN):
            answer = await client.patch(ADDRESS, json={}, headers=headers)

            assert answer.status_code == 401
            assert answer.json()["code"] == "not-authenticated"
            assert "waypost keys create" in answer.json()["detail"]


@pytest.mark.parametrize("code", ["unknown", "%00", "%ff", "a" * 2000])
async def test_no_such_link(client: httpx.AsyncClient, code: str) -> None:
    """Every text that is not a code of a link is answered 404, read or changed."""
    address = f"/api/v1/links/{code}"
    body = {"url": NEW_TARGET}

    assert (await read(client, address)).status_code == 404
    answer = await client.patch(address, json=body, headers=AS_ADMIN)
    assert (answer.status_code, answer.json()["code"]) == (404, "link-not-found")


class AskedNever:
    """A store that must not be asked: it may refuse what is not text for it."""

    @property
    def links(self) -> NoReturn:
        """Fail."""
        raise AssertionError("asked")

    def transaction(self) -> NoReturn:
        """Fail."""
        raise AssertionError("asked")

    async def ping(self) -> None:
        """Answer."""


@pytest.mark.parametrize("code", ["%00", "a" * 2000])
async def test_store_is_not_asked_for_what_is_no_code(code: str) -> None:
    """Some stores end a connection over a byte that no text may have."""
    transport = httpx.ASGITransport(Api(storage=AskedNever(), clicks=None).create())
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        address = f"/api/v1/links/{code}"
        assert (await read(client, address)).status_code == 404
        body = {"url": NEW_TARGET}
        answer = await client.patch(address, json=body, headers=AS_ADMIN)
        assert answer.status_code == 404


async def test_reading_and_changing_are_documented_together(
    client: httpx.AsyncClient,
) -> None:
    """Both stand in the group of the links."""
    described = (await client.get("/openapi.json")).json()["paths"]
    operations = described["/api/v1/links/{code}"]
    assert {name: each["tags"] for name, each in operations.items()} == {
        "get": ["links"],
        "patch": ["links"],
        "put": ["links"],
        "delete": ["links"],
    }


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"url": None}, 422, "invalid-request"),
        ({"url": NEW_TARGET, "version": 0}, 422, "invalid-request"),
        ({"url": NEW_TARGET, "version": "1"}, 422, "invalid-request"),
        ({"url": NEW_TARGET, "version": 10**30}, 409, "link-changed"),
        ({"url": "javascript:alert(1)"}, 422, "target-scheme-not-allowed"),
        ({"url": f"{BASE_URL}/other"}, 422, "target-own-link"),
        ({"url": "x" * 70_000}, 413, "body-too-large"),
    ],
)
async def test_bad_changes(
    client: httpx.AsyncClient, body: dict[str, object], status: int, code: str
) -> None:
    """A change that cannot be done is refused by its own code, and changes nothing."""
    answer = await client.patch(ADDRESS, json=body, headers=AS_ADMIN)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await read(client)).json()["version"] == 1


async def test_no_token_is_logged(
    client: httpx.AsyncClient, logs: list[dict[str, object]]
) -> None:
    """Neither a right token nor a wrong one, nor the target."""
    await change(client)
    await client.patch(ADDRESS, headers={"Authorization": "Bearer wrong-guess"})

    assert [line["status"] for line in logs[-2:]] == [200, 401]
    for secret in (*AS_ADMIN.values(), "wrong-guess", NEW_TARGET):
        assert secret not in str(logs)
