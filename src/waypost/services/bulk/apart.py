"""Carry out items of which each may fail by itself."""

from collections.abc import Sequence

import structlog

from waypost.domain.audit.entries import Cause
from waypost.domain.errors import DomainError
from waypost.services.bulk.carry_out import carry_out
from waypost.services.bulk.items import Item, Outcome, Refusal
from waypost.services.links.context import LinkContext

_log = structlog.get_logger()
_DEFECT = Refusal(
    "internal-error",
    "Something went wrong here. The server's log has the details.",
)


async def carry_out_apart(
    items: Sequence[Item], *, by: Cause, context: LinkContext
) -> Sequence[Outcome]:
    """Carry *items* out in few transactions; return all of their outcomes."""
    try:
        return await carry_out(items, by=by, context=context)
    except DomainError as error:
        refusal = Refusal.of(error)
        return [item if isinstance(item, Refusal) else refusal for item in items]
    except Exception:  # noqa: BLE001  # of one item, perhaps; logged below
        if len(items) == 1:
            _log.exception("bulk.item_failed")
            return [_DEFECT]
        _log.warning("bulk.singled_out", items=len(items))
    # Halves, to find the item that makes the others' transaction fail.
    middle = len(items) // 2
    first = await carry_out_apart(items[:middle], by=by, context=context)
    return [*first, *await carry_out_apart(items[middle:], by=by, context=context)]
