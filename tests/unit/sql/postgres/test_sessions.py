"""Which connections to PostgreSQL are kept, how many there are, and when they end."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import asyncpg
import pytest
from sqlalchemy import Connection

from tests.slow_proxy import slow_proxy
from waypost.adapters.sql.postgres.session import Session
from waypost.adapters.sql.postgres.sessions import Sessions
from waypost.domain.errors import BackendUnavailable

SIZE = 3
PLENTY = 60.0


@pytest.fixture
def url(migrated_postgres_url: str) -> str:
    """Where the database is."""
    return migrated_postgres_url


@pytest.fixture
async def sessions(url: str) -> AsyncIterator[Sessions]:
    """Up to three connections, none yet."""
    sessions = Sessions(url, size=SIZE, timeout_seconds=PLENTY)
    yield sessions
    await sessions.aclose()


@pytest.fixture
async def observer(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of its own to the same database."""
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


def process_of(connection: Connection) -> int:
    """Return which process of the server answers."""
    return int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


def sleep_briefly(connection: Connection) -> None:
    """Keep the connection busy for a moment."""
    connection.exec_driver_sql("SELECT pg_sleep(0.01)")


async def lend(sessions: Sessions, *, is_reading: bool = True) -> tuple[Session, int]:
    """Return a session and the process of the server that serves it."""
    return await sessions.begin(process_of, is_reading=is_reading)


async def lend_all(sessions: Sessions) -> list[int]:
    """Use every connection at once; return the server's processes."""
    lent = await asyncio.gather(*(lend(sessions) for _ in range(SIZE)))
    for session, _ in lent:
        await sessions.give_back(session)
    return sorted(process for _, process in lent)


async def processes(observer: asyncpg.Connection) -> list[int]:
    """Return the processes of the server that serve the sessions."""
    rows = await observer.fetch(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'waypost' ORDER BY pid"
    )
    return [row["pid"] for row in rows]


async def test_a_connection_is_opened_when_no_idle_one_is_left(
    sessions: Sessions, observer: asyncpg.Connection
) -> None:
    """Uses one after another share a connection; uses at once have one each."""
    found = []
    for is_reading in (True, False, True):
        session, process = await lend(sessions, is_reading=is_reading)
        found.append(process)
        await sessions.give_back(session)
    assert await processes(observer) == [found[0]]
    assert len(set(found)) == 1
    assert len(set(await lend_all(sessions))) == SIZE
    assert await lend_all(sessions) == await processes(observer)


async def test_reading_has_no_transaction(sessions: Sessions) -> None:
    """On one connection a write is in a transaction, and a read before and after not.

    Two statements see the same moment only in a transaction.
    """

    def is_one_moment(connection: Connection) -> bool:
        first, second = (
            connection.exec_driver_sql("SELECT now()").scalar_one() for _ in range(2)
        )
        return bool(first == second)

    answers = []
    for is_reading in (True, False, True, False):
        session, answer = await sessions.begin(is_one_moment, is_reading=is_reading)
        answers.append(answer)
        await sessions.give_back(session)
    assert answers == [False, True, False, True]


