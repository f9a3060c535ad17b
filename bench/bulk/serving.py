"""What a server and its database use for links that are made over HTTP."""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final, Self, TypeAlias

import asyncpg
from cluster.servers.postgres import PostgresServer, new_database_name

from bench.bulk.stream import TOKEN, by_lists, by_stream
from bench.servers import SERVE, Server, waypost
from bench.usage import cpu_seconds_of, thread_seconds_of, usage_of

Making: TypeAlias = Callable[[Server, int], None]

FORMS: Final[dict[str, Making]] = {"stream": by_stream, "lists": by_lists}
_FIRST: Final = 2_000
"""Links that are made before anything is measured."""
_SETTLED_SECONDS: Final = 3.0
"""After that their entries are in the files of the audit trail."""
_REST_SECONDS: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured, in microseconds of the processor for a link.

    Without what a server at rest uses in the same time.
    """

    rate: float
    """Links a second, of which others on this machine may take a part."""
    loop: float
    """Of the server's first thread, which answers."""
    others: float
    """Of its other threads; SQLite works in one of them."""
    database: float
    """Of all processes of PostgreSQL."""

    @classmethod
    def medians(cls, of: Sequence[Self]) -> Self:
        """Return the middle of each figure."""
        names = cls.__slots__
        return cls(**{name: median(getattr(one, name) for one in of) for name in names})

    @property
    def used(self) -> float:
        """Of all of them together."""
        return self.loop + self.others + self.database


@dataclass(frozen=True, slots=True)
class Release:
    """The code that serves."""

    name: str
    source: Path

    @property
    def command(self) -> Sequence[str]:
        """What runs its server."""
        return ("env", f"PYTHONPATH={self.source}", *SERVE)

    def measure(
        self, form: str, number: int, *, folder: Path, postgres: PostgresServer | None
    ) -> Figures:
        """Return what *number* links in an empty database take.

        Raises:
            BenchError: Some were not made.
        """
        with _served(self, folder, postgres) as server:
            FORMS[form](server, _FIRST)
            at_rest = _used_at_rest(server, postgres)
            before, began = _used(server, postgres), time.perf_counter()
            FORMS[form](server, number)
            took = time.perf_counter() - began
            used = [
                (after - earlier - rest * took) / number * 1e6
                for after, earlier, rest in zip(
                    _used(server, postgres), before, at_rest, strict=True
                )
            ]
        return Figures(
            rate=number / took, loop=used[0], others=used[1], database=used[2]
        )


@contextmanager
def _served(
    release: Release, folder: Path, postgres: PostgresServer | None
) -> Iterator[Server]:
    folder.mkdir()
    settings = [f"ADMIN_TOKEN={TOKEN}", "REPORTS=false"]
    command = release.command
    if postgres is not None:
        url = asyncio.run(_new_database(postgres))
        command = (*command[:2], f"DATABASE_URL={url}", *command[2:])
        migrating = (*command[:-1], "migrate")
        code = os.spawnvp(os.P_WAIT, migrating[0], [*migrating])
        assert code == 0, "an empty database is migrated"
    (folder / ".env").write_text("".join(f"{one}\n" for one in settings))
    with waypost(folder, command=command) as server:
        yield server


async def _new_database(postgres: PostgresServer) -> str:
    name = new_database_name()
    connection = await asyncpg.connect(postgres.url)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    return postgres.url_of(name)


def _used_at_rest(server: Server, postgres: PostgresServer | None) -> tuple[float, ...]:
    """Return what is used in a second, whether links are made or not.

    The slower a busy machine makes links, the more of it there is for each.
    """
    time.sleep(_SETTLED_SECONDS)
    before = _used(server, postgres)
    time.sleep(_REST_SECONDS)
    after = _used(server, postgres)
    return tuple(
        (later - earlier) / _REST_SECONDS
        for earlier, later in zip(before, after, strict=True)
    )


def _used(server: Server, postgres: PostgresServer | None) -> tuple[float, ...]:
    loop = thread_seconds_of(server.pid)
    database = 0.0
    if postgres is not None and postgres.pid is not None:
        database = usage_of(postgres.pid).cpu_seconds
    return loop, cpu_seconds_of(server.pid) - loop, database


def this_release() -> Release:
    """Return the release that this benchmark is of."""
    assert sys.executable, "there is a Python"
    return Release("this", Path(__file__).parents[2] / "src")
