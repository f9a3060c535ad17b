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
from waypost.services.requests.forget_answers import ForgetAnswers
from waypost.services.tags.changing import TagChanges
from waypost.services.tags.counting import CountTags
from waypost.wiring.parts.control import Control
from waypost.wiring.parts.store import Store
from waypost.wiring.program import Task

EVENT_READERS: Final = (CACHES,)
"""What gets the events of links."""
_LEADERSHIP_SECONDS: Final = 30.0
"""How long comparing waits after the process that did it was killed."""
_TAGS_SECONDS: Final = 300.0
"""The same for counting tags."""


def background_tasks(  # noqa: PLR0913  # the parts of an app
    *,
    store: Store,
    control: Control,
    links: LinkContext,
    tag_changes: TagChanges,
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
        ForgetAnswers(store.storage, clock=control.clock).run,
        control.blocklists.run,
        compare.run,
        tag_changes.run,
        CountTags(store.tags, leadership=lead and lead("tags", _TAGS_SECONDS)).run,
        partial(
            forget_readers, EVENT_READERS, storage=store.storage, clock=control.clock
        ),
    )
