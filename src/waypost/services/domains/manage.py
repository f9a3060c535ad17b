"""Add, change and remove domains."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

from waypost.domain.access.keys import ApiKey
from waypost.domain.audit.entries import Cause
from waypost.domain.domains.domains import (
    LOWEST_VERSION,
    UNTOUCHED,
    URL_NAMES,
    LinkDomain,
)
from waypost.domain.domains.errors import (
    CaseCollision,
    DomainExists,
    DomainInUse,
    DomainNotFound,
    InvalidHost,
)
from waypost.domain.errors import (
    DomainError,
    InvalidTarget,
    OptionConflict,
    PreconditionFailed,
)
from waypost.domain.events import EventReader, LinkEvent, LinkEventKind
from waypost.domain.judging.findings import Findings
from waypost.domain.links import DEFAULT_DOMAIN
from waypost.domain.options import NO_OPTIONS, changed
from waypost.domain.qr.errors import InvalidLogo
from waypost.domain.urls.hosts import normalise_authority
from waypost.ports.domains.store import (
    MOST_NAMED,
    MOST_RECODED,
    DomainStorage,
    DomainTransaction,
)
from waypost.ports.runtime import Clock, HostNames
from waypost.services.audit.domains import (
    domain_added,
    domain_changed,
    domain_removed,
)
from waypost.services.domains.known import KnownDomains
from waypost.services.domains.logos import taken_logo
from waypost.services.requests.keeping import AnswerOf, keep_answer

MAX_HOST: Final = 253
MAX_DOMAINS: Final = 1_000
"""Every process holds all of them in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainContext:
    """For as long as the process lives."""

    storage: DomainStorage
    known: KnownDomains
    target: Callable[[str], str]
    """Returns the form of a URL that is stored, or raises `InvalidTarget`."""
    hosts: HostNames
    clock: Clock
    event_readers: Sequence[EventReader] = ()
    """What gets the events of links whose codes are stored in another form."""


async def add_domain(
    host: str,
    fields: Mapping[str, object],
    *,
    by: Cause,
    context: DomainContext,
    answer_of: AnswerOf[LinkDomain] = None,
) -> LinkDomain:
    """Add the domain *host*; *fields* of `LinkDomain` are set on it.

    *answer_of* returns the answer that is kept with it.

    Raises:
        InvalidHost: It is no host name.
        InvalidTarget: One of its URLs is refused; a subclass says why.
        InvalidLogo: Its logo is none, or could do harm.
        DomainExists: There is this domain already.
        CaseCollision: Case is to make no difference, and codes differ by it only.
        IdempotencyInProgress: The same request was carried out before.
        BackendUnavailable: The store does not answer.
    """
    name = host_in(host, context=context)
    fields, logo, refused = await taken_logo(fields)
    now = context.clock.now()
    plain = LinkDomain(host=name, created_at=now, updated_at=now)
    new = _with(plain, fields, context, refused)
    async with _held(context) as transaction:
        is_own = name == context.known.table.default_host
        if is_own or await transaction.domains.get(name) is not None:
            raise DomainExists
        if not new.case_sensitive:
            # Codes of before it was removed, if it was there before.
            await _recode(new, transaction, context)
        if len(context.known.table.others) >= MAX_DOMAINS:
            raise OptionConflict(f"A server has at most {MAX_DOMAINS:,} domains.")
        await transaction.domains.put(new)
        if logo:
            await transaction.domains.put_logo(name, logo.url)
        entry = domain_added(new, name=name, by=by, now=now)
        await transaction.audit.add([entry])
        await keep_answer(
            answer_of, new, answers=transaction.answers, clock=context.clock
        )
    await context.known.refresh()
    return new


async def change_domain(
    host: str,
    fields: Mapping[str, object],
    *,
    versions: Collection[int] | None,
    by: Cause,
    context: DomainContext,
) -> LinkDomain:
    """Set *fields* on the domain *host*, if it has one of *versions*; return it.

    Raises:
        DomainNotFound: There is none.
        InvalidTarget: One of its URLs is refused; a subclass says why.
        InvalidLogo: Its logo is none, or could do harm.
        CaseCollision: Case is to make no difference, and codes differ by it only.
        PreconditionFailed: Another version is stored than any of *versions*.
        BackendUnavailable: The store does not answer.
    """
    name = _named(host, context).host
    fields, logo, refused = await taken_logo(fields)
    now = context.clock.now()
    async with _held(context) as transaction:
        old = await _stored(name, versions, transaction)
        new = _with(old, fields, context, refused)
        if "case_sensitive" in fields:
            await _recode(new, transaction, context)
        if new == old:
            return old
        new = replace(
            new,
            version=old.version + 1,
            created_at=old.created_at or now,
            updated_at=now,
        )
        await transaction.domains.put(new)
        if new.qr.logo != old.qr.logo:
            await transaction.domains.put_logo(name, logo.url if logo else None)
        shown = context.known.table.host_of(name)
        entry = domain_changed(old, new, name=shown, by=by, now=now)
        await transaction.audit.add([entry])
    await context.known.refresh()
    return new


