"""Whose address is used when there are proxies in between."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.http.client_address import TrustedProxies

PROXIES = TrustedProxies(["127.0.0.1", "::1", "10.0.0.0/8"])


@pytest.mark.parametrize(
    ("address", "trusted"),
    [
        ("127.0.0.1", True),
        ("10.200.3.4", True),
        ("::1", True),
        ("::ffff:10.1.1.1", True),
        ("192.0.2.1", False),
        ("2001:db8::1", False),
        ("", False),
        ("not an address", False),
    ],
)
def test_trust_follows_the_networks(address: str, *, trusted: bool) -> None:
    """A peer is trusted if and only if it is in one of the networks."""
    assert trusted == PROXIES.trusts(address)


@pytest.mark.parametrize(
    ("forwarded_for", "client"),
    [
        (b"192.0.2.7", "192.0.2.7"),
        (b"2001:db8::7", "2001:db8::7"),
        (b"192.0.2.7, 10.0.0.2", "192.0.2.7"),
        (b"203.0.113.9, 192.0.2.7, 10.0.0.2", "192.0.2.7"),
        (b"10.0.0.3, 10.0.0.2", "10.0.0.3"),
        (b"", "127.0.0.1"),
        (b"garbage", "127.0.0.1"),
        (b"192.0.2.7, garbage, 10.0.0.2", "10.0.0.2"),
        (b"\xff\x00, 192.0.2.7", "192.0.2.7"),
    ],
)
def test_client_is_the_last_address_that_no_proxy_has(
    forwarded_for: bytes, client: str
) -> None:
    """A visitor's own entries before those of the proxies are not used."""
    assert client == PROXIES.client_address("127.0.0.1", forwarded_for)


@pytest.mark.parametrize(
    ("forwarded_for", "client"),
    [
        (b"192.0.2.7:4711", "192.0.2.7"),
        (b"[2001:db8::7]:4711, 10.0.0.2:80", "2001:db8::7"),
        (b"[2001:db8::7]", "2001:db8::7"),
        (b"192.0.2.7:4711:1", "127.0.0.1"),
        (b"[192.0.2.7", "127.0.0.1"),
        (b"192.0.2.7:999999", "127.0.0.1"),
        (b"[fe80::1%eth0]:1", "127.0.0.1"),
    ],
)
def test_ports_are_no_part_of_an_address(forwarded_for: bytes, client: str) -> None:
    """Some proxies add the port from which the visitor came."""
    assert client == PROXIES.client_address("127.0.0.1", forwarded_for)


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        (b"for=192.0.2.7", "192.0.2.7"),
        (b"For=192.0.2.7;proto=https;by=10.0.0.1;host=go.example.com", "192.0.2.7"),
        (b'proto=https;for="192.0.2.7:4711"', "192.0.2.7"),
        (b'for="[2001:db8::7]:4711"', "2001:db8::7"),
        (b"for=192.0.2.7, for=10.0.0.2", "192.0.2.7"),
        (b"for=203.0.113.9, for=192.0.2.7, for=10.0.0.2", "192.0.2.7"),
        (b"for=unknown, for=10.0.0.2", "10.0.0.2"),
        (b"for=_hidden", "127.0.0.1"),
        (b"for=", "127.0.0.1"),
        (b"by=192.0.2.7", "127.0.0.1"),
        (b"xfor=192.0.2.7", "127.0.0.1"),
        (b"for=192.0.2.7;for=203.0.113.9", "127.0.0.1"),
        # A visitor opens a quote; the proxy appends what it saw.
        (b'for="203.0.113.9, for=192.0.2.7', "192.0.2.7"),
        (b'for="203.0.113.9;x=", for=192.0.2.7, for=10.0.0.2', "192.0.2.7"),
        (b'for="a\\", for=192.0.2.7', "192.0.2.7"),
        (b'for="203.0.113.9, 192.0.2.7"', "127.0.0.1"),
        (b"\xff\x00, for=192.0.2.7", "192.0.2.7"),
        (b"for=192.0.2.7, " + b"for=10.0.0.2, " * 10 + b"for=10.0.0.2", "192.0.2.7"),
        (b"for=192.0.2.7," + b"x" * 5000, "127.0.0.1"),
    ],
)
def test_forwarded_is_read_from_its_end(forwarded: bytes, client: str) -> None:
    """RFC 7239: the last element that is no proxy's names the visitor."""
    assert client == PROXIES.client_address("127.0.0.1", b"", forwarded)


def test_forwarded_is_read_only_without_the_other_header() -> None:
    """A proxy that appends to the one header may pass on the visitor's other."""
    both = PROXIES.client_address("127.0.0.1", b"192.0.2.7", b"for=203.0.113.9")
    assert both == "192.0.2.7"


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_have_an_address(forwarded_for: bytes, forwarded: bytes) -> None:
    """What a visitor sends is no error, and what is kept is an address."""
    ip_address(PROXIES.client_address("127.0.0.1", forwarded_for, forwarded))


@given(st.binary(max_size=200).map(lambda text: text.replace(b",", b"")))
def test_a_visitor_does_not_hide_behind_own_elements(claim: bytes) -> None:
    """What stands before the proxy's element does not change what it says."""
    forwarded = claim + b", for=192.0.2.7"
    assert PROXIES.client_address("127.0.0.1", b"", forwarded) == "192.0.2.7"


def test_the_nearest_kibibyte_of_a_list_is_read() -> None:
    """What was cut is not read: the end of an address may be another address."""
    proxies = b",10.0.0.2" * 112
    whole = b"192.0.2.7".rjust(1024 - len(proxies)) + proxies
    assert len(whole) == 1024
    assert PROXIES.client_address("127.0.0.1", whole) == "192.0.2.7"
    cut = b"192.0.2.7" + b" " * (1024 - len(proxies) - 8) + proxies
    assert len(cut) == 1025
    assert PROXIES.client_address("127.0.0.1", cut) == "10.0.0.2"


def test_a_network_may_be_named_by_one_of_its_addresses() -> None:
    """`TRUSTED_PROXIES` accepts what people write."""
    assert TrustedProxies(["10.1.2.3/8"]).trusts("10.200.3.4")
