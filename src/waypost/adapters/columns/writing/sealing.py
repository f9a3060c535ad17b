"""Seals the days that are over: one run, and roll-ups."""

from typing import NamedTuple

from waypost.adapters.columns.chunks import (
    Chunk,
    EncodedRun,
    chunks_of,
    delete_chunks,
    encode_run,
    read_day,
    sorted_by_link,
    write_run,
)
from waypost.adapters.columns.drivers.connection import Connection, changing
from waypost.adapters.columns.rolling.making import Scoped, rollups_of
from waypost.adapters.columns.rolling.storing import store_day


class Sealed(NamedTuple):
    """What a seal will write, computed from one version of a day."""

    day: int
    version: int
    chunks: list[Chunk]
    run: EncodedRun | None
    """None: the day has one run already."""
    rollups: list[Scoped]


def unsealed_days(connection: Connection, *, until: int, sealed_before_ms: int) -> int:
    """Return the first day before *until* to be sealed, or -1.

    A day that has got late clicks is sealed again if its last seal is older than
    *sealed_before_ms*.
    """
    rows: list[tuple[int]] = connection.fetch(
        "SELECT coalesce(min(day), -1) FROM click_days "
        "WHERE day < ? AND rolled <> version AND sealed_at <= ? AND expired = 0",
        until,
        sealed_before_ms,
    )
    return rows[0][0]


def computed(connection: Connection, day: int) -> Sealed:
    """Return what sealing *day* will write. Nothing is locked meanwhile."""
    with connection.reading():
        version = version_of(connection, day)
        chunks = chunks_of(connection, day, day)
        if not chunks:
            # All of its clicks were erased.
            return Sealed(day, version, [], None, [])
        columns = read_day(connection, chunks)
    columns = sorted_by_link(columns)
    has_many = len({chunk.run for chunk in chunks}) > 1
    run = encode_run(columns) if has_many else None
    return Sealed(day, version, chunks, run, list(rollups_of(columns)))


def switch(connection: Connection, sealed: Sealed, *, now_ms: int) -> bool:
    """Write a computed seal; False: the day has changed, nothing is written."""
    with changing(connection):
        if version_of(connection, sealed.day) != sealed.version:
            return False
        if sealed.run is not None:
            delete_chunks(connection, [chunk.id for chunk in sealed.chunks])
            write_run(connection, sealed.day, sealed.run)
        store_day(connection, sealed.day, sealed.rollups)
        connection.run(
            "UPDATE click_days SET rolled = version, sealed_at = ? WHERE day = ?",
            now_ms,
            sealed.day,
        )
    return True


def version_of(connection: Connection, day: int) -> int:
    """Return the version of *day*; 0: nothing is known of it."""
    rows: list[tuple[int]] = connection.fetch(
        "SELECT version FROM click_days WHERE day = ?", day
    )
    return rows[0][0] if rows else 0