async def remove_domain(
    host: str,
    *,
    versions: Collection[int] | None,
    by: Cause,
    context: DomainContext,
) -> None:
    """Remove the domain *host*, which has no links, and to which no key is bound.

    Raises:
        DomainNotFound: There is none.
        DomainInUse: It has links or keys, or is the one of `BASE_URL`.
        PreconditionFailed: Another version is stored than any of *versions*.
        BackendUnavailable: The store does not answer.
    """
    name = _named(host, context).host
    if name == DEFAULT_DOMAIN:
        raise DomainInUse("This is the domain of BASE_URL, which a server always has.")
    async with _held(context) as transaction:
        old = await _stored(name, versions, transaction)
        if await transaction.domains.has_links(name):
            raise DomainInUse("This domain has links: delete them first.")
        now = context.clock.now()
        if keys := await transaction.keys.bound_to(name, now=now):
            raise _used_by(keys)
        await transaction.domains.remove(name)
        await transaction.audit.add([domain_removed(old, name=name, by=by, now=now)])
    await context.known.refresh()


async def find_domain(host: str, *, context: DomainContext) -> LinkDomain:
    """Return the domain *host* as it is stored now.

    Raises:
        DomainNotFound: There is none.
        BackendUnavailable: The store does not answer.
    """
    await context.known.refresh()
    return _named(host, context)


def host_in(text: str, *, context: DomainContext) -> str:
    """Return the host, and the port if one is named, that *text* is.

    Raises:
        InvalidHost: It is none.
    """
    scheme = context.known.table.root_of(DEFAULT_DOMAIN).partition(":")[0]
    name = text.strip().removesuffix(".")
    if len(name) > MAX_HOST or not name or set(name) & set("/@?#\\ "):
        raise InvalidHost
    to_ascii = context.hosts.to_ascii
    try:
        host = normalise_authority(name, scheme=scheme, to_ascii=to_ascii)
    except InvalidTarget:
        raise InvalidHost from None
    if len(host) > MAX_HOST:
        raise InvalidHost
    return host


def _named(host: str, context: DomainContext) -> LinkDomain:
    found = context.known.table.named(host) if host else None
    if found is None:
        raise DomainNotFound
    return found


async def _recode(
    domain: LinkDomain, transaction: DomainTransaction, context: DomainContext
) -> None:
    """Store the codes of the links of *domain* in the form that it says.

    Raises:
        CaseCollision: Some would be one code.
        OptionConflict: There are too many.
        BackendUnavailable: The store does not answer.
    """
    recoded = await transaction.domains.recode(domain)
    if recoded.collisions:
        raise CaseCollision(recoded.collisions)
    if recoded.are_too_many:
        raise OptionConflict(
            f"More than {MOST_RECODED:,} codes would have to be stored in another "
            "form: this is only possible on a domain with fewer."
        )
    now = context.clock.now()
    events = [
        LinkEvent(kind=LinkEventKind.CHANGED, link=link, occurred_at=now)
        for link in recoded.links
    ]
    for reader in context.event_readers if events else ():
        await transaction.outbox.add(events, reader=reader.name)


def _used_by(keys: Sequence[ApiKey]) -> DomainInUse:
    names = ", ".join(f"{key.name} ({key.id})" for key in keys[:MOST_NAMED])
    more = len(keys) - MOST_NAMED
    others = f" and {more:,} more" if more > 0 else ""
    return DomainInUse(
        f"Keys are bound to this domain: {names}{others}. Revoke them, or bind them "
        "to another domain, first."
    )


@asynccontextmanager
async def _held(context: DomainContext) -> AsyncIterator[DomainTransaction]:
    """Yield a transaction in which no other process changes domains."""
    async with context.storage.transaction() as transaction:
        await transaction.domains.hold()
        yield transaction


async def _stored(
    name: str, versions: Collection[int] | None, transaction: DomainTransaction
) -> LinkDomain:
    old = await transaction.domains.get(name)
    if old is None:
        if name != DEFAULT_DOMAIN:
            raise DomainNotFound
        old = UNTOUCHED
    assert old.version >= LOWEST_VERSION, "versions begin with the lowest"
    if versions is not None and old.version not in versions:
        raise PreconditionFailed(
            "This domain has changed since you read it: If-Match does not name its "
            "ETag."
        )
    return old


def _with(
    domain: LinkDomain,
    fields: Mapping[str, object],
    context: DomainContext,
    refused: InvalidLogo | None,
) -> LinkDomain:
    """Return *domain* with *fields*, each in the form in which it is stored."""
    values = dict(fields)
    found = Findings()
    refusals: list[DomainError] = []
    for name in URL_NAMES:
        url = values.get(name)
        if isinstance(url, str):
            try:
                values[name] = context.target(url)
            except InvalidTarget as error:
                found.add([error.at(name)])
                refusals.append(type(error)(f"{name}: {error}"))
    if refused:
        found.add([refused.at("qr", "logo")])
        refusals.append(refused)
    if refusals:
        raise found.refusal(refusals[0])
    if isinstance(changes := values.get("well_known"), Mapping):
        values["well_known"] = _joined(domain.well_known, changes)
    if "defaults" in values:
        defaults = values["defaults"]
        assert isinstance(defaults, Mapping), "defaults are options by name"
        values["defaults"] = changed(domain.defaults, defaults)
        if values["defaults"] == NO_OPTIONS:
            values["defaults"] = NO_OPTIONS
    if "qr" in values:
        looks = values["qr"]
        assert isinstance(looks, Mapping), "they are looks by name"
        values["qr"] = replace(domain.qr, **looks)
    return replace(domain, **values)  # type: ignore[arg-type]  # the caller is responsible


def _joined(
    before: Collection[tuple[str, str]], changes: Mapping[str, str | None]
) -> tuple[tuple[str, str], ...]:
    """Return *before* with *changes*, in order; None: there is none any more."""
    joined = {**dict(before), **changes}
    return tuple(
        (name, text) for name, text in sorted(joined.items()) if text is not None
    )
