"""Passwords of links over HTTP: taken, and never given out again."""

import json
import logging
from collections.abc import Iterator

import httpx
import pytest
import structlog

from tests.integration.api.conftest import AS_ADMIN, Api
from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.passwords.texts import MAX_PASSWORD
from waypost.telemetry.logging import configure_logging

LINKS = "/api/v1/links"
TARGET = "https://example.com/minutes"
SECRET = "swordfish"


@pytest.fixture
def api() -> Api:
    """Parts of an application whose links and entries are in one store."""
    storage = MemoryStorage()
    return Api(storage=storage, keys=storage)


@pytest.fixture
def logs() -> Iterator[None]:
    """Logging as it is configured here, instead of captured events."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers, root.level = handlers, level


async def make(client: httpx.AsyncClient, **body: object) -> dict[str, object]:
    """Make a link."""
    fields = {"url": TARGET, **body}
    answer = await client.post(LINKS, json=fields, headers=AS_ADMIN)
    assert answer.status_code == 201, answer.text
    made: dict[str, object] = answer.json()
    return made


async def change(client: httpx.AsyncClient, **body: object) -> httpx.Response:
    """Change the link `minutes`."""
    return await client.patch(f"{LINKS}/minutes", json=body, headers=AS_ADMIN)


async def test_a_password_is_only_written(
    api: Api,
    client: httpx.AsyncClient,
    logs: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No answer, list, export, history, trail, simulation or log has any of it."""
    configure_logging(level="DEBUG", as_json=True)
    made = await make(client, code="minutes", password=SECRET)
    assert (made["has_password"], "password" in made) == (True, False)
    bad = await change(client, password=SECRET * 20)
    twice = await change(client, password=SECRET, title=7)
    assert (bad.status_code, twice.status_code) == (422, 422)
    seen = [
        json.dumps(made),
        bad.text,
        twice.text,
        (await change(client, password=f"{SECRET}2")).text,
        (await change(client, password=None)).text,
        (await change(client, password=SECRET)).text,
    ]
    for path in (
        f"{LINKS}/minutes",
        LINKS,
        f"{LINKS}?has=password",
        f"{LINKS}/minutes/history",
        "/api/v1/audit",
        "/api/v1/exports/links?format=jsonl",
        "/api/v1/exports/links?format=csv",
    ):
        answer = await client.get(path, headers=AS_ADMIN)
        assert answer.status_code == 200, path
        seen.append(answer.text)
    simulated = await client.post(
        f"{LINKS}/minutes/simulate",
        json={"patch": {"password": SECRET}},
        headers=AS_ADMIN,
    )
    seen.append(simulated.text)
    for text in (*seen, *(capsys.readouterr())):
        assert SECRET not in text
        assert "argon2" not in text
    link = await stored(api)
    assert SECRET not in repr(link)
    assert "argon2" not in repr(link)


async def stored(api: Api) -> object:
    """Return the link as it is stored."""
    found = await api.storage.links.by_code("minutes")
    assert found is not None
    assert found.options.password is not None
    assert found.options.password.startswith("$argon2id$")
    return found


async def test_entries_say_that_it_was_changed(client: httpx.AsyncClient) -> None:
    """Set, changed and removed."""
    await make(client, code="minutes", password=SECRET)
    await change(client, password="another")
    await change(client, password=None)
    answer = await client.get(f"{LINKS}/minutes/history", headers=AS_ADMIN)
    entries = [(one["before"], one["after"]) for one in answer.json()["data"]]
    assert entries[0] == ({"password": "changed"}, {"password": None})
    assert entries[1] == ({"password": "changed"}, {"password": "changed"})
    assert entries[2][1]["password"] == "changed"


@pytest.mark.parametrize(
    "password",
    ["", "x" * (MAX_PASSWORD + 1), "two\nlines", "\x00", 7, ["x"], True],
    ids=repr,
)
async def test_what_cannot_be_a_password(
    client: httpx.AsyncClient, password: object
) -> None:
    """It is refused, and the field is named."""
    answer = await client.post(LINKS, json={"url": TARGET, "password": password})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert [one["field"] for one in answer.json()["errors"]] == ["password"]


async def test_a_lone_surrogate_is_no_password(client: httpx.AsyncClient) -> None:
    """JSON can write what is no character; no visitor could enter it."""
    answer = await client.post(
        LINKS,
        content=b'{"url": "https://example.com/", "password": "\\ud800"}',
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code in {400, 422}


async def test_lists_of_links_with_a_password(client: httpx.AsyncClient) -> None:
    """Those that have one, or those that have none."""
    await make(client, code="open")
    await make(client, code="minutes", password=SECRET)

    async def codes(query: str) -> list[str]:
        answer = await client.get(f"{LINKS}?{query}", headers=AS_ADMIN)
        return [one["code"] for one in answer.json()["data"]]

    assert await codes("has=password") == ["minutes"]
    assert await codes("not_has=password") == ["open"]
    await change(client, password=None)
    assert await codes("has=password") == []
    for query in ("has=rule", "has=password&not_has=password"):
        answer = await client.get(f"{LINKS}?{query}", headers=AS_ADMIN)
        assert answer.status_code == 422


async def test_many_links_with_passwords(api: Api, client: httpx.AsyncClient) -> None:
    """Each item may have one, and equal ones are hashed once."""
    items = [
        {"url": TARGET, "code": "one", "password": SECRET},
        {"url": TARGET, "code": "two", "password": SECRET},
        {"url": TARGET, "code": "three", "password": "another"},
        {"op": "update", "link": "three", "password": None},
        {"url": TARGET, "code": "four", "password": ""},
    ]
    answer = await client.post(f"{LINKS}/bulk", json={"items": items}, headers=AS_ADMIN)
    assert [one["status"] for one in answer.json()["results"]] == [
        *(201, 201, 201, 200, 422)
    ]
    assert SECRET not in answer.text
    links = [await api.storage.links.by_code(code) for code in ("one", "two", "three")]
    one, two, three = [link and link.options.password for link in links]
    assert one == two
    assert one is not None
    assert three is None


async def test_a_link_with_a_password_is_not_reused(client: httpx.AsyncClient) -> None:
    """Asking for the same link does not say whether a guess is right."""
    first = await make(client, password=SECRET, reuse=True)
    again = await make(client, password=SECRET, reuse=True)
    assert first["id"] != again["id"]


async def test_simulated_visits(client: httpx.AsyncClient) -> None:
    """A visitor is asked for the password, or sees the page, as the link says."""
    await make(client, code="minutes", password=SECRET)

    async def verdict(**patch: object) -> tuple[object, object, object, object]:
        body = {"patch": patch}
        path = f"{LINKS}/minutes/simulate"
        answer = await client.post(path, json=body, headers=AS_ADMIN)
        one = answer.json()
        return one["status"], one["code"], one["location"], one["counted"]

    assert await verdict() == (401, "password-required", None, False)
    assert await verdict(password=None) == (307, None, TARGET, True)
    shown = await verdict(password=None, preview="always")
    assert shown == (200, None, TARGET, False)


async def test_a_link_with_a_password_is_put(client: httpx.AsyncClient) -> None:
    """It is set with the rest, and a put that leaves it out removes it."""
    path = f"{LINKS}/minutes"
    body = {"url": TARGET, "password": SECRET}
    made = await client.put(path, json=body, headers=AS_ADMIN)
    assert (made.status_code, made.json()["has_password"]) == (201, True)
    assert SECRET not in made.text
    again = await client.put(path, json={"url": TARGET}, headers=AS_ADMIN)
    assert again.json()["has_password"] is False
