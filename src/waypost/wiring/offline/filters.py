"""Filters of links as the API takes them, for a database without a server."""

from collections.abc import Sequence
from dataclasses import dataclass

from waypost.adapters.local import IdnaHostNames, SystemClock
from waypost.adapters.sql.storage import SqlStorage
from waypost.api.faults.parameters import WrongParameters
from waypost.api.links.list_parameters import EXPORT
from waypost.api.links.list_queries import wanted_links
from waypost.api.reports.queries import check_values
from waypost.config import Settings
from waypost.domain.errors import DomainError, Unusable
from waypost.domain.urls.targets import TargetPolicy, normalise_target
from waypost.http.problems import WrongField
from waypost.ports.runtime import Clock, HostNames
from waypost.services.domains.known import KnownDomains
from waypost.services.exports.links import ChosenLinks, place_of
from waypost.services.lists.pages import LISTED_AT_ONCE
from waypost.wiring.parts.targets import target_policy


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """What filters are read with."""

    clock: Clock
    hosts: HostNames
    domains: KnownDomains
    policy: TargetPolicy

    def target(self, url: str) -> str:
        """Return the form of *url* that is stored; raises `InvalidTarget`."""
        return normalise_target(url, policy=self.policy, to_ascii=self.hosts.to_ascii)


async def chosen_links(
    settings: Settings,
    filters: Sequence[tuple[str, str]],
    *,
    after: int | None,
    storage: SqlStorage,
) -> ChosenLinks:
    """Return the links of a database that *filters* choose, behind the id *after*.

    Raises:
        Unusable: A filter is wrong, or no link has the id; the text says which.
        SettingsError: As `target_policy`.
        BackendUnavailable: The database does not answer.
    """
    clock, hosts = SystemClock(), IdnaHostNames()
    names = _Names(
        clock=clock,
        hosts=hosts,
        domains=KnownDomains(storage.domains, base_url=settings.base_url),
        policy=target_policy(settings, to_ascii=hosts.to_ascii),
    )
    await names.domains.refresh()
    values: dict[str, list[str]] = {}
    for name, value in filters:
        values.setdefault(name, []).append(value)
    try:
        check_values(values, EXPORT)
        wanted = wanted_links({"archived": ["any"], **values}, names)
    except WrongParameters as error:
        raise Unusable(" ".join(map(_sentence, error.errors))) from error
    except DomainError as error:
        raise Unusable(str(error)) from error
    place = None if after is None else await place_of(after, storage.links)
    if after is not None and place is None:
        raise Unusable(f"--after: with a filter, there has to be a link {after}.")
    # Without a server no process does it.
    while await storage.lists.list_changed(limit=LISTED_AT_ONCE) == LISTED_AT_ONCE:
        pass
    return ChosenLinks(
        lists=storage.lists, wanted=wanted, now=clock.now(), behind=place
    )


def _sentence(wrong: WrongField) -> str:
    name = "search" if wrong.field == "q" else wrong.field.replace("_", "-")
    return f"--{name}: {wrong.message}"
