"""The backends and settings of the use cases of links, bound once."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from waypost.domain.abuse.shorteners import KNOWN_SHORTENERS
from waypost.domain.errors import TargetBlocked, TargetIsOwnLink, TargetIsShortener
from waypost.domain.events import EventReader, LinkEvent
from waypost.domain.links import Link
from waypost.domain.urls.origins import AcceptedOrigins, usual_origin
from waypost.domain.urls.own_server import OwnServer
from waypost.domain.urls.targets import (
    TargetPolicy,
    canonical,
    host_of,
    leads_back,
    normalise_target,
)
from waypost.ports.abuse.blocklists import Blocklists, NoBlocklists
from waypost.ports.access.passwords import PasswordHasher
from waypost.ports.links import LinkLists
from waypost.ports.runtime import Clock, HostNames
from waypost.ports.storage import Storage
from waypost.services.campaigns.known import KnownTemplates
from waypost.services.domains.known import KnownDomains, only_default
from waypost.services.ids.allocate import CodeAllocator, NewCode
from waypost.services.links.create_batches import CreateBatches
from waypost.services.requests.turns import Turns
from waypost.services.wanted.titles import WantedTitles

_CODE_TO_COME: Final = " "
"""A code that would be made begins so in a dry run: no code has a blank."""
_FIRST_TO_COME: Final = 2**61
"""The ids of links that would be made begin here in a dry run: no link has such a one,
and databases can hold twice as many."""


def is_to_come(code: object) -> bool:
    """Return whether *code* stands in a dry run for one that would be made."""
    return isinstance(code, str) and code.startswith(_CODE_TO_COME)


def has_id_to_come(link: Link) -> bool:
    """Return whether *link* would be made, in a dry run."""
    return link.id >= _FIRST_TO_COME


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkContext:
    """For as long as the process lives."""

    storage: Storage
    lists: LinkLists
    allocator: CodeAllocator
    batches: CreateBatches
    policy: TargetPolicy
    """Which targets are accepted."""
    are_unicode_codes_allowed: bool
    """Whether a code may have letters of every script."""
    restorable: timedelta
    """How long a deleted link can be restored."""
    hosts: HostNames
    clock: Clock
    event_readers: Sequence[EventReader]
    """What gets the events of changes."""
    nudge: Callable[[LinkEvent], None]
    """Is called with each event, after its commit."""
    blocklists: Blocklists = field(default_factory=NoBlocklists)
    are_shorteners_allowed: bool = True
    """Whether links may lead to other shorteners."""
    accepted: AcceptedOrigins = field(default_factory=AcceptedOrigins)
    """Origins that new links may lead to; they are looked at again when the domains
    of this server are read again."""
    is_own_host: Callable[[str], bool] = lambda _: False
    """Whether a host is a domain of this server, besides those of `policy`."""
    titles: WantedTitles = field(default_factory=WantedTitles)
    """Links whose targets' titles are to be fetched."""
    templates: KnownTemplates = field(
        default_factory=lambda: KnownTemplates(None, domain="")
    )
    """What `utm` of a link may be filled from."""
    is_dry_run: bool = False
    """Whether all is checked and nothing is stored: `storage` keeps nothing."""
    domains: KnownDomains = field(default_factory=only_default)
    country_of: Callable[[str], str] | None = None
    """Returns the country of an address. None: all are unknown."""
    passwords: PasswordHasher
    """Makes what is kept of the passwords of links."""
    turns: Turns = field(default_factory=Turns)
    """Changes of one link wait for each other."""

    async def new_code(self) -> NewCode:
        """Return the id and the code of a new link; in a dry run, ones of no use.

        Raises:
            BackendUnavailable: As `CodeAllocator.next`.
            CodesExhausted: There are no more.
        """
        if not self.is_dry_run:
            return await self.allocator.next()
        # One of very many, so that dry runs at once do not meet.
        number = _FIRST_TO_COME + secrets.randbelow(_FIRST_TO_COME)
        return NewCode(number, f"{_CODE_TO_COME}{number:x}")

    def want_title(self, link: Link, *, asked: bool | None) -> None:
        """Note that the title of *link*, which is stored, is wanted, if it is.

        *asked* is what the client says; None: nothing.
        """
        if not self.is_dry_run:
            self.titles.want(link, asked=asked)

    def restorable_until(self, link: Link) -> datetime | None:
        """Return until when *link* can be restored; None: it is not deleted."""
        return None if link.deleted_at is None else link.deleted_at + self.restorable

    def target(self, url: str) -> str:
        """Return the form of *url* that is stored.

        Raises:
            InvalidTarget: It is refused; a subclass says why.
        """
        policy, to_ascii = self.policy, self.hosts.to_ascii
        target = normalise_target(url, policy=policy, to_ascii=to_ascii)
        table = self.domains.table
        if table.others:
            own = OwnServer(hosts=table.names, ports=policy.own.ports | table.ports)
            if leads_back(target, own=own):
                raise TargetIsOwnLink
        return target

    def new_target(self, url: str) -> str:
        """Return the form of *url* that is stored for a link from now on.

        Raises:
            InvalidTarget: As `target`, or no new link may lead there.
        """
        origin, table = usual_origin(url), self.domains.table
        is_known = origin is not None and self.accepted.has(origin, checked_by=table)
        if is_known and len(url) <= self.policy.max_length:
            self.check_blocked(url)
            return url
        target = self._accepted(url)
        if origin is not None and target == url:
            self.accepted.add(origin, checked_by=table)
        return target

    def _accepted(self, url: str) -> str:
        target = self.target(url)
        self.check_blocked(target)
        host = host_of(canonical(target)).rstrip(".")
        if self.is_own_host(host):
            raise TargetIsOwnLink
        is_shortener = KNOWN_SHORTENERS.covering(host) is not None
        if is_shortener and not self.are_shorteners_allowed:
            raise TargetIsShortener
        return target

    def check_blocked(self, target: str) -> None:
        """Check that no blocklist has *target*, which is normalised.

        Raises:
            TargetBlocked: One has.
        """
        blocked = self.blocklists.current
        if blocked and blocked.entry_of(target) is not None:
            raise TargetBlocked
