"""The names and ports by which this server is reached: no link may lead back to it."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final, TypeAlias

from waypost.domain.urls.hosts import DEFAULT_PORTS, normalise_authority

IPAddress: TypeAlias = IPv4Address | IPv6Address

_WEB_PORTS: Final = frozenset(DEFAULT_PORTS.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnServer:
    """Where this server, or the proxy in front of it, answers.

    Every host is combined with every port: under each name that a visitor uses, the
    same ports lead here. Another port of the same host is another server.
    """

    hosts: frozenset[str] = frozenset()
    """Names and addresses in the form of `canonical_host`. Those that mean this
    machine everywhere (`localhost`, `127.0.0.1`, `::1`, `0.0.0.0`) are always
    included."""
    ports: frozenset[int] = frozenset()
    is_own_address: Callable[[IPAddress], bool] = lambda _address: False
    """Whether an address belongs to this machine at the moment."""

    def is_at(self, authority: str, *, scheme: str) -> bool:
        """Return whether the normalised *authority* of a URL leads to this server."""
        host, port = _split(authority, scheme=scheme)
        return port in self.ports and self._is_own_host(canonical_host(host))

    def _is_own_host(self, host: str) -> bool:
        if host in self.hosts:
            return True
        address = _address(host)
        if address is None:
            return host == "localhost" or host.endswith(".localhost")
        # To connect to the unspecified address is to connect to this machine.
        return (
            address.is_loopback
            or address.is_unspecified
            or self.is_own_address(address)
        )


def own_origin(
    authority: str, *, scheme: str, to_ascii: Callable[[str], str]
) -> tuple[str, frozenset[int]]:
    """Return the host, for `OwnServer.hosts`, and the ports that *authority* names.

    A proxy that answers at one of the web's two ports usually answers at both.

    Raises:
        InvalidTarget: It has no valid host or port.
    """
    normal = normalise_authority(authority, scheme=scheme, to_ascii=to_ascii)
    host, port = _split(normal, scheme=scheme)
    ports = _WEB_PORTS if port in _WEB_PORTS else frozenset({port})
    return canonical_host(host), ports


def canonical_host(host: str) -> str:
    """Return the one form of a normalised *host*: `[::ffff:a01:203]` is `10.1.2.3`.

    Without the dot of the DNS root and without an address's brackets.
    """
    if not host.startswith("["):
        return host.removesuffix(".")
    address = IPv6Address(host[1:-1])
    return str(address.ipv4_mapped or address)


def _split(authority: str, *, scheme: str) -> tuple[str, int]:
    """Return the host and the port of a normalised *authority*."""
    host, colon, port = authority.rpartition(":")
    if not colon or authority.endswith("]"):
        return authority, DEFAULT_PORTS[scheme]
    return host, int(port)


def _address(host: str) -> IPAddress | None:
    """Return *host*, in canonical form, as an address; None: it is a name."""
    if ":" not in host and not host[-1:].isdecimal():
        return None
    try:
        return IPv6Address(host) if ":" in host else IPv4Address(host)
    except ValueError:
        return None
