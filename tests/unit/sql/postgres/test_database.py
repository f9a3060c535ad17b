"""What the SQL store does on PostgreSQL alone: locks, sessions, refused users."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import asyncpg
import pytest
from structlog.testing import capture_logs

from tests.servers import FreshPostgres, in_postgres
from tests.unit.sql.links import NOON, add, link
from waypost.adapters.sql import migrate, opening
from waypost.adapters.sql.blocks import SqlBlocks
from waypost.adapters.sql.database import DatabaseRefused
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.errors import BackendUnavailable
from waypost.domain.events import CACHES, LinkEvent, LinkEventKind


@pytest.fixture
async def storage(migrated_postgres_url: str) -> AsyncIterator[SqlStorage]:
    """A store with two connections, which waits three seconds."""
    storage = await SqlStorage.open(
        migrated_postgres_url, timeout_seconds=3, pool_size=2
    )
    yield storage
    await storage.aclose()


@pytest.fixture
async def other_client(migrated_postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Another program's connection to the same database."""
    connection = await asyncpg.connect(migrated_postgres_url)
    yield connection
    await connection.close()


async def sessions(other_client: asyncpg.Connection) -> list[int]:
    """Return the server's processes that serve the store."""
    rows = await other_client.fetch(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'waypost' ORDER BY pid"
    )
    return [row["pid"] for row in rows]


async def test_strangers_do_not_wait(storage: SqlStorage) -> None:
    """Two transactions that change different things are open at once."""
    async with storage.transaction() as first, storage.transaction() as second:
        await first.links.add([link(1)])
        await second.links.add([link(2)])
        await first.clicks.hold({"journal": [1, 2]})
        await second.clicks.hold({"journal": [3, 4]})
    assert len(await storage.links.newest(limit=9)) == 2


async def test_lane_is_held_by_one(storage: SqlStorage) -> None:
    """A lane is one worker's, for clicks of all journals."""
    async with storage.transaction() as first:
        await first.clicks.hold({"journal": [1, 2]})
        with pytest.raises(BackendUnavailable):
            async with storage.transaction() as second:
                await second.clicks.hold({"other": [2]})
    async with storage.transaction() as second:
        assert set((await second.clicks.hold({"other": [2]}))["other"]) == {2}


async def test_taken_events_are_skipped(storage: SqlStorage) -> None:
    """A relay does not wait for another relay."""
    event = LinkEvent(kind=LinkEventKind.CREATED, link=link(1), occurred_at=NOON)
    async with storage.transaction() as transaction:
        await transaction.outbox.add([event] * 3, reader=CACHES.name)
    async with storage.transaction() as first, storage.transaction() as second:
        taken = (
            await first.outbox.take(reader=CACHES.name, limit=1),
            await second.outbox.take(reader=CACHES.name, limit=9),
        )
        await first.outbox.remove([each.id for each in taken[0]])
    assert [len(each) for each in taken] == [1, 2]
    assert taken[0][0].id < taken[1][0].id < taken[1][1].id


async def test_ids_are_above_the_links(
    storage: SqlStorage, other_client: asyncpg.Connection
) -> None:
    """Neither a lost counter nor one behind the links makes an id come twice."""
    blocks = SqlBlocks(storage.database, name="ids")
    starts = [(await blocks.lease(10)).start]
    await add(storage, link(700))
    starts += [(await blocks.lease(5)).start for _ in range(2)]
    await other_client.execute("DELETE FROM id_allocators")
    starts.append((await blocks.lease(5)).start)
    assert starts == [1, 701, 706, 701]


