"""Keep UTM templates under names."""

from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from waypost.domain.audit.entries import (
    Action,
    AuditEntry,
    Cause,
    Resource,
    entry_id,
    moment_of,
)
from waypost.domain.campaigns.errors import UtmTemplateNotFound
from waypost.domain.campaigns.templates import MAX_TEMPLATES, UtmTemplate
from waypost.domain.errors import OptionConflict
from waypost.domain.options import Utm
from waypost.ports.campaigns.templates import UtmTemplates
from waypost.ports.runtime import Clock
from waypost.ports.storage import Storage
from waypost.services.requests.keeping import AnswerOf, keep_answer


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateContext:
    """The backends of the use cases of templates."""

    storage: Storage
    templates: UtmTemplates
    clock: Clock


class PutTemplate(NamedTuple):
    """A template that was put."""

    template: UtmTemplate
    is_new: bool


async def put_template(
    name: str,
    utm: Utm,
    *,
    by: Cause,
    context: TemplateContext,
    answer_of: AnswerOf[PutTemplate] = None,
) -> PutTemplate:
    """Keep *utm* as the template *name*; return it, and whether there was none.

    *answer_of* returns the answer that is kept with it.

    Raises:
        OptionConflict: There are too many templates.
        IdempotencyInProgress: The same request was carried out before.
        BackendUnavailable: The store does not answer.
    """
    new = UtmTemplate(name=name, utm=utm, updated_at=context.clock.now())
    async with context.storage.transaction() as transaction:
        await transaction.utm_templates.hold()
        known = {one.name: one for one in await transaction.utm_templates.every()}
        old = known.get(name)
        if old is None and len(known) >= MAX_TEMPLATES:
            raise OptionConflict(f"There are at most {MAX_TEMPLATES:,} UTM templates.")
        if old is not None and old.utm == utm:
            put = PutTemplate(old, is_new=False)
        else:
            put = PutTemplate(new, is_new=old is None)
            await transaction.utm_templates.put(new)
            await transaction.audit.add([_entry(old, new, by=by, context=context)])
        await keep_answer(
            answer_of, put, answers=transaction.answers, clock=context.clock
        )
    return put


async def delete_template(name: str, *, by: Cause, context: TemplateContext) -> None:
    """Delete the template *name*; links that were filled from it stay as they are.

    Raises:
        UtmTemplateNotFound: There is none of this name.
        BackendUnavailable: The store does not answer.
    """
    async with context.storage.transaction() as transaction:
        await transaction.utm_templates.hold()
        known = {one.name: one for one in await transaction.utm_templates.every()}
        old = known.get(name)
        if old is None:
            raise UtmTemplateNotFound
        await transaction.utm_templates.remove(name)
        await transaction.audit.add([_entry(old, None, by=by, context=context)])


def _entry(
    old: UtmTemplate | None,
    new: UtmTemplate | None,
    *,
    by: Cause,
    context: TemplateContext,
) -> AuditEntry:
    one = new or old
    assert one is not None, "an entry is about a template"
    new_id = entry_id(context.clock.now())
    return AuditEntry(
        id=new_id,
        at=moment_of(new_id),
        actor=by.actor,
        action=Action.UTM_TEMPLATE_SAVED if new else Action.UTM_TEMPLATE_DELETED,
        resource=Resource("utm_template", one.name, one.name),
        before=_values(old),
        after=_values(new),
        request_id=by.request_id,
    )


def _values(template: UtmTemplate | None) -> dict[str, object]:
    if template is None:
        return {}
    values: dict[str, object] = msgspec.to_builtins(template.utm)
    return values
