"""Adds each link of the benchmark again, as often as wanted, by statements alone.

To store ten million links takes hours on a busy machine, and to copy them minutes. Rows
and indexes are those of so many links. Only a code as a word is shared: that of a link
finds its copies too.
"""

import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeAlias

import asyncpg

_Run: TypeAlias = Callable[[str], Awaitable[None]]

_CACHE_KIB: Final = 2_000_000
_REPLACED: Final = {
    "id": "id + copy * {step}",
    "link_id": "link_id + copy * {step}",
    "code": "code || '-' || copy",
    "name": "name || '-' || copy",
}
"""How the copy of a column differs."""
_COLUMNS: Final = {
    "links": "id domain code target created_at updated_at version options deleted_at",
    "click_counts": "link_id clicks",
    "listed_links": (
        "link_id name created_at updated_at valid_since valid_until is_disabled "
        "is_deleted host target_key clicks words tags is_archived is_quarantined "
        "is_crawlable"
    ),
    "link_words": "word link_id",
}


async def multiply(url: str, number: int, times: int) -> None:
    """Have each of *number* links *times* times in all."""
    began = time.perf_counter()
    async with _opened(url) as run:
        for table, columns in _COLUMNS.items():
            await run(_statement(table, columns, number, times))
            print(f"{table}: {time.perf_counter() - began:,.0f} s", flush=True)
        # The triggers have noted the copies, which are listed already.
        await run(f"DELETE FROM unlisted_links WHERE link_id > {number}")


def _statement(table: str, columns: str, number: int, times: int) -> str:
    names = columns.split()
    values = [_REPLACED.get(name, name).format(step=number) for name in names]
    return (
        f"INSERT INTO {table} ({', '.join(names)}) "
        f"WITH RECURSIVE copies(copy) AS "
        f"(SELECT 1 UNION ALL SELECT copy + 1 FROM copies WHERE copy < {times - 1}) "
        f"SELECT {', '.join(values)} FROM {table} CROSS JOIN copies"
    )


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[_Run]:
    if not url.startswith("sqlite"):
        connection = await asyncpg.connect(url, command_timeout=7_200)

        async def run_there(statement: str) -> None:
            await connection.execute(statement)

        yield run_there
        await run_there("ANALYZE")
        await connection.close()
        return
    file = sqlite3.connect(Path(url.removeprefix("sqlite:///")), isolation_level=None)
    file.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    file.execute("PRAGMA synchronous = OFF")

    async def run_here(statement: str) -> None:
        file.execute(statement)

    yield run_here
    file.close()
