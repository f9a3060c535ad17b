"""What reports are made from, bound once."""

from dataclasses import dataclass, field

from waypost.ports.analytics.reports import ReportStore
from waypost.ports.links import LinkReader
from waypost.ports.runtime import Clock, Zones
from waypost.services.domains.known import KnownDomains, only_default


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContext:
    """For as long as the process lives."""

    store: ReportStore
    links: LinkReader
    zones: Zones
    clock: Clock
    default_domain: str
    """The host of `BASE_URL`: names of links may name it too."""
    domains: KnownDomains = field(default_factory=only_default)
