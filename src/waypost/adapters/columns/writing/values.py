"""Text of dimensions and journals, as numbers: each text has one id."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from waypost.adapters.columns.drivers.connection import IDS, Connection, many
from waypost.domain.analytics.dimensions import DIMENSIONS
from waypost.wire.click_store.columns import AGENT, Column, column_of

MORE: Final = "(more)"
"""Stands for the values beyond the bounds."""

_CLOSED: Final = frozenset({Column.JOURNAL})
"""What no visitor can fill with values of his own."""
_CACHED: Final = 20_000
"""How many texts a process keeps in memory for a column: of agents, up to 7 MB."""
_LONGEST: Final = {AGENT: 1000}
_LONGEST_VALUE: Final = 200

Known = dict[str | None, int]


class ValueIds:
    """Finds the ids of texts, and makes those that are missing.

    A day brings *daily* new values for a dimension at most, and there are *most* in
    all: those beyond get the id of `(more)`. So a flood of made-up referrers fills
    neither disk nor memory.
    """

    def __init__(self, *, daily: int = 10_000, most: int = 1_000_000) -> None:
        self._daily = daily
        self._most = most
        self._known: dict[int, Known] = {
            column: {None: 0} for column in (*_CLOSED, *map(column_of, DIMENSIONS))
        }

    def ids(
        self,
        connection: Connection,
        column: int,
        texts: Sequence[str | None],
        days: Sequence[int],
    ) -> list[int]:
        """Return the id of each of *texts*, in a transaction that writes.

        *days* are those of the clicks. Call `forget` if the transaction fails.
        """
        known = self._known[column]
        try:
            return [known[text] for text in texts]
        except KeyError:
            self._learn(connection, column, texts, days)
        return [known[text] for text in texts]

    def forget(self) -> None:
        """Forget all ids: some may have been undone."""
        for known in self._known.values():
            known.clear()
            known[None] = 0

    def _learn(
        self,
        connection: Connection,
        column: int,
        texts: Sequence[str | None],
        days: Sequence[int],
    ) -> None:
        known = self._known[column]
        if len(known) > _CACHED:
            known.clear()
            known[None] = 0
        missing: dict[str, int] = {}
        for text, day in zip(texts, days, strict=True):
            if text is not None and text not in known:
                missing.setdefault(text, day)
        longest = _LONGEST.get(column, _LONGEST_VALUE)
        clean = {text: _storable(text, longest) for text in missing}
        found = _stored_ids(connection, column, clean.values())
        if any(text not in found for text in clean.values()):
            # Another process may have made them before this one has the lock.
            connection.lock(IDS)
            found = _stored_ids(connection, column, clean.values())
            wanted = {text: missing[raw] for raw, text in clean.items()}
            new = {text: day for text, day in wanted.items() if text not in found}
            found |= self._make(connection, column, new)
        more = found.get(MORE, 0)
        known.update({raw: found.get(text, more) for raw, text in clean.items()})

    def _make(
        self, connection: Connection, column: int, days: dict[str, int]
    ) -> dict[str, int]:
        """Return the ids of new values, of which *days* are the clicks' days."""
        highest = _highest(connection, column)
        fitting = list(days)
        if column not in _CLOSED:
            room = {
                day: self._daily - _new_values(connection, column, day)
                for day in set(days.values())
            }
            fitting = self._fitting(days, room, self._most - highest)
        made = {text: highest + at for at, text in enumerate(fitting, 1)}
        if len(fitting) < len(days) and MORE not in made:
            made |= self._more(connection, column, highest + len(made) + 1)
        connection.run_many(
            "INSERT INTO click_values (dimension, id, value) VALUES (?, ?, ?) "
            "ON CONFLICT (dimension, value) DO NOTHING",
            [(column, number, text) for text, number in made.items()],
        )
        by_day = Counter(days[text] for text in fitting)
        connection.run_many(
            "INSERT INTO click_new_values (dimension, day, number) VALUES (?, ?, ?) "
            "ON CONFLICT (dimension, day) DO UPDATE SET "
            "number = click_new_values.number + excluded.number",
            [(column, day, number) for day, number in by_day.items()],
        )
        return made

    def _fitting(
        self, days: dict[str, int], room: dict[int, int], in_all: int
    ) -> list[str]:
        fitting: list[str] = []
        for text, day in days.items():
            if room[day] > 0 and len(fitting) < in_all:
                room[day] -= 1
                fitting.append(text)
        return fitting

    def _more(self, connection: Connection, column: int, free: int) -> dict[str, int]:
        return {MORE: _stored_ids(connection, column, [MORE]).get(MORE, free)}


def _storable(text: str, longest: int) -> str:
    """Return *text* as both databases can keep it: a click must never be refused."""
    plain = text[:longest].replace("\0", "")
    return plain.encode("utf-8", "replace").decode()


def _stored_ids(
    connection: Connection, column: int, texts: Iterable[str]
) -> dict[str, int]:
    rows: list[tuple[str, int]] = connection.fetch(
        "SELECT value, id FROM click_values WHERE dimension = ? AND value IN {texts}",
        column,
        many(sorted(set(texts))),
    )
    return dict(rows)


def _highest(connection: Connection, column: int) -> int:
    rows: list[tuple[int]] = connection.fetch(
        "SELECT coalesce(max(id), 0) FROM click_values WHERE dimension = ?", column
    )
    return rows[0][0]


def _new_values(connection: Connection, column: int, day: int) -> int:
    rows: list[tuple[int]] = connection.fetch(
        "SELECT number FROM click_new_values WHERE dimension = ? AND day = ?",
        column,
        day,
    )
    return rows[0][0] if rows else 0
