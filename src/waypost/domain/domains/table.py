"""All domains of a server at one moment, and which of them a name means."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from urllib.parse import urlsplit

from waypost.domain.domains.domains import UNTOUCHED, LinkDomain
from waypost.domain.links import DEFAULT_DOMAIN, key_of, root_of


class DomainTable:
    """The domains of a server whose default one is reached at *base_url*."""

    def __init__(self, base_url: str, domains: Iterable[LinkDomain] = ()) -> None:
        by_host = {domain.host: domain for domain in domains}
        self.default = by_host.pop(DEFAULT_DOMAIN, UNTOUCHED)
        self.others = by_host
        """Those besides the default one, by host."""
        self.base_url = base_url
        self.default_host = urlsplit(base_url).netloc.lower()
        self.is_plain = not by_host and self.default.is_plain
        """Whether every code is looked up as it is typed, in the default domain."""

    def __iter__(self) -> Iterator[LinkDomain]:
        """Yield the default domain, then the others by host."""
        yield self.default
        yield from map(self.others.__getitem__, sorted(self.others))

    def named(self, host: str) -> LinkDomain | None:
        """Return the domain that people call *host*; None: there is none."""
        if host in {DEFAULT_DOMAIN, self.default_host}:
            return self.default
        return self.others.get(host) or self._lower(host)

    def of(self, domain: str) -> LinkDomain:
        """Return what holds for links that are stored with *domain*."""
        return self.others.get(domain, self.default)

    def visited(self, host: str) -> LinkDomain:
        """Return the domain of a visitor's `Host`: the default one if it is unknown.

        A visitor may name a port that the domain's host does not have.
        """
        host = host.lower()
        found = self.others.get(host)
        if found is None:
            name, _, _ = host.rpartition(":") if _has_port(host) else (host, "", "")
            found = self.others.get(name.removesuffix("."))
        return found or self.default

    def host_of(self, domain: str) -> str:
        """Return what people call the domain of links that are stored with *domain*."""
        return domain or self.default_host

    def root_of(self, domain: str) -> str:
        """Return where visitors reach a domain, without a slash at the end."""
        return root_of(domain, self.base_url)

    def key(self, code: str, domain: str = DEFAULT_DOMAIN) -> str:
        """Return the key, as `key_of`, of the link that has *code* in *domain*."""
        return key_of(self.of(domain).stored(code), domain)

    @cached_property
    def hosts(self) -> frozenset[str]:
        """What people call the domains."""
        return frozenset({self.default_host, *self.others})

    @cached_property
    def names(self) -> frozenset[str]:
        """The hosts besides the default one, without ports."""
        return frozenset(
            host.rpartition(":")[0] if _has_port(host) else host for host in self.others
        )

    @cached_property
    def ports(self) -> frozenset[int]:
        """The ports that they name."""
        return frozenset(
            int(host.rpartition(":")[2]) for host in self.others if _has_port(host)
        )

    def _lower(self, host: str) -> LinkDomain | None:
        low = host.lower()
        return self.named(low) if low != host else None


def _has_port(host: str) -> bool:
    return ":" in host and not host.endswith("]")
