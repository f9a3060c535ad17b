"""Requests about domains to a running server."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from waypost.cli.calls.connection import Connection, Query, in_path

_DOMAINS = "/api/v1/domains"


class DomainDefaults(msgspec.Struct, frozen=True):
    """What new links of a domain get."""

    redirect_status: int
    forward_query: bool
    forward_path: bool
    preview: str
    crawlable: bool


class DomainQr(msgspec.Struct, frozen=True):
    """How QR codes of a domain look."""

    color: str
    background: str
    margin: int
    level: str
    logo: str | None


class DomainReport(msgspec.Struct, frozen=True):
    """A domain, as the server shows it."""

    host: str
    default: bool
    state: str
    links: int
    links_exact: bool
    version: int
    root_url: str | None
    not_found_url: str | None
    unknown_path_url: str | None
    expired_url: str | None
    case_sensitive: bool
    defaults: DomainDefaults
    created_at: datetime | None
    updated_at: datetime | None
    well_known: dict[str, object] = {}
    """Not named by older releases."""
    qr: DomainQr | None = None
    """None: the server is of a release that has none of it."""


_decode_domain = msgspec.json.Decoder(DomainReport).decode


class DomainClient(Connection):
    """One server, for as long as a command runs; calls raise as `Connection`'s."""

    def domains(self, query: Query = ()) -> Iterator[DomainReport]:
        """Yield the domains that *query* asks for: the default one, then by host."""
        return self._listed(_DOMAINS, query, DomainReport, limit=None)

    def domain(self, host: str) -> DomainReport:
        """Return a domain."""
        return self._read(self._send("GET", _address(host)), _decode_domain)

    def add_domain(self, fields: Mapping[str, object]) -> DomainReport:
        """Add a domain and return it."""
        return self._read(self._send("POST", _DOMAINS, fields), _decode_domain)

    def change_domain(
        self, host: str, fields: Mapping[str, object], *, version: int | None = None
    ) -> DomainReport:
        """Change a domain and return it; *version*: only if it has this one."""
        answer = self._send("PATCH", _address(host), fields, version=version)
        return self._read(answer, _decode_domain)

    def remove_domain(self, host: str, *, version: int | None = None) -> None:
        """Remove a domain; *version*: only if it has this one."""
        self.done("DELETE", _address(host), version=version)


def _address(host: str) -> str:
    return f"{_DOMAINS}/{in_path(host)}"
