"""Make a link as it shall be: it is made, or replaced if there is one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import Final, NamedTuple

from waypost.domain.audit.entries import Cause
from waypost.domain.domains.table import DomainTable
from waypost.domain.errors import (
    BackendUnavailable,
    CodeTaken,
    DomainError,
    LinkChangedMeanwhile,
    LinkNotFound,
    OptionConflict,
)
from waypost.domain.judging.findings import Findings
from waypost.domain.links import (
    DEFAULT_DOMAIN,
    CountedLink,
    Link,
    code_and_domain,
)
from waypost.domain.naming.errors import ExternalIdTaken
from waypost.domain.naming.external_ids import external_id_in
from waypost.domain.options import NO_OPTIONS, SETTABLE_NAMES, changed
from waypost.domain.passwords.texts import PasswordHash
from waypost.services.domains.bounds import Bound, check_domain, check_named
from waypost.services.links.context import LinkContext
from waypost.services.links.create import Draft, LinkCreation, drafted, store_draft
from waypost.services.links.edit import (
    Change,
    LinkEdit,
    change_link,
    wrong_in_edit,
)
from waypost.services.links.names import id_or_key, key_named, with_external_id
from waypost.services.links.options import checked
from waypost.services.links.stats import find
from waypost.services.requests.keeping import AnswerOf

ATTEMPTS: Final = 5
"""How often it is tried against others who make or delete the same link."""

_DEFAULTS: Final[Mapping[str, object]] = {
    name: getattr(NO_OPTIONS, name) for name in SETTABLE_NAMES
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPut:
    """A link as it shall be."""

    url: str
    code: str | None = None
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """As `domain.options.changed` takes them; the others have their defaults."""
    external_id: str | None = None
    utm_template: str | None = None
    """From which template `utm` is filled. None: from none."""
    fetch_title: bool | None = None
    """Whether the target's title is fetched. None: as the server is set."""


class PutTerms(NamedTuple):
    """When a link is put, and otherwise refused."""

    versions: Collection[int] | None = None
    """The versions that may be replaced; then none is made. None: any, or none."""
    creates_only: bool = False
    bound: Bound = None
    """The domains whose links the client may put."""


class PutLink(NamedTuple):
    """A link that was put."""

    counted: CountedLink
    is_new: bool


def put_draft(name: str, wanted: LinkPut, *, context: LinkContext) -> Draft:
    """Return the link that is made if none is called *name*.

    Raises:
        LinkNotFound: *name* is no name that a new link may have.
        OptionConflict: The body says another name.
        As `drafted`.
    """
    table = context.domains.table
    try:
        code, external_id, domain = _names(name, wanted, table)
    except OptionConflict as error:
        found = wrong_in_put(wanted, context=context)
        found.add(error.wrong)
        raise found.refusal(error) from None
    creation = LinkCreation(
        url=wanted.url,
        code=code,
        options=changed(NO_OPTIONS, wanted.options) if wanted.options else NO_OPTIONS,
        external_id=external_id,
        utm_template=wanted.utm_template,
        fetch_title=wanted.fetch_title,
        given=wanted.options,
        domain=table.host_of(domain),
    )
    return drafted(creation, context=context)


def _names(
    name: str, wanted: LinkPut, table: DomainTable
) -> tuple[str | None, str | None, str]:
    """Return the code, the external id and the domain of a new link."""
    meant = external_id_in(name)
    if meant is not None:
        return wanted.code, _external_id(name, wanted), DEFAULT_DOMAIN
    named = id_or_key(name, table=table)
    if not isinstance(named, str):
        raise LinkNotFound
    meant, domain = code_and_domain(named)
    given = wanted.code and table.of(domain).stored(wanted.code)
    return _same(meant, given, "code"), wanted.external_id, domain


def replacing(
    name: str,
    wanted: LinkPut,
    *,
    versions: Collection[int] | None,
    context: LinkContext,
) -> Change:
    """Return the change that makes a link as it is *wanted*.

    Raises:
        InvalidTarget: Its URL is refused; a subclass says why.
        OptionConflict: The body says another external id than *name*.
    """
    filling = None
    try:
        target = context.new_target(wanted.url)
        if wanted.utm_template is not None:
            filling = context.templates.filling(wanted.utm_template)
        external_id = _external_id(name, wanted)
    except DomainError as error:
        raise wrong_in_put(wanted, name, context=context).refusal(error) from None

    def replaced(link: Link) -> Link:
        try:
            return replacement(link)
        except DomainError as error:
            found = wrong_in_put(wanted, name, link, context=context)
            raise found.refusal(error) from None

    def replacement(link: Link) -> Link:
        _check_code(wanted, link)
        # In two steps: what is given of an object is joined with what there is.
        options = changed(changed(link.options, _DEFAULTS), wanted.options)
        context.titles.check(target, asked=wanted.fetch_title)
        if (
            options.title is None
            and target == link.target
            and context.titles.are_fetched(asked=wanted.fetch_title)
        ):
            # It would be fetched again, and each put would make two versions.
            options = replace(options, title=link.options.title)
        if filling is not None:
            now = context.clock.now()
            host = context.domains.table.host_of(link.domain)
            own = replace(filling, domain=host)
            options = own.options(options, code=link.shown_code, now=now)
        options = checked(options, target=target, context=context, was=link.options)
        return replace(link, target=target, options=options, external_id=external_id)

    return Change(changed=replaced, versions=versions, fetch_title=wanted.fetch_title)


