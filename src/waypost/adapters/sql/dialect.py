"""The few constructs that SQLite and PostgreSQL write differently.

A batch is one parameter, JSON text: `[[1, "a"], [2, "b"]]`. So it is one statement
and one round trip at any size, and a thread need not take the interpreter's lock back
from the redirects between two rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import IntEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Executable,
    Integer,
    Table,
    Text,
    bindparam,
    cast,
    collate,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.types import JSON, TypeEngine

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresInsert

SQLITE: Final = "sqlite"

Insert: TypeAlias = "SqliteInsert | PostgresInsert"

Type: TypeAlias = type[Text | Integer] | TypeEngine[int] | TypeEngine[datetime]


class Locks(IntEnum):
    """What can be locked by number."""

    SCHEMA = 0x5741_0000
    LANES = 0x5741_0001
    GAPS = 0x5741_0002
    BLOCKS = 0x5741_0003
    LISTS = 0x5741_0004
    KEYS = 0x5741_0005
    ORPHANS = 0x5741_0006
    DOMAINS = 0x5741_0007
    TAGS = 0x5741_0008
    UTM_TEMPLATES = 0x5741_0009
    EXTERNAL_IDS = 0x5741_000A
    CODES = 0x5741_000B


def inserting(dialect: str, table: Table) -> Insert:  # type: ignore[explicit-any]  # in SQLAlchemy's classes
    """Return an INSERT into *table* that supports ON CONFLICT."""
    if dialect == SQLITE:
        return sqlite_insert(table)
    # Here, because it takes 60 ms that a start with SQLite does not need.
    from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415 - see above

    return insert(table)


def columns_of(
    dialect: str, parameter: str, *types: Type
) -> tuple[ColumnElement[object], ...]:
    """Return the columns, of these *types*, of the batch in *parameter*."""
    text = bindparam(parameter, type_=Text)
    if dialect == SQLITE:
        value = func.json_each(text).table_valued("value").c.value
        return tuple(
            func.json_extract(value, literal_column(f"'$[{at}]'"))
            for at in range(len(types))
        )
    value = func.json_array_elements(cast(text, JSON)).table_valued("value").c.value
    fields = (value.op("->>")(literal_column(f"{at}")) for at in range(len(types)))
    return tuple(_typed(field, of) for field, of in zip(fields, types, strict=True))


def pairs_of(
    dialect: str, parameter: str
) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Return the keys and the values of the numbers in *parameter*, see `pairs`.

    Half of the work of `columns_of`, because no row is taken apart.
    """
    text = bindparam(parameter, type_=Text)
    if dialect == SQLITE:
        each = func.json_each(text)
    else:
        each = func.json_each_text(cast(text, JSON))
    rows = each.table_valued("key", "value")
    return cast(rows.c.key, BigInteger), cast(rows.c.value, BigInteger)


def _typed(field: ColumnElement[str], of: Type) -> ColumnElement[object]:
    # A moment is written as SQLite keeps it: in UTC, without a time zone.
    is_moment = isinstance(of, DateTime)
    return cast(field.op("||")("+00") if is_moment else field, of)


def batch(rows: Iterable[Sequence[object]]) -> str:
    """Return *rows* as the parameter of a batch."""
    return msgspec.json.encode(list(rows)).decode()


def pairs(numbers: Mapping[int, int]) -> str:
    """Return *numbers* as the parameter of `pairs_of`: `{"1": 2}`."""
    return msgspec.json.encode(dict(numbers)).decode()


@lru_cache(maxsize=256)
def moment(value: datetime) -> str:
    """Return *value* as it is written in a batch.

    The rows of a batch have few moments, mostly.
    """
    naive = value.astimezone(UTC).replace(tzinfo=None)
    return naive.isoformat(" ", "microseconds")


def lock(connection: Connection, what: Locks, numbers: Iterable[int]) -> None:
    """Keep other transactions from locking the same *numbers* until this one ends.

    On SQLite a transaction that writes has the database to itself.
    """
    if connection.dialect.name == SQLITE:
        return
    # Every transaction locks in this order, so that no deadlock can occur.
    ordered = batch([number] for number in sorted(set(numbers)))
    connection.execute(_locking(connection.dialect.name, what), {"numbers": ordered})


@cache
def _locking(dialect: str, what: Locks) -> Executable:
    (number,) = columns_of(dialect, "numbers", Integer)
    locking = func.pg_advisory_xact_lock(literal_column(f"{what:d}"), number)
    return select(func.count(locking))


# A server that answers before it writes, which an operator may configure for speed,
# would give the same again after a crash.
_ON_DISK_FIRST: Final = text(
    "SELECT set_config('synchronous_commit', 'on', true)"
    " WHERE current_setting('synchronous_commit') = 'off'"
)


def write_before_answering(connection: Connection) -> None:
    """Make the commit of this transaction survive a crash of the server."""
    if connection.dialect.name != SQLITE:
        connection.execute(_ON_DISK_FIRST)


def ordered(
    connection: Connection, key: Column[object]
) -> ColumnElement[object] | ColumnElement[str]:
    """Return *key* as a sort key: text by its bytes, not by a language."""
    if connection.dialect.name == SQLITE or not isinstance(key.type, Text):
        return key
    return collate(key, "C")


def begin_snapshot(connection: Connection) -> None:
    """Make all later reads of this transaction see one moment."""
    if connection.dialect.name == SQLITE:
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
        return
    connection.execute(
        text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    )
    connection.execute(text("SELECT 1"))
