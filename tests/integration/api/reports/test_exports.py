"""Exports over a real server: all clicks of a period, and all links."""

import asyncio
import csv
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import duckdb
import httpx
import pyarrow.parquet as pq
import pytest

from tests.integration.api.conftest import AS_ADMIN, Api
from tests.integration.api.reports.serving import client_of
from tests.integration.api.reports.stored import NOW, add_clicks, add_links, click
from waypost.adapters.memory.clicks import MemoryClicks
from waypost.api.stream_limits import StreamLimits
from waypost.domain.analytics.dimensions import DIMENSIONS, Dimension
from waypost.domain.analytics.questions import ClickQuery
from waypost.domain.errors import BackendUnavailable
from waypost.domain.links import Link
from waypost.domain.options import LinkOptions, RedirectStatus
from waypost.ports.analytics.reports import ClickColumns
from waypost.services.exports.text_forms import TEXT_FORMS

CLICKS = "/api/v1/exports/clicks"
LINKS = "/api/v1/exports/links"
GROUP_ROWS = 65_536
ODD = '=1+1,"\nä'


@pytest.fixture
async def client(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a real server."""
    async with client_of(api) as client:
        yield client


def rows_of(
    answer: httpx.Response, form: str, folder: Path
) -> Sequence[Mapping[str, object]]:
    """Return the rows of an export, as a program of another maker reads them."""
    if form == "csv":
        return list(csv.DictReader(StringIO(answer.text, newline="")))
    if form == "jsonl":
        return [json.loads(line) for line in answer.text.splitlines()]
    path = folder / "export.parquet"
    path.write_bytes(answer.content)
    found = duckdb.execute("SELECT * FROM read_parquet(?)", [str(path)])
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
async def test_every_click_is_exported(
    api: Api, client: httpx.AsyncClient, form: str, tmp_path: Path
) -> None:
    """Each click is a row, oldest first, with all its values as they are."""
    await add_links(api, "spring")
    count = 1_203
    await add_clicks(
        api,
        *(
            click(n, ago=timedelta(seconds=n), utm_campaign=ODD)
            for n in range(1, count + 1)
        ),
    )

    answer = await client.get(CLICKS, params={"format": form})

    assert f'filename="clicks.{form}"' in answer.headers["content-disposition"]
    rows = rows_of(answer, form, tmp_path)
    assert [row["id"] for row in rows] == [
        f"journal-0-{n}" for n in range(count, 0, -1)
    ]
    assert rows[0]["utm_campaign"] == ODD
    assert rows[0]["code"] == "spring"
    assert not rows[0]["city"]


@pytest.mark.slow
async def test_parquet_has_types_and_bounded_row_groups(
    api: Api, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    """Moments are moments, and no reader needs more than a row group in memory."""
    await add_links(api, "spring")
    await add_clicks(api, *(click(n, city="Bern") for n in range(GROUP_ROWS + 1_000)))
    path = tmp_path / "clicks.parquet"
    answer = await client.get(CLICKS, params={"format": "parquet"})
    path.write_bytes(answer.content)

    groups = pq.ParquetFile(path).metadata
    assert groups.num_row_groups == 2
    assert groups.row_group(0).num_rows == GROUP_ROWS
    (kind,) = duckdb.execute(
        'SELECT DISTINCT typeof("at") FROM read_parquet(?)', [str(path)]
    ).fetchone() or ("",)
    assert kind == "TIMESTAMP WITH TIME ZONE"
    found = duckdb.execute(
        "SELECT count(DISTINCT id), min(link_id), min(domain) FROM read_parquet(?)",
        [str(path)],
    ).fetchone()
    assert found == (GROUP_ROWS + 1_000, 1, "go.example.com")


@pytest.mark.parametrize("what", ["links", "clicks"])
async def test_a_large_body_is_refused_before_the_answer_begins(
    client: httpx.AsyncClient, what: str
) -> None:
    """No client gets a file that breaks off because of what came with the question."""
    url = f"/api/v1/exports/{what}?format=csv"
    answer = await client.request("GET", url, content=b"x" * 100_000)
    assert answer.status_code == 413, answer.text
    assert answer.json()["code"] == "body-too-large"


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
async def test_columns_are_chosen(
    api: Api, client: httpx.AsyncClient, form: str, tmp_path: Path
) -> None:
    """An export has the columns that are named, in their order, of the same rows."""
    await add_many_links(api, 3)
    await add_clicks(api, *(click(n, link_id=1 + n, city="Bern") for n in range(3)))
    wanted = {CLICKS: ["city", "code", "id"], LINKS: ["clicks", "id"]}
    for path, names in wanted.items():
        asked = {"format": form, "columns": ", ".join(names)}
        some = rows_of(await client.get(path, params=asked), form, tmp_path)
        every = rows_of(await client.get(path, params={"format": form}), form, tmp_path)
        assert len(some) == 3
        assert [list(row.items()) for row in some] == [
            [(name, row[name]) for name in names] for row in every
        ]


async def test_an_export_without_clicks_is_empty(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    """The names of the columns alone, or nothing, or a table without rows."""
    lines = (await client.get(CLICKS)).text.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("id,at,link_id,domain,code,country,")
    assert (await client.get(CLICKS, params={"format": "jsonl"})).text == ""
    empty = await client.get(CLICKS, params={"format": "parquet"})
    assert rows_of(empty, "parquet", tmp_path) == []


async def add_many_links(api: Api, count: int) -> None:
    """Store links of which the first has every option."""
    until = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)
    options = LinkOptions(
        valid_until=until,
        disabled=True,
        redirect_status=RedirectStatus.FOUND,
        title=ODD.replace("\n", " "),
    )
    links = [
        Link(
            id=number,
            code=f"code{number}",
            target="https://example.com/ä",
            created_at=NOW,
            updated_at=NOW,
            version=2,
            options=options,
        )
        for number in range(1, count + 1)
    ]
    async with api.storage.transaction() as transaction:
        await transaction.links.add(links)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
async def test_every_link_is_exported(
    api: Api, client: httpx.AsyncClient, form: str, tmp_path: Path
) -> None:
    """Each link is a row with its options, newest first, in any number of pages."""
    await add_many_links(api, 1_203)
    answer = await client.get(LINKS, params={"format": form})
    rows = rows_of(answer, form, tmp_path)
    assert [int(str(row["id"])) for row in rows] == list(range(1_203, 0, -1))
    last = rows[-1]
    assert last["short_url"] == "https://go.example.com/code1"
    assert last["url"] == "https://example.com/ä"
    assert last["title"] == '=1+1," ä'
    assert str(last["disabled"]).lower() == "true"
    assert str(last["redirect_status"]) == "302"
    assert str(last["valid_until"]).replace(" ", "T").startswith("2027-01-02T03:04:05")
    assert not last["valid_since"]


async def test_links_are_exported_by_the_filters_of_lists(
    api: Api, client: httpx.AsyncClient
) -> None:
    """Those that a list with them has, archived ones too, in any number of pages."""
    await add_many_links(api, 1_203)
    old = Link(
        id=2_000,
        code="old",
        target="https://old.example.net/",
        created_at=NOW,
        updated_at=NOW,
        version=2,
        options=LinkOptions(archived=True),
    )
    async with api.storage.transaction() as transaction:
        await transaction.links.add([old])

    async def ids(query: str) -> list[int]:
        answer = await client.get(f"{LINKS}?format=jsonl&columns=id&{query}")
        assert answer.status_code == 200, answer.text
        return [json.loads(line)["id"] for line in answer.text.splitlines()]

    assert await ids("host=example.net") == [2_000]
    assert await ids("host=example.net&archived=false") == []
    every = await ids("has=expiry&state=disabled")
    assert every == list(range(1_203, 0, -1))
    assert await ids("has=expiry&after=4") == [3, 2, 1]


@pytest.mark.parametrize(
    ("path", "query", "field", "advice"),
    [
        (LINKS, "hostt=example.com", "hostt", "Did you mean host?"),
        (LINKS, "colour=red", "colour", "no such parameter here"),
        (LINKS, "has=title&after=7", "after", "a link that there is"),
        (CLICKS, "kind=unknown_code", "kind", "/api/v1/unknown-codes"),
    ],
)
async def test_wrong_filters_of_exports(
    client: httpx.AsyncClient, path: str, query: str, field: str, advice: str
) -> None:
    """They are named, with what was meant."""
    answer = await client.get(f"{path}?{query}")
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (422, field)
    assert advice in error["message"]


async def test_an_export_of_links_goes_on(api: Api, client: httpx.AsyncClient) -> None:
    """A client that names the last id that it has gets the links behind it."""
    await add_many_links(api, 10)
    answer = await client.get(LINKS, params={"format": "jsonl", "after": "4"})
    ids = [json.loads(line)["id"] for line in answer.text.splitlines()]
    assert ids == [3, 2, 1]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"after": "x"}, "invalid-request"),
        ({"after": "9" * 30}, "invalid-request"),
        ({"afer": "1"}, "unknown-parameter"),
        ({"format": "xlsx"}, "invalid-request"),
        ({"columns": "id,no"}, "invalid-request"),
    ],
)
async def test_wrong_parameters_are_refused(
    client: httpx.AsyncClient, query: dict[str, str], code: str
) -> None:
    """A wrong parameter gets a sentence, and no export of something else."""
    answer = await client.get(LINKS, params=query)
    assert answer.status_code in {400, 422}
    assert answer.json()["code"] == code


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            "id,cuontry",
            "There is no column cuontry. Did you mean country? There are id, ",
        ),
        ("x" * 200, f"There is no column {'x' * 100}. There are id, at, "),
        ("id,,at", "A name of a column is empty. There are id, at, "),
        ("", "A name of a column is empty. There are id, at, "),
        ("id,at,id", "The column id is named twice. Name it once."),
    ],
)
async def test_wrong_columns_are_refused(
    client: httpx.AsyncClient, names: str, message: str
) -> None:
    """The refusal says which name is wrong, and which there are."""
    answer = await client.get(CLICKS, params={"columns": names})
    assert answer.status_code == 422
    (wrong,) = answer.json()["errors"]
    assert wrong["field"] == "columns"
    assert wrong["message"].startswith(message)
    assert len(wrong["message"]) < 500


async def test_without_the_library_parquet_is_refused(api: Api) -> None:
    """A server that cannot write Parquet says so, and how that is changed."""
    api.forms = TEXT_FORMS
    async with client_of(api) as client:
        answer = await client.get(LINKS, params={"format": "parquet"})
    assert answer.status_code == 409
    assert answer.json()["code"] == "feature-off"
    assert "waypost[parquet]" in answer.json()["detail"]


class NotingStore(MemoryClicks):
    """Notes how many exports are read, and fails in one if it should."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()
        self.is_failing = False

    async def export(
        self, query: ClickQuery, dimensions: Sequence[Dimension] = DIMENSIONS
    ) -> AsyncIterator[ClickColumns]:
        """Yield as the store does, and fail after the first clicks if it should."""
        self.reads += 1
        self.begun.set()
        try:
            async for clicks in super().export(query, dimensions):
                yield clicks
                if self.is_failing:
                    raise BackendUnavailable
        finally:
            self.reads -= 1
            self.ended.set()


@pytest.fixture
async def store(api: Api) -> NotingStore:
    """The store of the application, with more clicks than sockets hold."""
    store = NotingStore()
    clicks = [
        click(n, ago=timedelta(seconds=n), agent="a" * 900) for n in range(1, 20_001)
    ]
    await store.add(clicks)
    api.clicks, api.streams = store, StreamLimits(exports=1)
    return store


async def test_a_reader_that_goes_away_frees_its_place(
    store: NotingStore, client: httpx.AsyncClient
) -> None:
    """Its place is free again, and no read of the store stays open."""
    async with client.stream("GET", CLICKS) as answer:
        await anext(answer.aiter_bytes())
        assert store.reads == 1
        assert (await client.get(CLICKS)).status_code == 429
    while (again := await client.head(CLICKS)).status_code == 429:
        pass
    assert again.status_code == 200
    await store.ended.wait()
    assert store.reads == 0


@pytest.mark.slow
async def test_a_reader_that_takes_nothing_is_disconnected(
    store: NotingStore, client: httpx.AsyncClient
) -> None:
    """The server waits for some seconds, holding no more than a part, and then ends."""
    url = httpx.URL(str(client.base_url))
    reader, writer = await asyncio.open_connection(url.host, url.port, limit=1)
    token = AS_ADMIN["Authorization"]
    writer.write(
        f"GET {CLICKS} HTTP/1.1\r\nHost: a\r\nAuthorization: {token}\r\n\r\n".encode()
    )
    await store.begun.wait()
    await store.ended.wait()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(20_000_000)
    writer.close()


async def test_an_export_that_fails_is_broken_off(
    store: NotingStore, client: httpx.AsyncClient
) -> None:
    """No answer that is complete lacks a click."""
    store.is_failing = True
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get(CLICKS)
