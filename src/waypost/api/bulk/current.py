"""Links as they are now, for items that name another version of them."""

from collections.abc import Sequence
from typing import Final

import msgspec

from waypost.api.bulk.bodies import ItemResult
from waypost.api.context import ApiContext
from waypost.api.links.bodies import LinkView
from waypost.domain.errors import BackendUnavailable, LinkNotFound
from waypost.domain.links import Link
from waypost.services.bulk.items import Outcome, Refusal
from waypost.services.links.stats import find

MOST: Final = 100
"""How many links are shown of one batch: each is read, and takes up to 32 KiB."""


async def with_current(
    results: Sequence[ItemResult], outcomes: Sequence[Outcome], *, context: ApiContext
) -> Sequence[ItemResult]:
    """Return *results* with what the first of those links are now.

    As far as the store answers: what the results say is done.
    """
    shown, left = [*results], MOST
    for place, outcome in enumerate(outcomes):
        if not left:
            break
        if isinstance(outcome, Refusal) and outcome.current is not None:
            left -= 1
            shown[place] = await _shown(results[place], outcome.current, context)
    return shown


async def _shown(result: ItemResult, link: Link, context: ApiContext) -> ItemResult:
    try:
        # With its clicks; and others may have changed it meanwhile.
        counted = await find(link.key, links=context.links.storage.links)
    except (LinkNotFound, BackendUnavailable):
        return result
    view = LinkView.of(counted, base_url=context.base_url, context=context.links)
    replaced = msgspec.structs.replace
    assert result.error is not None, "it is refused"
    error = replaced(result.error, current=view.model_dump(mode="json"))
    return replaced(result, error=error)
