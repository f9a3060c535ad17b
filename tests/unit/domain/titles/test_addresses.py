"""Only addresses of the public internet are fetched from."""

from ipaddress import ip_address

import pytest

from waypost.domain.titles.addresses import is_named_private, is_public


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "64:ff9b::101:101"]
)
def test_public_addresses(address: str) -> None:
    """Also a public one behind NAT64."""
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.8.8.8",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::10.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a00:1::",
        "2001:0:7f00:1::",
        "2001:db8::1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fe80::1%1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_other_addresses(address: str) -> None:
    """Of every other network, and within every address that holds another."""
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    ("host", "is_private"),
    [
        ("localhost", True),
        ("db.internal", True),
        ("printer.local.", True),
        ("10.0.0.1", True),
        ("[::1]", True),
        ("example.com", False),
        ("mylocal", False),
        ("1.1.1.1", False),
    ],
)
def test_names_that_are_private(host: str, *, is_private: bool) -> None:
    """Known without asking DNS."""
    assert is_named_private(host) is is_private
