"""Carry out the items of one client, and describe what became of them."""

from collections.abc import Sequence
from typing import Final

from waypost.api.bulk.bodies import ErrorResult, ItemResult, LinkResult
from waypost.api.bulk.reading import ReadItem
from waypost.api.context import ApiContext
from waypost.domain.audit.entries import Cause
from waypost.domain.links import Link, path_of
from waypost.http.problems import WrongField
from waypost.http.statuses import ERRORS
from waypost.services.bulk.apart import carry_out_apart
from waypost.services.bulk.carry_out import carry_out
from waypost.services.bulk.items import Done, NamedChange, Outcome, Refusal
from waypost.services.links.create import Draft

MOST_TOGETHER: Final = 1_000
"""Items that are carried out in one transaction, unless all have to be: others who
write wait for it."""


async def results_of(
    items: Sequence[ReadItem], *, by: Cause, context: ApiContext, first: int
) -> list[ItemResult]:
    """Return the results of *items*, of which the *first* has this index.

    They are committed, and the other processes know of them.
    """
    outcomes = await carry_out_apart(
        [one.item for one in items], by=by, context=context.links
    )
    return await _described(items, outcomes, context=context, first=first)


async def atomic_results_of(
    items: Sequence[ReadItem], *, by: Cause, context: ApiContext
) -> list[ItemResult]:
    """Return the results of all *items* of a call, which are done together, or not.

    Raises:
        CodesExhausted: There are no more codes.
        BackendUnavailable: The store does not answer.
    """
    outcomes = await carry_out(
        [one.item for one in items], by=by, context=context.links, is_atomic=True
    )
    return await _described(items, outcomes, context=context, first=0)


async def _described(
    items: Sequence[ReadItem],
    outcomes: Sequence[Outcome],
    *,
    context: ApiContext,
    first: int,
) -> list[ItemResult]:
    pairs = list(zip(items, outcomes, strict=True))
    if any(_is_published(item, outcome) for item, outcome in pairs):
        await context.relay.flushed()
    base_url = context.base_url
    return [
        _result(first + number, item, outcome, base_url)
        for number, (item, outcome) in enumerate(pairs)
    ]


def _is_published(item: ReadItem, outcome: Outcome) -> bool:
    """Return whether other processes may remember something else of this link."""
    if not isinstance(outcome, Done):
        return False
    # Others cannot remember anything of a code that was made just now.
    wanted = item.item
    is_chosen = isinstance(wanted, Draft) and wanted.code is not None
    return is_chosen or isinstance(wanted, NamedChange)


def _result(index: int, item: ReadItem, outcome: Outcome, base_url: str) -> ItemResult:
    match outcome:
        case Done(link, is_new):
            status, shown = (201 if is_new else 200), _link(link, base_url)
            return ItemResult(index, item.ref, item.op, status, link=shown)
        case Refusal():
            error = _error(outcome)
            return ItemResult(index, item.ref, item.op, error.status, error=error)


def _link(link: Link, base_url: str) -> LinkResult:
    return LinkResult(link.id, link.code, base_url + path_of(link.code), link.version)


def _error(refusal: Refusal) -> ErrorResult:
    fields = [WrongField(field, message) for field, message in refusal.errors]
    return ErrorResult(
        refusal.code,
        int(ERRORS[refusal.code].status),
        refusal.detail,
        errors=fields or None,
    )
