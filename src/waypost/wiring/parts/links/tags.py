"""Put together what tags and templates of campaigns need."""

from typing import Final

from waypost.services.campaigns.manage import TemplateContext
from waypost.services.tags.changing import TagChanges
from waypost.services.tags.context import TagContext
from waypost.wiring.parts.control import Control
from waypost.wiring.parts.store import Store

_LEADERSHIP_SECONDS: Final = 30.0
"""How long changes of tags wait after the process that carried them out was killed."""


def tag_context(store: Store, control: Control) -> TagContext:
    """Return the backends of the use cases of tags."""
    return TagContext(
        storage=store.storage, tags=store.tags, lists=store.lists, clock=control.clock
    )


def template_context(store: Store, control: Control) -> TemplateContext:
    """Return the backends of the use cases of templates."""
    return TemplateContext(
        storage=store.storage, templates=store.utm_templates, clock=control.clock
    )


def tag_changes(store: Store, context: TagContext) -> TagChanges:
    """Return what carries changes of tags out."""
    lead = store.leadership
    return TagChanges(
        context, leadership=lead and lead("tag_changes", _LEADERSHIP_SECONDS)
    )
