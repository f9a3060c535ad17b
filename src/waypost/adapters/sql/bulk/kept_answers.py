"""First answers to requests as rows; `ports.bulk.answers`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import (
    Connection,
    DateTime,
    Executable,
    Integer,
    Text,
    bindparam,
    delete,
    select,
    true,
)

from waypost.adapters.sql.database import Database, DatabaseTransaction
from waypost.adapters.sql.dialect import batch, columns_of, inserting, moment
from waypost.adapters.sql.schema.answer_tables import kept_answers
from waypost.ports.bulk.answers import KEPT, KeptAnswer

_COLUMNS: Final = kept_answers.c
_ONE: Final = select(kept_answers).where(
    _COLUMNS.name == bindparam("of", type_=Text),
    _COLUMNS.stored_at > bindparam("since", type_=_COLUMNS.stored_at.type),
)
_OLD: Final = (
    select(_COLUMNS.name)
    .where(_COLUMNS.stored_at <= bindparam("until", type_=_COLUMNS.stored_at.type))
    .order_by(_COLUMNS.stored_at)
    .limit(bindparam("most", type_=Integer))
)
_FORGET: Final = delete(kept_answers).where(_COLUMNS.name.in_(_OLD.scalar_subquery()))


class SqlKeptAnswers:
    """Look-ups of what is committed. Described at the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_name(self, name: str, *, now: datetime) -> KeptAnswer | None:
        """Return the answer to the request of this name, if one was kept lately."""
        return await self._database.read(_answer_of, name, now)


class SqlAnswerWriter:
    """Changes, inside a transaction. Described at the port."""

    def __init__(self, transaction: DatabaseTransaction) -> None:
        self._transaction = transaction

    async def add(
        self, answers: Sequence[KeptAnswer], *, at: datetime
    ) -> frozenset[str]:
        """Keep *answers*; return the names of those that are kept from now on."""
        return await self._transaction.run(_add, answers, at)

    async def remove(self, names: Collection[str]) -> None:
        """Forget answers that this transaction has added."""
        await self._transaction.run(_remove, names)

    async def forget(self, *, before: datetime, limit: int) -> int:
        """Forget up to *limit* answers from *before* a moment; return how many."""
        return await self._transaction.run(_forget, before, limit)


@cache
def _adding(dialect: str) -> Executable:
    types = (Text, Text, Text, DateTime(timezone=True))
    rows = select(*columns_of(dialect, "answers", *types)).where(true())
    adding = inserting(dialect, kept_answers).from_select([*_COLUMNS.keys()], rows)
    is_old = _COLUMNS.stored_at <= bindparam("until", type_=_COLUMNS.stored_at.type)
    new = {name: adding.excluded[name] for name in ("digest", "answer", "stored_at")}
    return adding.on_conflict_do_update(
        index_elements=["name"], set_=new, where=is_old
    ).returning(_COLUMNS.name)


def _answer_of(connection: Connection, name: str, now: datetime) -> KeptAnswer | None:
    values = {"of": name, "since": now - KEPT}
    row = connection.execute(_ONE, values).mappings().first()
    if row is None:
        return None
    return KeptAnswer(name=row["name"], digest=row["digest"], answer=row["answer"])


def _add(
    connection: Connection, answers: Sequence[KeptAnswer], at: datetime
) -> frozenset[str]:
    stored_at = moment(at)
    # Of two with the same name the first one. Every transaction uses this order, so
    # that no deadlock can occur.
    by_name = {one.name: one for one in reversed(answers)}
    rows = [
        (one.name, one.digest, one.answer, stored_at)
        for _, one in sorted(by_name.items())
    ]
    values = {"answers": batch(rows), "until": at - KEPT}
    adding = _adding(connection.dialect.name)
    return frozenset(connection.scalars(adding, values))


def _remove(connection: Connection, names: Collection[str]) -> None:
    connection.execute(delete(kept_answers).where(_COLUMNS.name.in_(sorted(names))))


def _forget(connection: Connection, before: datetime, limit: int) -> int:
    return connection.execute(_FORGET, {"until": before, "most": limit}).rowcount