async def test_what_is_not_committed_is_undone(sessions: Sessions) -> None:
    """The next user of a connection finds nothing of its last one's transaction."""

    def create(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TEMPORARY TABLE leftover (value int)")

    def is_left(connection: Connection) -> bool:
        found = connection.exec_driver_sql("SELECT to_regclass('leftover')")
        return found.scalar_one() is not None

    session, _ = await sessions.begin(create, is_reading=False)
    await sessions.give_back(session)
    session, is_there = await sessions.begin(is_left, is_reading=True)
    await sessions.give_back(session)
    assert not is_there


async def test_a_refused_statement_costs_no_connection(
    sessions: Sessions, observer: asyncpg.Connection
) -> None:
    """After an error of the server the same connection is used again."""
    before = await lend_all(sessions)
    for is_reading in (True, False):
        with pytest.raises(BackendUnavailable):
            await sessions.begin(
                lambda connection: connection.exec_driver_sql("SELECT 1/0"),
                is_reading=is_reading,
            )
    assert await lend_all(sessions) == before == await processes(observer)


async def test_a_failed_opening_lets_others_try(url: str) -> None:
    """Openings that fail use up none of the connections."""
    missing = urlsplit(url)._replace(path="/nowhere").geturl()
    nowhere = Sessions(missing, size=1, timeout_seconds=PLENTY)
    for _ in range(SIZE):
        with pytest.raises(BackendUnavailable):
            await lend(nowhere)
    await nowhere.aclose()


async def test_who_leaves_the_queue_takes_no_place_with_it(sessions: Sessions) -> None:
    """Of the callers in the queue some are cancelled; the rest is served in turn."""
    lent = [await lend(sessions) for _ in range(SIZE)]
    waiting = [asyncio.create_task(lend(sessions)) for _ in range(6)]
    await asyncio.sleep(0)
    for task in waiting[::2]:
        task.cancel()
    await sessions.give_back(lent.pop()[0])
    # It leaves at the moment at which it would be served.
    waiting[1].cancel()
    outcomes = await asyncio.gather(*waiting[:4], return_exceptions=True)
    assert [type(outcome) for outcome in outcomes[:3]] == [asyncio.CancelledError] * 3
    lent.append(await waiting[3])
    await sessions.give_back(lent.pop()[0])
    lent.append(await waiting[5])
    for session, _ in lent:
        await sessions.give_back(session)
    assert len(set(await lend_all(sessions))) == SIZE


@pytest.mark.slow
async def test_bound_is_kept_however_many_leave(
    sessions: Sessions, observer: asyncpg.Connection
) -> None:
    """Uses that are cancelled at any moment leave no connection behind, nor a gap."""

    async def use(number: int) -> None:
        session, _ = await sessions.begin(sleep_briefly, is_reading=bool(number % 2))
        # Also while it is rolled back.
        await sessions.give_back(session)

    for number in range(40):
        tasks = [asyncio.create_task(use(each)) for each in range(3 * SIZE)]
        for _ in range(number):
            await asyncio.sleep(0)
        for task in tasks[number % 3 :: 2]:
            task.cancel()
        await asyncio.wait(tasks)
        assert {type(task.exception()) for task in tasks if not task.cancelled()} <= {
            type(None)
        }
    used = await lend_all(sessions)
    assert len(set(used)) == SIZE
    while await processes(observer) != used:  # noqa: ASYNC110  # others end late
        await asyncio.sleep(0.02)


async def test_kept_connections_that_are_dead_cost_no_request(url: str) -> None:
    """Where each kept connection fails only when it is used, every use succeeds."""
    port = urlsplit(url).port
    assert port is not None
    async with slow_proxy(port) as proxy:
        behind = url.replace(f":{port}/", f":{proxy.port}/")
        sessions = Sessions(behind, size=SIZE, timeout_seconds=PLENTY)
        before = await lend_all(sessions)
        proxy.forget()
        session, process = await lend(sessions)
        await sessions.give_back(session)
        after = await lend_all(sessions)
        assert process in after
        assert not set(before) & set(after)
        await sessions.aclose()


async def test_closing_waits_for_what_is_lent(
    sessions: Sessions, observer: asyncpg.Connection
) -> None:
    """What is under way is done to its end; then nothing is open, and nothing opens."""
    session, _ = await lend(sessions)
    waiting = [asyncio.create_task(lend(sessions)) for _ in range(SIZE)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(sessions.aclose())
    await asyncio.sleep(0)
    with pytest.raises(BackendUnavailable):
        await lend(sessions)
    await session.run(process_of)
    await sessions.give_back(session)
    for served in asyncio.as_completed(waiting):
        await sessions.give_back((await served)[0])
    await closing
    await nothing_is_open(observer)
    await sessions.aclose()


async def test_closing_terminates_what_stays_lent(
    url: str, observer: asyncpg.Connection
) -> None:
    """A connection that is not given back in time is closed all the same."""
    sessions = Sessions(url, size=SIZE, timeout_seconds=2)
    session, _ = await lend(sessions)
    await sessions.aclose()
    await nothing_is_open(observer)
    with pytest.raises(BackendUnavailable):
        await session.run(process_of)
    await sessions.give_back(session)


async def nothing_is_open(observer: asyncpg.Connection) -> None:
    """Wait until the server has no connection of the sessions."""
    while await processes(observer):  # noqa: ASYNC110  # the server sends no event
        await asyncio.sleep(0.02)
