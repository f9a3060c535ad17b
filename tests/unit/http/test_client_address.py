"""Whose address is used when there are proxies in between."""

import pytest

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
