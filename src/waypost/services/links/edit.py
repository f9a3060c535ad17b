"""Change links without losing anybody's change."""

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from typing import Final

from waypost.domain.errors import BackendUnavailable, LinkChangedMeanwhile
from waypost.domain.events import LinkEvent, LinkEventKind
from waypost.domain.links import CountedLink, Link
from waypost.domain.targets import TargetPolicy, normalise_target
from waypost.ports.runtime import Clock, HostNames
from waypost.ports.storage import Storage
from waypost.services.links.stats import find

ATTEMPTS: Final = 5
"""How often a change that wants to win is tried against others that do."""


async def change_target(  # noqa: PLR0913  # all but the first three is what it works with
    code: str,
    url: str,
    *,
    versions: Collection[int] | None,
    storage: Storage,
    policy: TargetPolicy,
    hosts: HostNames,
    clock: Clock,
    nudge: Callable[[LinkEvent], None],
) -> CountedLink:
    """Let *code* lead to *url* from now on; return its link in the new version.

    Its clicks are the ones counted so far. *versions* are those that the caller would
    replace; None: whatever is stored. *nudge* is called with the event after the
    commit.

    Raises:
        InvalidTarget: The URL is refused; a subclass says why.
        LinkNotFound: No link has this code.
        LinkChangedMeanwhile: Another version is stored than any of *versions*.
        BackendUnavailable: The store does not answer, or so many change this link
            that others were faster again and again.
    """
    target = normalise_target(url, policy=policy, to_ascii=hosts.to_ascii)
    for _ in range(ATTEMPTS):
        counted = await find(code, links=storage.links)
        link = counted.link
        if versions is not None and link.version not in versions:
            raise LinkChangedMeanwhile
        changed = replace(
            link, target=target, version=link.version + 1, updated_at=clock.now()
        )
        if await _store(changed, storage=storage, nudge=nudge):
            return replace(counted, link=changed)
    raise BackendUnavailable("Too many change this link. Try again shortly.")


async def _store(
    link: Link, *, storage: Storage, nudge: Callable[[LinkEvent], None]
) -> bool:
    """Store *link* unless somebody was faster; return whether it is stored.

    A transaction of its own: the next look-up would otherwise wait for a connection
    that others, who wait as well, do not give back.
    """
    event = LinkEvent(
        kind=LinkEventKind.CHANGED, link=link, occurred_at=link.updated_at
    )
    async with storage.transaction() as transaction:
        if not await transaction.links.change(link):
            return False
        await transaction.outbox.add([event])
        transaction.after_commit(partial(nudge, event))
    return True
