"""Which hosts and ports lead back to the server itself."""

from ipaddress import IPv4Address, IPv6Address

import pytest

from waypost.adapters.local import IdnaHostNames
from waypost.domain.errors import TargetHostInvalid, TargetPortInvalid
from waypost.domain.urls.hosts import normalise_authority
from waypost.domain.urls.own_server import OwnServer, own_origin

to_ascii = IdnaHostNames().to_ascii
OWN_ADDRESSES = {IPv4Address("10.1.2.3"), IPv6Address("2001:db8::3")}
SERVER = OwnServer(
    hosts=frozenset({"go.example", "xn--bcher-kva.example", "10.0.0.9", "2001:db8::9"}),
    ports=frozenset({80, 8000}),
    is_own_address=OWN_ADDRESSES.__contains__,
)


def leads_back(authority: str) -> bool:
    """Say whether `http://` and *authority*, as a client writes it, lead to SERVER."""
    normal = normalise_authority(authority, scheme="http", to_ascii=to_ascii)
    return SERVER.is_at(normal, scheme="http")


@pytest.mark.parametrize("port", ["", ":", ":80", ":8000", ":08000"])
@pytest.mark.parametrize(
    "host",
    [
        "go.example",
        "GO.Example.",
        "bücher.example",
        "localhost",
        "LOCALHOST.",
        "any.localhost",
        "127.0.0.1",
        "127.255.255.254",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.0.0.1.",
        "0.0.0.0",
        "0",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:0.0.0.0]",
        "10.1.2.3",
        "[::ffff:10.1.2.3]",
        "[2001:db8::3]",
        "10.0.0.9",
        "[::ffff:10.0.0.9]",
        "[2001:DB8:0::9]",
    ],
)
def test_what_leads_back(host: str, port: str) -> None:
    """Every spelling of an own name or address leads here, at every own port."""
    assert leads_back(host + port)


@pytest.mark.parametrize(
    "authority",
    [
        "go.example:8080",
        "localhost:3000",
        "127.0.0.1:8001",
        "[::1]:443",
        "www.go.example",
        "go.example.evil.example",
        "notlocalhost",
        "localhost.example",
        "126.255.255.255",
        "128.0.0.1",
        "10.1.2.4",
        "[2001:db8::4]",
        "[::2]",
    ],
)
def test_what_leads_elsewhere(authority: str) -> None:
    """Another port, host or address is another server."""
    assert not leads_back(authority)


def test_the_port_of_https() -> None:
    """The port that a URL does not say is that of its scheme."""
    server = OwnServer(hosts=frozenset({"go.example"}), ports=frozenset({443}))
    assert server.is_at("go.example", scheme="https")
    assert not server.is_at("go.example", scheme="http")


@pytest.mark.parametrize(
    ("authority", "scheme", "host", "ports"),
    [
        ("Go.Example.", "https", "go.example", {80, 443}),
        ("go.example", "http", "go.example", {80, 443}),
        ("go.example:443", "http", "go.example", {80, 443}),
        ("go.example:8000", "https", "go.example", {8000}),
        ("bücher.example", "https", "xn--bcher-kva.example", {80, 443}),
        ("[::1]:8000", "http", "::1", {8000}),
        ("[::ffff:10.0.0.9]", "http", "10.0.0.9", {80, 443}),
        ("0x7f.1", "http", "127.0.0.1", {80, 443}),
    ],
)
def test_origins(authority: str, scheme: str, host: str, ports: set[int]) -> None:
    """A name brings its port along, and a port of the web the other one as well."""
    origin = own_origin(authority, scheme=scheme, to_ascii=to_ascii)
    assert origin == (host, frozenset(ports))


def test_origins_that_are_none() -> None:
    """What no visitor can open is refused."""
    with pytest.raises(TargetHostInvalid):
        own_origin("go example", scheme="http", to_ascii=to_ascii)
    with pytest.raises(TargetPortInvalid):
        own_origin("go.example:x", scheme="http", to_ascii=to_ascii)