def wrong_in_put(
    wanted: LinkPut,
    name: str | None = None,
    link: Link | None = None,
    *,
    context: LinkContext,
    are_templates_read: bool = True,
) -> Findings:
    """Return all that is wrong with what is *wanted*, of *link* if that is known."""
    found = Findings()
    if name is not None:
        found.look("external_id", partial(_external_id, name, wanted))
    if link is not None:
        found.look("code", partial(_check_code, wanted, link))
    was = NO_OPTIONS if link is None else link.options
    options = changed(changed(was, _DEFAULTS), wanted.options)
    edit = LinkEdit(
        url=wanted.url,
        options={name: getattr(options, name) for name in SETTABLE_NAMES},
        utm_template=wanted.utm_template,
        fetch_title=wanted.fetch_title,
        versions=None,
    )
    more = wrong_in_edit(
        edit, link, context=context, are_templates_read=are_templates_read
    )
    found.add(more.found)
    return found


def is_id(name: str) -> bool:
    """Return whether *name* is the id of a link that there is already, if any."""
    return name.startswith("id:")


async def put_link(  # noqa: PLR0913  # what shall be, and who wants it
    name: str,
    wanted: LinkPut,
    terms: PutTerms,
    *,
    by: Cause,
    context: LinkContext,
    answer_of: AnswerOf[PutLink] = None,
) -> PutLink:
    """Make the link that is called *name* as it is *wanted*; make one if there is none.

    Of two at the same moment one makes it, and the other one replaces it. *answer_of*
    returns the answer that is kept with it.

    Raises:
        LinkNotFound: *name* is an id that no link has, or no link can be called so.
        LinkDeleted: The link of this code was deleted.
        LinkChangedMeanwhile: *terms* do not allow it.
        OptionConflict: The body says another name, or options contradict each other.
        DomainNotAllowed: The client is bound to other domains.
        As `create_link`, and `edit_link`.
    """
    table, bound = context.domains.table, terms.bound
    for _ in range(ATTEMPTS):
        key = await _key_of(name, context)
        if key is not None:
            check_named(name, code_and_domain(key)[1], bound, table)
            if terms.creates_only:
                raise LinkChangedMeanwhile
            change = replacing(name, wanted, versions=terms.versions, context=context)
            counted = await change_link(
                key,
                change,
                by=by,
                context=context,
                answer_of=answer_of and (lambda one: answer_of(_replaced(one))),
            )
            return _replaced(counted)
        draft = put_draft(name, wanted, context=context)
        check_domain(draft.domain.host, bound, table)
        if terms.versions is not None:
            raise LinkChangedMeanwhile
        try:
            link = await store_draft(
                draft,
                by=by,
                context=context,
                answer_of=answer_of and (lambda one: answer_of(_made(one))),
            )
        except (CodeTaken, ExternalIdTaken) as error:
            is_external = external_id_in(name) is not None
            if isinstance(error, ExternalIdTaken) is is_external:
                continue
            raise
        return _made(link)
    raise BackendUnavailable("Too many change this link. Try again shortly.")


async def password_before(name: str, *, context: LinkContext) -> PasswordHash | None:
    """Return what is kept of the password of the link that is called *name*, if any.

    None in a dry run: it would say whether a guess is right, as often as one likes.

    Raises:
        BackendUnavailable: The store does not answer.
    """
    if context.is_dry_run:
        return None
    try:
        key = await _key_of(name, context)
        if key is None:
            return None
        return (await find(key, links=context.storage.links)).link.options.password
    except LinkNotFound:
        return None


def _replaced(counted: CountedLink) -> PutLink:
    return PutLink(counted, is_new=False)


def _made(link: Link) -> PutLink:
    return PutLink(CountedLink(link=link, clicks=0), is_new=True)


async def _key_of(name: str, context: LinkContext) -> str | None:
    """Return the key of the link that is replaced; None: there is none."""
    links = context.storage.links
    external_id = external_id_in(name)
    if external_id is not None:
        link = await with_external_id(external_id, storage=context.storage)
        # A deleted link does not keep what it was called.
        return None if link is None or link.deleted_at is not None else link.key
    table = context.domains.table
    named = id_or_key(name, table=table)
    if isinstance(named, int):
        return await key_named(name, storage=context.storage, table=table)
    if named is None:
        return None
    code, domain = code_and_domain(named)
    found = await links.by_code(code, domain=domain)
    return None if found is None else found.key


def _check_code(wanted: LinkPut, link: Link) -> None:
    if wanted.code not in {None, link.code, link.shown_code}:
        raise OptionConflict(
            "A link keeps its code: leave code out, or make another link."
        )


def _external_id(name: str, wanted: LinkPut) -> str | None:
    """Return the external id of the link that is called *name*, and *wanted* so."""
    meant = external_id_in(name)
    if meant is None:
        return wanted.external_id
    return _same(meant, wanted.external_id, "external_id")


def _same(named: str, given: str | None, field: str) -> str:
    """Return what a new link is called, by its name and the *field* of its body."""
    if given not in {None, named}:
        conflict = OptionConflict(
            f"{field} is not what the link is called: leave it out."
        )
        conflict.wrong = [conflict.at(field)]
        raise conflict
    return named
