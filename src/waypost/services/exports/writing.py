"""Writing a table, piece by piece: no faster than the pieces are taken."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from typing import Final

from waypost.ports.batch.tables import Columns, Field, TableForm

_PIECE: Final = 256 * 1024
"""Bytes of a piece at most: one is held for each reader that is slow."""


async def written(
    table: AsyncGenerator[Columns], *, fields: Sequence[Field], form: TableForm
) -> AsyncGenerator[bytes]:
    """Yield *table* in *form*. There is at least one piece, which may be empty.

    What *table* raises ends the pieces before the table is complete.
    """
    # In threads: what writes a form may have to be imported, and redirects go on.
    writer = await asyncio.to_thread(form.open, fields)
    async with aclosing(table):
        async for columns in table:
            for some in _parts(columns, form.rows):
                for piece in _cut(await asyncio.to_thread(writer.write, some)):
                    yield piece
    rest = await asyncio.to_thread(writer.end)
    for piece in _cut(rest) or [b""]:
        yield piece


def _parts(columns: Columns, rows: int) -> Iterator[Columns]:
    count = len(columns[0])
    if count <= rows:
        yield columns
        return
    for start in range(0, count, rows):
        yield [column.part(start, min(start + rows, count)) for column in columns]


def _cut(content: bytes) -> Sequence[bytes]:
    return [content[at : at + _PIECE] for at in range(0, len(content), _PIECE)]
