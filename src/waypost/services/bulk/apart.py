"""Carry out items of which each may fail by itself."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import structlog

from waypost.domain.audit.entries import Cause
from waypost.domain.bulk.errors import IdempotencyInProgress
from waypost.domain.errors import (
    DomainError,
)
from waypost.services.bulk.carry_out import Also, carry_out
from waypost.services.bulk.items import Item, Outcome, Refusal
from waypost.services.links.context import LinkContext

NotePart: TypeAlias = Callable[[range], Also]
"""Returns what is written down about the items at these places."""

_log = structlog.get_logger()
_DEFECT = Refusal(
    "internal-error",
    "Something went wrong here. The server's log has the details.",
)


async def carry_out_apart(
    items: Sequence[Item],
    *,
    by: Cause,
    context: LinkContext,
    note: NotePart | None = None,
    places: range | None = None,
) -> Sequence[Outcome]:
    """Carry out those of *items* at *places*, or all, in few transactions.

    Return an outcome for each of them.

    Raises:
        IdempotencyInProgress: Another request does the same at the moment.
    """
    at = range(len(items)) if places is None else places
    part = items[at.start : at.stop]
    try:
        return await carry_out(
            part, by=by, context=context, also=note(at) if note else None
        )
    except IdempotencyInProgress:
        raise
    except DomainError as error:
        refusal = Refusal.of(error)
        return [item if isinstance(item, Refusal) else refusal for item in part]
    except Exception:  # noqa: BLE001  # of one item, perhaps; logged below
        if len(at) == 1:
            _log.exception("bulk.item_failed")
            return [_DEFECT]
        _log.warning("bulk.singled_out", items=len(at))
    # Halves, to find the item that makes the others' transaction fail.
    middle = at.start + len(at) // 2
    outcomes: list[Outcome] = []
    for half in (range(at.start, middle), range(middle, at.stop)):
        outcomes += await carry_out_apart(
            items, by=by, context=context, note=note, places=half
        )
    return outcomes
