"""Days whose rows were deleted: what their roll-ups still say."""

from collections.abc import Sequence

from waypost.adapters.columns.drivers.connection import many
from waypost.adapters.columns.reading.answering import Asked
from waypost.adapters.columns.reading.snapshot import Snapshot
from waypost.adapters.columns.reading.tallies.rolled import RolledPart, values_of
from waypost.adapters.columns.rolling.making import EVERYTHING
from waypost.adapters.columns.rolling.months import month_of
from waypost.adapters.columns.rolling.storing import decoded
from waypost.domain.analytics.questions import Numbers
from waypost.wire.click_store.rollup import DAY_OF_MONTH


def add_expired(
    snapshot: Snapshot, days: Sequence[int], all_asked: Sequence[Asked]
) -> None:
    """Add what is known of expired *days*.

    Filters cannot be applied to numbers: such clicks are left out. A visitor of a set
    of links may be one of several of them, so their visitors are not known.
    """
    links = snapshot.selection.links
    if not days or snapshot.selection.filters:
        return
    scopes = [EVERYTHING] if links is None else links.tolist()
    knows = len(scopes) == 1
    wanted = set(days)
    for _, day, rolled in _stored(snapshot, scopes, days[0], days[-1], is_month=False):
        if day in wanted:
            for each in all_asked:
                each.add_day(day, rolled, knows_visitors=knows)
    if links is None:
        return
    first_month = month_of(days[0])
    for _, month, rolled in _stored(
        snapshot, scopes, first_month, days[-1], is_month=True
    ):
        by_day = _by_day(month, rolled)
        known = {day: numbers for day, numbers in by_day.items() if day in wanted}
        whole = rolled if len(known) == len(by_day) else None
        for each in all_asked:
            each.add_month(known, whole, knows_visitors=knows)


def _by_day(month: int, rolled: RolledPart) -> dict[int, Numbers]:
    found = rolled.of(DAY_OF_MONTH)
    return {
        month + place: Numbers(people, machines, visitors)
        for place, people, machines, visitors in zip(
            values_of(found.values).tolist(),
            found.people.tolist(),
            found.machines.tolist(),
            found.visitors.tolist(),
            strict=True,
        )
    }


def _stored(
    snapshot: Snapshot, scopes: list[int], first: int, last: int, *, is_month: bool
) -> list[tuple[int, int, RolledPart]]:
    rows: list[tuple[int, int, bytes]] = snapshot.connection.fetch(
        "SELECT scope, day, data FROM click_rollups WHERE scope IN {numbers} "
        "AND is_month = ? AND day BETWEEN ? AND ? ORDER BY scope, day",
        many(scopes),
        int(is_month),
        first,
        last,
    )
    return [(scope, day, RolledPart(decoded(data))) for scope, day, data in rows]
