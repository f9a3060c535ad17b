"""Creating links and counting their clicks over HTTP."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.integration.api.conftest import BASE_URL, Api
from tests.integration.api.faults import named
from tests.integration.api.stores import StoreThatCannotCommit
from waypost.adapters.memory.storage import MemoryStorage

TARGET = "https://example.com/page?x=1"


async def shorten(client: httpx.AsyncClient, **body: object) -> httpx.Response:
    """Ask for a short link."""
    return await client.post("/api/shorten", json=body)


async def test_a_new_link_is_returned_in_full(client: httpx.AsyncClient) -> None:
    """The answer 201 has every field of the contract, and the header Location."""
    answer = await shorten(client, url=TARGET)

    link = answer.json()
    now = datetime.now(UTC)
    assert answer.status_code == 201
    assert set(link) == {
        "id",
        "short_code",
        "original_url",
        "short_url",
        "clicks",
        "created_at",
        "updated_at",
    }
    assert isinstance(link["id"], int)
    assert len(link["short_code"]) == 7
    assert link["original_url"] == TARGET
    assert link["short_url"] == f"{BASE_URL}/{link['short_code']}"
    assert link["clicks"] == 0
    assert link["created_at"] == link["updated_at"]
    assert now - datetime.fromisoformat(link["created_at"]) < timedelta(minutes=1)
    assert answer.headers["Location"] == link["short_url"]


async def test_a_custom_code_is_kept(client: httpx.AsyncClient) -> None:
    """The link has the code that was asked for, in its own spelling."""
    answer = await shorten(client, url=TARGET, custom_code="Spring26")

    assert answer.json()["short_code"] == "Spring26"


async def test_a_null_custom_code_means_none(client: httpx.AsyncClient) -> None:
    """A client may send the field without a value."""
    answer = await shorten(client, url=TARGET, custom_code=None)

    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("field", "advice"),
    [
        ("tags", "There are url, custom_code."),
        ("expires", "There are url, custom_code."),
        ("customCode", "Did you mean custom_code?"),
        ("URL", "Did you mean url?"),
        ("ulr", "Did you mean url?"),
        ("code", "Did you mean custom_code?"),
        ("alias", "Did you mean custom_code?"),
    ],
)
async def test_unknown_fields_are_refused(
    client: httpx.AsyncClient, field: str, advice: str
) -> None:
    """What would have no effect is not taken as if it had one."""
    answer = await shorten(client, url=TARGET, custom_code="spring", **{field: ["x"]})

    assert answer.status_code == 422
    assert answer.json()["code"] == "unknown-field"
    assert named(answer) == [(field, f"There is no such field. {advice}")]
    assert (await client.get("/api/stats/spring")).status_code == 404


async def test_a_misspelt_field_is_named(client: httpx.AsyncClient) -> None:
    """A misspelt `ulr` is reported as unknown, and not only `url` as missing."""
    answer = await client.post("/api/shorten", json={"ulr": TARGET})
    wrong = await client.post("/api/shorten", json={"ulr": TARGET, "custom_code": 1})

    assert answer.json()["code"] == "unknown-field"
    said = ("ulr", "There is no such field. Did you mean url?")
    assert said in named(answer)
    assert wrong.json()["code"] == "invalid-request"


async def test_thousands_of_unknown_fields(client: httpx.AsyncClient) -> None:
    """The answer is bounded, for any body."""
    body = {f"{number:04d}" + "x" * 500: 1 for number in range(100)}
    answer = await client.post("/api/shorten", json={"url": TARGET, **body})

    assert answer.status_code == 422
    assert len(answer.content) < 20_000


async def test_one_of_many_gets_a_contested_code(client: httpx.AsyncClient) -> None:
    """Of twenty requests for one code at once, one succeeds and the others conflict."""
    answers = await asyncio.gather(
        *(shorten(client, url=TARGET, custom_code="contested") for _ in range(20))
    )

    statuses = sorted(answer.status_code for answer in answers)
    codes = {answer.json().get("code") for answer in answers}
    assert statuses == [201] + [409] * 19
    assert codes == {None, "code-taken"}


async def test_a_created_code_is_forgotten_by_the_cache(
    api: Api, client: httpx.AsyncClient
) -> None:
    """The near cache must not continue to say that there is no such link."""
    await shorten(client, url=TARGET, custom_code="fresh")

    assert api.forgotten == ["fresh"]


async def test_nothing_is_promised_before_the_commit() -> None:
    """A commit that fails is answered 503, and caches do not get the link."""
    api = Api(storage=StoreThatCannotCommit())
    transport = httpx.ASGITransport(api.create())
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        answer = await shorten(client, url=TARGET, custom_code="lost")
        stats = await client.get("/api/stats/lost")

    assert answer.status_code == 503
    assert answer.json()["code"] == "backend-unavailable"
    assert int(answer.headers["Retry-After"]) > 0
    assert api.forgotten == []
    assert stats.status_code == 404


@pytest.mark.parametrize("custom_code", [None, "mine"])
async def test_created_links_are_counted_by_kind(
    api: Api, client: httpx.AsyncClient, custom_code: str | None
) -> None:
    """The metric distinguishes generated codes from custom ones."""
    await shorten(client, url=TARGET, custom_code=custom_code)

    label = {"code": "generated" if custom_code is None else "custom"}
    name = "waypost_links_created_total"
    assert api.metrics.registry.get_sample_value(name, label) == 1


async def test_statistics_show_the_same_link(
    api: Api, client: httpx.AsyncClient
) -> None:
    """The fields of the creation, and the clicks, read after they are settled."""
    link = (await shorten(client, url=TARGET)).json()
    assert isinstance(api.storage, MemoryStorage)
    async with api.storage.transaction() as transaction:
        await transaction.clicks.add(clicks={link["id"]: 3}, counted={}, positions={})

    answer = await client.get(f"/api/stats/{link['short_code']}")

    assert answer.status_code == 200
    assert answer.json() == {**link, "clicks": 3}
    assert api.settlement.asked == [link["short_code"]]


@pytest.mark.parametrize(
    "code", ["unknown", "%00", "%ff%fe", "%F0%9F%92%A9", "a" * 2000, "..", "%2e%2e"]
)
async def test_statistics_of_no_link(client: httpx.AsyncClient, code: str) -> None:
    """Every text that is not a code of a link is answered 404."""
    answer = await client.get(f"/api/stats/{code}")

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "target-missing"),
        ("https://example.com/" + "a" * 9000, "target-too-long"),
        ("https://example.com/\r\nSet-Cookie: a=b", "target-control-character"),
        ("https://example.com/\x00", "target-control-character"),
        ("example.com/page", "target-malformed"),
        ("javascript:alert(1)", "target-scheme-not-allowed"),
        ("https:///page", "target-host-invalid"),
        ("https://example.com:99999/", "target-port-invalid"),
        ("https://user:password@example.com/", "target-credentials"),
        (f"{BASE_URL}/other", "target-own-link"),
    ],
)
async def test_each_bad_url_has_its_own_code(
    client: httpx.AsyncClient, url: str, code: str
) -> None:
    """A refused target is answered 422 with the code of the reason."""
    answer = await shorten(client, url=url)

    assert answer.status_code == 422
    assert answer.json()["code"] == code


@pytest.mark.parametrize(
    ("custom_code", "code"),
    [
        ("", "invalid-code"),
        ("ab", "invalid-code"),
        ("a" * 21, "invalid-code"),
        ("spring 26", "invalid-code"),
        ("frühling", "invalid-code"),
        ("API", "reserved-code"),
    ],
)
async def test_each_bad_code_has_its_own_code(
    client: httpx.AsyncClient, custom_code: str, code: str
) -> None:
    """A refused custom code is answered 422 with the code of the reason."""
    answer = await shorten(client, url=TARGET, custom_code=custom_code)

    assert answer.status_code == 422
    assert answer.json()["code"] == code
