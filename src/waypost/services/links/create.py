"""Create a short link."""

from dataclasses import dataclass, replace
from typing import Final

from waypost.domain.codes import check_custom_code
from waypost.domain.errors import BackendUnavailable, CodeTaken, InvalidTarget
from waypost.domain.links import Link, first_version
from waypost.domain.options import NO_OPTIONS, LinkOptions, check_options
from waypost.domain.verdict import check_location
from waypost.services.ids.allocate import NewCode
from waypost.services.links.context import LinkContext

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


async def create_link(creation: LinkCreation, *, context: LinkContext) -> Link:
    """Store the link of *creation*, and return it once it is committed.

    Raises:
        InvalidTarget: The URL, or `expired_url`, is refused; a subclass says why.
        OptionConflict: The options contradict each other.
        InvalidCode: The code is none that a person may choose.
        ReservedCode: The code is a word that the product needs.
        CodeTaken: The code belongs to another link, or did before that was deleted.
        CodesExhausted: There are no more codes.
        BackendUnavailable: The store or the source of ids does not answer.
    """
    target = context.target(creation.url)
    options = checked(creation.options, target=target, context=context)
    allocator, batches = context.allocator, context.batches
    if creation.code is not None:
        code = check_custom_code(
            creation.code, is_unicode_allowed=context.are_unicode_codes_allowed
        )
        new = await allocator.next()
        link = _link(new._replace(code=code), target, options, context)
        await batches.add(link, is_chosen=True)
        return link
    for _ in range(ATTEMPTS):
        link = _link(await allocator.next(), target, options, context)
        try:
            await batches.add(link)
        except CodeTaken:
            continue
        return link
    raise BackendUnavailable("No free short code was found. Try again shortly.")


def checked(options: LinkOptions, *, target: str, context: LinkContext) -> LinkOptions:
    """Return *options* of a link with *target* as they are stored.

    Raises:
        InvalidTarget: `expired_url` is refused; a subclass says why, and names it.
        OptionConflict: They contradict each other, or do not fit to *target*.
    """
    if options is NO_OPTIONS:
        return options
    check_options(options)
    check_location(target, options)
    if options.expired_url is None:
        return options
    try:
        expired_url = context.target(options.expired_url)
    except InvalidTarget as error:
        raise type(error)(f"expired_url: {error}") from None
    return replace(options, expired_url=expired_url)


def _link(
    new: NewCode, target: str, options: LinkOptions, context: LinkContext
) -> Link:
    now = context.clock.now()
    return Link(
        id=new.id,
        code=new.code,
        target=target,
        created_at=now,
        updated_at=now,
        version=first_version(options),
        options=options,
    )
