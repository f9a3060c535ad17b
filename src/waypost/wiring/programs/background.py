"""What an app does in the background."""

from functools import partial
from typing import Final

from waypost.domain.events import CACHES
from waypost.services.abuse.compare import CompareLinks
from waypost.services.access.uses import KeyUses
from waypost.services.links.context import LinkContext
from waypost.services.links.forget_readers import forget_readers
from waypost.services.links.relay import EventRelay
from waypost.services.lists.keeping import KeepLists
from waypost.wiring.parts.control import Control
from waypost.wiring.parts.store import Store
from waypost.wiring.program import Task

EVENT_READERS: Final = (CACHES,)
"""What gets the events of links."""
_LEADERSHIP_SECONDS: Final = 30.0
"""How long comparing waits after the process that did it was killed."""


def background_tasks(
    *,
    store: Store,
    control: Control,
    links: LinkContext,
    relay: EventRelay,
    uses: KeyUses,
) -> tuple[Task, ...]:
    """Return the tasks of an app besides those of its edge."""
    lead = store.leadership
    compare = CompareLinks(
        context=links,
        comparisons=store.comparisons,
        leadership=lead and lead("blocklists", _LEADERSHIP_SECONDS),
    )
    return (
        relay.run,
        KeepLists(store.lists).run,
        uses.run,
        control.blocklists.run,
        compare.run,
        partial(
            forget_readers, EVENT_READERS, storage=store.storage, clock=control.clock
        ),
    )
