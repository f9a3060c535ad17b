"""The tables of the store: the same in SQLite and PostgreSQL but for their types."""

from typing import Final

from waypost.adapters.columns.drivers.connection import SCHEMA, Connection
from waypost.domain.errors import Unusable

VERSION: Final = 1
"""Raised by a change that an older release cannot write beside."""

_TABLES: Final = """
-- How far upkeep has come, and what counts up: see `state`.
CREATE TABLE IF NOT EXISTS click_state (
    name TEXT PRIMARY KEY, value {bigint} NOT NULL);
-- The values of dimensions, and the ids of journals. 0 stands for unknown.
CREATE TABLE IF NOT EXISTS click_values (
    dimension {int} NOT NULL, id {int} NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (dimension, id), UNIQUE (dimension, value));
-- How many values were new among the clicks of a day.
CREATE TABLE IF NOT EXISTS click_new_values (
    dimension {int} NOT NULL, day {int} NOT NULL, number {int} NOT NULL,
    PRIMARY KEY (dimension, day));
-- Batches as they arrived.
CREATE TABLE IF NOT EXISTS click_tail (
    id {identity}, rows {int} NOT NULL,
    first_day {int} NOT NULL, last_day {int} NOT NULL, data {bytes} NOT NULL);
-- A day is answered from its roll-ups where rolled = version, or it has expired.
CREATE TABLE IF NOT EXISTS click_days (
    day {int} PRIMARY KEY, rows {bigint} NOT NULL, visitors {bigint} NOT NULL,
    version {int} NOT NULL, rolled {int} NOT NULL, sealed_at {bigint} NOT NULL,
    expired {int} NOT NULL);
CREATE TABLE IF NOT EXISTS click_chunks (
    id {bigint} PRIMARY KEY, day {int} NOT NULL, run {int} NOT NULL,
    first_link {bigint} NOT NULL, last_link {bigint} NOT NULL, rows {int} NOT NULL);
CREATE INDEX IF NOT EXISTS click_chunks_day ON click_chunks (day);
-- id = column << 40 | chunk: one column of many chunks is one range.
CREATE TABLE IF NOT EXISTS click_columns (
    id {bigint} PRIMARY KEY, form {int} NOT NULL, data {bytes});
-- The hashes of a day's visitors, ascending, and their numbers. Short-lived.
CREATE TABLE IF NOT EXISTS click_visitors (
    day {int} PRIMARY KEY, hashes {bytes} NOT NULL, numbers {bytes} NOT NULL);
CREATE TABLE IF NOT EXISTS click_salts (
    day {int} PRIMARY KEY, salt {bytes} NOT NULL);
-- Scope 0 is everything, else a link's id. Of a month, day is its first day.
CREATE TABLE IF NOT EXISTS click_rollups (
    scope {bigint} NOT NULL, is_month {int} NOT NULL, day {int} NOT NULL,
    clicks {bigint} NOT NULL, data {bytes} NOT NULL,
    PRIMARY KEY (scope, is_month, day)){without_rowid};
CREATE INDEX IF NOT EXISTS click_rollups_day ON click_rollups (day);
-- What is stored, by which no click is stored twice.
CREATE TABLE IF NOT EXISTS click_ranges (
    journal TEXT NOT NULL, lane {int} NOT NULL,
    first {bigint} NOT NULL, last {bigint} NOT NULL,
    PRIMARY KEY (journal, lane, first)){without_rowid};
CREATE TABLE IF NOT EXISTS click_positions (
    journal TEXT PRIMARY KEY, segment {bigint} NOT NULL, place {bigint} NOT NULL);
CREATE TABLE IF NOT EXISTS click_sources (
    source TEXT PRIMARY KEY, as_of_ms {bigint} NOT NULL);
INSERT INTO click_state VALUES ('schema', 1), ('revision', 0), ('next_chunk', 1),
    ('hashes_from', 0), ('compacted_at', 0) ON CONFLICT (name) DO NOTHING;
"""
SQLITE: Final = {
    "int": "INTEGER",
    "bigint": "INTEGER",
    "bytes": "BLOB",
    "identity": "INTEGER PRIMARY KEY",
    "without_rowid": " WITHOUT ROWID",
}
POSTGRES: Final = {
    "int": "INTEGER",
    "bigint": "BIGINT",
    "bytes": "BYTEA",
    "identity": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    "without_rowid": "",
}
_POSTGRES_STORAGE: Final = (
    # The columns are short already: compressing them costs time and saves nothing.
    "ALTER TABLE click_columns ALTER data SET STORAGE EXTERNAL",
    "ALTER TABLE click_tail ALTER data SET STORAGE EXTERNAL",
    "ALTER TABLE click_rollups ALTER data SET STORAGE EXTERNAL",
)


def prepare(connection: Connection, types: dict[str, str]) -> None:
    """Make the tables that are missing.

    Raises:
        Unusable: A newer release has made them, in a way that this one cannot use.
        BackendUnavailable: The database cannot be written.
    """
    with connection.writing():
        connection.lock(SCHEMA)
        lines = _TABLES.format(**types).splitlines()
        tables = "\n".join(line for line in lines if not line.startswith("--"))
        for statement in tables.strip().split(";\n"):
            connection.run(statement.rstrip(";"))
        if types is POSTGRES:
            for statement in _POSTGRES_STORAGE:
                connection.run(statement)
        version = state(connection, "schema")
        if version > VERSION:
            raise Unusable(
                f"The clicks' tables have version {version}, and this release knows "
                f"{VERSION}. Use the release that made them, or a newer one."
            )


def state(connection: Connection, name: str) -> int:
    """Return the number called *name*."""
    rows: list[tuple[int]] = connection.fetch(
        "SELECT value FROM click_state WHERE name = ?", name
    )
    ((value,),) = rows
    return value


def set_state(connection: Connection, name: str, value: int) -> None:
    """Set the number called *name*."""
    connection.run("UPDATE click_state SET value = ? WHERE name = ?", value, name)


def raise_revision(connection: Connection) -> None:
    """Note that numbers may have fallen."""
    connection.run("UPDATE click_state SET value = value + 1 WHERE name = 'revision'")
