"""Adding rows of orphans to those with the same key."""

from typing import Final

from sqlalchemy import case

from waypost.adapters.sql.dialect import Insert
from waypost.adapters.sql.tables import orphan_visits

COLUMNS: Final = tuple(column.name for column in orphan_visits.columns)
_KEY: Final = COLUMNS[:4]
_VISITS: Final = orphan_visits.c


def summing(adding: Insert) -> Insert:
    """Return *adding* so that rows are added to those with the same key."""
    fresh = adding.excluded
    earlier = fresh["first_ms"] < _VISITS.first_ms
    later = fresh["last_ms"] > _VISITS.last_ms
    return adding.on_conflict_do_update(
        index_elements=_KEY,
        set_={
            "people": _VISITS.people + fresh["people"],
            "machines": _VISITS.machines + fresh["machines"],
            "first_ms": case((earlier, fresh["first_ms"]), else_=_VISITS.first_ms),
            "last_ms": case((later, fresh["last_ms"]), else_=_VISITS.last_ms),
        },
    )