async def test_lost_race_keeps_the_session(
    storage: SqlStorage, other_client: asyncpg.Connection
) -> None:
    """A statement that waits too long for a lock is refused; the next one works."""
    await add(storage, link(1))
    before = await sessions(other_client)
    async with other_client.transaction():
        await other_client.execute("LOCK TABLE links IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(BackendUnavailable):
            await add(storage, link(2))
        with pytest.raises(BackendUnavailable):
            await storage.links.by_code("code1")
    assert await storage.links.by_code("code1") == link(1)
    await add(storage, link(2))
    assert before == await sessions(other_client)


async def test_slow_statement_ends_on_the_server(
    storage: SqlStorage, other_client: asyncpg.Connection
) -> None:
    """A refused statement does not continue on the server."""
    with pytest.raises(BackendUnavailable):
        await storage.database.read(
            lambda connection: connection.exec_driver_sql("SELECT pg_sleep(60)")
        )
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sl%'"
    assert await other_client.fetchval(f"{sleeping} AND state = 'active'") == 0


async def test_ended_sessions_are_replaced(
    storage: SqlStorage, other_client: asyncpg.Connection
) -> None:
    """If an operator ends the store's sessions, no request fails."""
    await asyncio.gather(*(add(storage, link(number)) for number in range(9)))
    before = await sessions(other_client)
    for pid in before:
        await other_client.execute("SELECT pg_terminate_backend($1, 5000)", pid)
    found = await asyncio.gather(*(storage.links.by_code("code1") for _ in range(9)))
    assert found == [link(1)] * 9
    assert len(before) == 2
    assert not set(before) & set(await sessions(other_client))


async def test_session_ended_under_a_reader(
    storage: SqlStorage, other_client: asyncpg.Connection
) -> None:
    """A query whose connection dies before it was answered is asked again."""
    asked: list[int] = []

    def ask(connection: object) -> int:
        asked.append(1)
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()  # type: ignore[attr-defined]  # any connection
        if len(asked) == 1:
            end = f"SELECT pg_terminate_backend({pid})"
            connection.exec_driver_sql(end)  # type: ignore[attr-defined]  # as above
        return len(asked)

    assert await storage.database.read(ask) == 2


async def test_waiting_for_a_connection_is_bounded(storage: SqlStorage) -> None:
    """While others have all connections, one more is refused in time."""
    async with storage.transaction() as first, storage.transaction() as second:
        await first.links.add([link(1)])
        await second.links.add([link(2)])
        with pytest.raises(BackendUnavailable):
            await storage.ping()
    await storage.ping()


@pytest.mark.slow
async def test_cancelled_tasks_leak_no_connection(
    storage: SqlStorage, other_client: asyncpg.Connection
) -> None:
    """However many clients leave while they wait, the connections are there again."""
    for number in range(100):
        tasks = [
            asyncio.create_task(add(storage, link(number))),
            asyncio.create_task(storage.ping()),
            asyncio.create_task(storage.ping()),
        ]
        for _ in range(number % 25):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    async with storage.transaction() as first, storage.transaction() as second:
        await first.links.add([link(1_001)])
        await second.links.add([link(1_002)])
    assert len(await sessions(other_client)) == 2


async def test_failure_is_logged_once_and_without_data(
    storage: SqlStorage, other_client: asyncpg.Connection
) -> None:
    """An outage is one line; neither it nor the exception contains the target."""
    await other_client.execute(
        "ALTER TABLE links ADD CHECK (target NOT LIKE '%secret%')"
    )
    with capture_logs() as logs:
        for number in range(5):
            with pytest.raises(BackendUnavailable) as refusal:
                await add(storage, link(number, target="https://secret.example/"))
            assert "secret.example" not in f"{refusal.value} {logs}"
    assert logs == [
        {
            "event": "database.failed",
            "log_level": "warning",
            "error": "CheckViolationError",
            "reason": "23514",
        }
    ]


async def test_missing_database_is_refused(postgres_url: str) -> None:
    """The error names a database that does not exist, and what to do."""
    url = urlsplit(postgres_url)._replace(path="/nowhere").geturl()
    advice = r"has no database nowhere\. Make it with createdb"
    with pytest.raises(DatabaseRefused, match=advice):
        await SqlStorage.open(url, timeout_seconds=5)
    with pytest.raises(DatabaseRefused, match=advice):
        migrate.upgrade(url)


@pytest.mark.slow
async def test_wrong_password_is_refused(fresh_postgres: FreshPostgres) -> None:
    """The error of a refused user is without the password."""
    server = fresh_postgres()
    in_postgres(server.url, "CREATE ROLE visitor LOGIN PASSWORD 'right'")
    rules = server.folder / "data" / "pg_hba.conf"
    rules.write_text("host all all 127.0.0.1/32 scram-sha-256\n")
    in_postgres(server.url, "SELECT pg_reload_conf()")
    url = f"postgresql://visitor:{{}}@127.0.0.1:{server.port}/postgres"
    with pytest.raises(DatabaseRefused, match="user visitor in") as refusal:
        await SqlStorage.open(url.format("hush%40"), timeout_seconds=5)
    assert "hush" not in str(refusal.value)
    with pytest.raises(DatabaseRefused, match="user visitor in"):
        migrate.needs_upgrade(url.format("hush%40"))
    with pytest.raises(DatabaseRefused, match="Make the user the owner"):
        migrate.upgrade(url.format("right"))


async def test_missing_server_is_unavailable() -> None:
    """A server that does not answer may start: no permanent refusal."""
    url = "postgresql://waypost:secret@127.0.0.1:1/waypost"
    with pytest.raises(BackendUnavailable) as refusal:
        await SqlStorage.open(url, timeout_seconds=5)
    assert "secret" not in f"{refusal.value.__cause__}"
    with pytest.raises(BackendUnavailable):
        migrate.needs_upgrade(url)


@pytest.mark.parametrize(
    "url", ["postgresql://user:hush/hush@host/x", "postgresql://host:port/x"]
)
async def test_senseless_url_is_refused(url: str) -> None:
    """A URL that cannot be understood is refused with an example, and not repeated."""
    with pytest.raises(DatabaseRefused, match="It looks like postgresql://") as refused:
        await SqlStorage.open(url, timeout_seconds=1)
    assert "hush" not in str(refused.value)
    with pytest.raises(DatabaseRefused, match="It looks like postgresql://"):
        migrate.needs_upgrade(url)


async def test_missing_driver_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the driver the refusal says what to install."""
    monkeypatch.setattr(opening, "find_spec", lambda name: None)
    url = "postgresql://127.0.0.1:1/waypost"
    advice = r"`make drivers`, or `.venv/bin/pip install -e '\.\[postgres\]'`"
    with pytest.raises(DatabaseRefused, match=advice):
        await SqlStorage.open(url, timeout_seconds=1)
    with pytest.raises(DatabaseRefused, match=advice):
        migrate.needs_upgrade(url)


async def test_database_without_tables_is_reported(postgres_url: str) -> None:
    """A database without a schema is refused."""
    storage = await SqlStorage.open(postgres_url, timeout_seconds=5)
    with pytest.raises(BackendUnavailable):
        await storage.ping()
    await storage.aclose()
