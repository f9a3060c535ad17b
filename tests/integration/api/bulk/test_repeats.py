"""A call that is sent again under the same Idempotency-Key."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import httpx
import pytest
from fastapi import FastAPI

from tests.fakes import SettableClock
from tests.integration.api.access.test_scopes import bearer, key_with
from tests.integration.api.asgi import ask, body_of
from tests.integration.api.bulk.test_streams import results
from tests.integration.api.conftest import ADMIN_TOKEN, AS_ADMIN, Api
from waypost.domain.access.scopes import KeyScope

PATH: Final = "/api/v1/links/bulk"
LINE: Final = b'{"url": "https://example.com/%d"}\n'
Json: TypeAlias = Mapping[str, Any]  # type: ignore[explicit-any]  # JSON


@pytest.fixture
def api() -> Api:
    """Parts of an application whose clients may take their time."""
    return Api(request_timeout_seconds=30)


def lines(number: int) -> bytes:
    """Return a stream of items."""
    return b"".join(LINE % n for n in range(number))


@pytest.fixture
def app(api: Api) -> FastAPI:
    """The application over `api`."""
    return api.create()


async def sent(
    app: FastAPI, *pieces: bytes, key: str = "load-1", is_cut: bool = False
) -> Sequence[Json]:
    """Send *pieces* as a stream, and return the lines of the answer."""
    receive = body_of(*pieces, *([b"{"] if is_cut else []))

    async def cut() -> Mapping[str, Any]:  # type: ignore[explicit-any]  # ASGI
        message = await receive()
        gone = is_cut and not message.get("more_body")
        return {"type": "http.disconnect"} if gone else message

    answered = await ask(
        app,
        cut,  # type: ignore[arg-type]  # a message is a mapping
        path=PATH,
        headers=(
            (b"content-type", b"application/jsonl"),
            (b"authorization", f"Bearer {ADMIN_TOKEN}".encode()),
            (b"idempotency-key", key.encode()),
        ),
    )
    return results(answered.body)


async def number_of_links(api: Api) -> int:
    """Return how many links there are."""
    return len(await api.storage.links.newest(limit=100_000))


async def test_a_stream_is_repeated(api: Api, app: FastAPI) -> None:
    """The same results, and no link more; under another key it is another one."""
    first = await sent(app, lines(30))
    assert await sent(app, lines(30)) == first
    assert await number_of_links(api) == 30
    other = await sent(app, lines(30), key="load-2")
    assert other[-1] == first[-1]
    assert await number_of_links(api) == 60


@pytest.mark.parametrize("size", [100, 1_000, 1_000_000])
async def test_a_cut_stream_goes_on(api: Api, app: FastAPI, size: int) -> None:
    """What was done before the cut is not done again, wherever pieces end then."""
    whole = lines(50)
    cut = whole[:700]
    before = await sent(app, cut[:300], cut[300:], is_cut=True)
    made = await number_of_links(api)
    assert len(before) == made + 1
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    after = await sent(app, *pieces)
    assert after[:made] == before[:made]
    assert after[-1] == {"summary": {"succeeded": 50, "failed": 0}}
    assert [one["index"] for one in after[:-1]] == list(range(50))
    assert await number_of_links(api) == 50


@pytest.mark.parametrize(
    "other", [lines(29), lines(30)[:-4] + b'x"}\n', b"", lines(31)[32:]]
)
async def test_other_items_are_refused(api: Api, app: FastAPI, other: bytes) -> None:
    """Nothing of them is carried out."""
    await sent(app, lines(30))
    *found, end = await sent(app, other)
    assert found == []
    assert end["error"]["code"] == "idempotency-key-reused"
    assert await number_of_links(api) == 30


async def test_a_list_is_repeated(api: Api, client: httpx.AsyncClient) -> None:
    """As a stream is; results of items that failed are, too."""
    body = {
        "items": [
            {"url": "https://example.com/", "code": "mine"},
            {"op": "delete", "link": "nothing"},
        ]
    }
    headers = {**AS_ADMIN, "Idempotency-Key": '"load-1"'}
    first = await client.post(PATH, json=body, headers=headers)
    headers["Idempotency-Key"] = "load-1"
    again = await client.post(PATH, json=body, headers=headers)
    assert first.json() == again.json()
    assert first.json()["summary"] == {"succeeded": 1, "failed": 1}
    reused = await client.post(PATH, json={**body, "atomic": True}, headers=headers)
    assert (reused.status_code, reused.json()["code"]) == (
        422,
        "idempotency-key-reused",
    )
    other = bearer(await key_with(api, KeyScope.LINKS_WRITE))
    answer = await client.post(PATH, json=body, headers={**headers, **other})
    assert answer.json()["results"][0]["error"]["code"] == "code-taken"


async def test_what_was_rejected_may_be_corrected(client: httpx.AsyncClient) -> None:
    """A refusal of all has changed nothing, so that its key may be used again."""
    headers = {**AS_ADMIN, "Idempotency-Key": "load-1"}
    items = [{"url": "https://example.com/"}, {"url": ""}]
    body = {"items": items, "atomic": True}
    assert (await client.post(PATH, json=body, headers=headers)).status_code == 422
    body["items"] = items[:1]
    assert (await client.post(PATH, json=body, headers=headers)).status_code == 200


async def test_after_a_day_it_is_a_new_call(api: Api) -> None:
    """What was done is forgotten with the next call."""
    clock = SettableClock()
    api.clock = clock
    app = api.create()
    await sent(app, lines(3))
    clock.move(86_401)
    await sent(app, lines(1), key="another")
    await sent(app, lines(3))
    assert await number_of_links(api) == 7


@pytest.mark.parametrize("key", ["", "a b", "x" * 256])
async def test_a_wrong_key_is_refused(client: httpx.AsyncClient, key: str) -> None:
    """Before anything is done."""
    headers = {**AS_ADMIN, "Idempotency-Key": key}
    answer = await client.post(PATH, json={"items": []}, headers=headers)
    assert answer.status_code == 422
    assert "Idempotency-Key" in json.dumps(answer.json())
