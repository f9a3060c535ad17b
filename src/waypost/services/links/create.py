"""Create a short link."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from waypost.domain.access.keys import Actor
from waypost.domain.audit.entries import Cause
from waypost.domain.campaigns.templates import LONGEST_CODE
from waypost.domain.codes import check_custom_code
from waypost.domain.domains.domains import (
    DEFAULT_NAMES,
    UNTOUCHED,
    DomainState,
    LinkDomain,
)
from waypost.domain.domains.errors import DomainNotFound
from waypost.domain.errors import (
    BackendUnavailable,
    CodeTaken,
    DomainError,
    InvalidTarget,
    OptionConflict,
)
from waypost.domain.judging.findings import Findings
from waypost.domain.links import Link, first_version
from waypost.domain.options import NO_OPTIONS, LinkOptions, changed
from waypost.domain.verdict import check_location
from waypost.ports.bulk.answers import KeptAnswer
from waypost.services.campaigns.known import Filling
from waypost.services.ids.allocate import NewCode
from waypost.services.links.context import LinkContext
from waypost.services.links.create_batches import Made
from waypost.services.links.options import checked, wrong_options

ATTEMPTS: Final = 4
"""How many generated codes are tried. Even one clash is rare: a person chose
the code, one of 3.5 million million, before it was generated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCreation:
    """The link to create, as the client describes it."""

    url: str
    code: str | None = None
    """None: one is generated. An empty one is invalid."""
    options: LinkOptions = NO_OPTIONS
    utm_template: str | None = None
    """From which template `utm` is filled. None: from none."""
    external_id: str | None = None
    owner: str | None = None
    """Whose links may be used again, as `created_by` of filters. None: all."""
    fetch_title: bool | None = None
    """Whether the target's title is fetched. None: as the server is set."""
    given: Collection[str] = ()
    """The names of the options that the client has said something about."""
    domain: str | None = None
    """What the client calls the domain. None: the default one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A link that may be made: all of it was checked."""

    target: str
    options: LinkOptions
    code: str | None
    """None: one is generated."""
    filling: Filling | None = None
    """What its options are filled from once its code is known. None: from nothing."""
    external_id: str | None = None
    fetch_title: bool | None = None
    """As in `LinkCreation`."""
    domain: LinkDomain = UNTOUCHED

    def link(self, new: NewCode, now: datetime, by: Actor) -> Link:
        """Return the link with the id *new*, made *now*; a chosen code is its code."""
        code = self.domain.stored(new.code) if self.code is None else self.code
        options = self.options
        if self.filling is not None:
            shown = options.typed_code or code
            options = self.filling.options(options, code=shown, now=now)
        return Link(
            id=new.id,
            code=code,
            domain=self.domain.host,
            target=self.target,
            created_at=now,
            updated_at=now,
            version=first_version(options),
            options=options,
            external_id=self.external_id,
            created_by=by,
        )


def drafted(creation: LinkCreation, *, context: LinkContext) -> Draft:
    """Return *creation* as it is stored.

    All that is wrong is said at once.

    Raises:
        DomainNotFound: There is no such domain.
        InvalidTarget: The URL, or `expired_url`, is refused; a subclass says why.
        OptionConflict: The options contradict each other, or the domain is disabled.
        InvalidRules: Rules or variants are wrong.
        InvalidCode: The code is none that a person may choose.
        ReservedCode: The code is a word that the product needs.
        UtmTemplateNotFound: There is no such template.
        FeatureOff: A title is to be fetched, and this server fetches none.
        InvalidValues: Several of these.
    """
    try:
        return _drafted(creation, context)
    except DomainError as error:
        found = wrong_in_creation(creation, context=context)
        raise found.refusal(error) from None


def _drafted(creation: LinkCreation, context: LinkContext) -> Draft:
    domain = domain_of(creation, context=context)
    target = context.new_target(creation.url)
    options = with_defaults(creation, domain)
    options = checked(options, target=target, context=context)
    code = creation.code
    if code is not None:
        code = _checked_code(code, context)
        typed, code = code, domain.stored(code)
        if typed != code:
            options = replace(options, typed_code=typed)
    filling = _filling(creation, target, options, context)
    context.titles.check(target, asked=creation.fetch_title)
    return Draft(
        target=target,
        options=options,
        code=code,
        filling=filling,
        external_id=creation.external_id,
        fetch_title=creation.fetch_title,
        domain=domain,
    )


def plain_draft(url: str, *, context: LinkContext) -> Draft:
    """Return a link to *url* alone, as `drafted` does, in a fraction of the time.

    Raises:
        OptionConflict: The default domain is disabled.
        InvalidTarget: The URL is refused; a subclass says why.
    """
    domain = context.domains.table.default
    if domain.defaults is not NO_OPTIONS or domain.state is DomainState.DISABLED:
        return drafted(LinkCreation(url=url), context=context)
    try:
        target = context.new_target(url)
    except InvalidTarget as error:
        error.wrong = [error.at("url")]
        raise
    return Draft(target=target, options=NO_OPTIONS, code=None, domain=domain)


def _checked_code(code: str, context: LinkContext) -> str:
    return check_custom_code(code, is_unicode_allowed=context.are_unicode_codes_allowed)


def wrong_in_creation(
    creation: LinkCreation, *, context: LinkContext, are_templates_read: bool = True
) -> Findings:
    """Return all for which `drafted` refuses *creation*."""
    found, options = Findings(), creation.options
    domain = found.look("domain", partial(domain_of, creation, context=context))
    if domain is not None:
        options = with_defaults(creation, domain)
    target = found.look("url", partial(context.new_target, creation.url))
    if creation.code is not None:
        found.look("code", partial(_checked_code, creation.code, context))
    found.add(wrong_options(options, target=target, context=context))
    if target is None:
        return found
    if are_templates_read:
        template = partial(_filling, creation, target, options, context)
        found.look("utm_template", template)
    title = partial(context.titles.check, target, asked=creation.fetch_title)
    found.look("fetch_title", title)
    return found


def _filling(
    creation: LinkCreation, target: str, options: LinkOptions, context: LinkContext
) -> Filling | None:
    """Return what the options are filled from, if the link can be as long as then."""
    if creation.utm_template is None:
        return None
    filling = context.templates.filling(creation.utm_template)
    if creation.domain is not None:
        filling = replace(filling, domain=creation.domain.lower())
    code = creation.code or LONGEST_CODE
    check_location(target, filling.options(options, code=code, now=context.clock.now()))
    return filling


def domain_of(creation: LinkCreation, *, context: LinkContext) -> LinkDomain:
    """Return the domain of a new link.

    Raises:
        DomainNotFound: There is none of this name.
        OptionConflict: It is disabled.
    """
    table = context.domains.table
    if creation.domain is None:
        found: LinkDomain | None = table.default
    else:
        found = table.named(creation.domain) if creation.domain else None
    if found is None:
        raise DomainNotFound
    if found.state is DomainState.DISABLED:
        raise OptionConflict(f"The domain {table.host_of(found.host)} is disabled.")
    return found


def with_defaults(creation: LinkCreation, domain: LinkDomain) -> LinkOptions:
    """Return the options of a new link, those of its *domain* included."""
    if domain.defaults is NO_OPTIONS:
        return creation.options
    more = [name for name in DEFAULT_NAMES if name not in creation.given]
    return changed(
        creation.options, {name: getattr(domain.defaults, name) for name in more}
    )


async def create_link(
    creation: LinkCreation,
    *,
    by: Cause,
    context: LinkContext,
    answer_of: Callable[[Link], KeptAnswer] | None = None,
) -> Link:
    """Store the link of *creation*, and return it once it is committed.

    *answer_of* returns the answer that is kept with it.

    Raises:
        As `drafted`, and:
        CodeTaken: The code belongs to another link, or did before that was deleted.
        ExternalIdTaken: So does the external id, but that link is not deleted.
        IdempotencyInProgress: The same request was carried out before.
        CodesExhausted: There are no more codes.
        BackendUnavailable: The store or the source of ids does not answer.
    """
    draft = drafted(creation, context=context)
    return await store_draft(draft, by=by, context=context, answer_of=answer_of)


async def store_draft(
    draft: Draft,
    *,
    by: Cause,
    context: LinkContext,
    answer_of: Callable[[Link], KeptAnswer] | None = None,
) -> Link:
    """Store the link that *draft* is, as `create_link`."""
    if context.is_dry_run:
        return await _tried(draft, by=by, context=context)
    is_chosen = draft.code is not None
    for _ in range(1 if is_chosen else ATTEMPTS):
        new = await context.new_code()
        link = draft.link(new, context.clock.now(), by.actor)
        answer = None if answer_of is None else answer_of(link)
        try:
            await context.batches.add(link, is_chosen=is_chosen, by=by, answer=answer)
        except CodeTaken:
            if is_chosen:
                raise
            continue
        context.want_title(link, asked=draft.fetch_title)
        return link
    raise BackendUnavailable("No free short code was found. Try again shortly.")


async def _tried(draft: Draft, *, by: Cause, context: LinkContext) -> Link:
    """Return the link that would be made, in a dry run.

    In a transaction of its own: what is made together is kept together.
    """
    made = Made(
        link=draft.link(await context.new_code(), context.clock.now(), by.actor),
        is_chosen=draft.code is not None,
        by=by,
    )
    async with context.storage.transaction() as transaction:
        for refusal in (await context.batches.store([made], transaction)).values():
            raise refusal
    return made.link
