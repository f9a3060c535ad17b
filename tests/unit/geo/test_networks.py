"""Networks of machines, as their operators publish them."""

import json
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes import SettableClock
from waypost.adapters.geo.networks import NetworkFiles, NoNetworks, networks_in
from waypost.adapters.geo.reloading import LOOK_SECONDS
from waypost.config import Settings
from waypost.wiring.analytics.places import open_networks

NETWORKS = st.builds(
    lambda address, length: f"{address}/{length}", st.ip_addresses(), st.integers(1, 32)
)
LINES = """
# A comment
192.0.2.0/25
198.51.100.7    # one address
192.0.2.128/25
2001:db8::/32
"""
GOOGLE = {
    "creationTime": "2026-01-01T00:00:00.000000",
    "prefixes": [{"ipv6Prefix": "2001:db8:1::/64"}, {"ipv4Prefix": "192.0.2.0/27"}],
}
AMAZON = {
    "prefixes": [{"ip_prefix": "192.0.2.0/27", "region": "eu-central-1"}],
    "ipv6_prefixes": [{"ipv6_prefix": "2001:db8:1::/64"}],
}


def test_lines_are_networks(tmp_path: Path) -> None:
    """The first and last addresses belong to a network, their neighbours do not."""
    path = tmp_path / "networks.txt"
    path.write_text(LINES)
    networks = open_networks(Settings(BOT_NETWORKS=(path,)))
    for inside in (
        "192.0.2.0",
        "192.0.2.255",
        "198.51.100.7",
        "2001:db8::",
        "2001:db8:f::1",
    ):
        assert networks.has(inside), inside
    for outside in ("192.0.1.255", "192.0.3.0", "198.51.100.8", "2001:db9::", "::1"):
        assert not networks.has(outside), outside


@pytest.mark.parametrize("document", [GOOGLE, AMAZON], ids=["google", "amazon"])
def test_documents_of_operators_are_read(document: object) -> None:
    """Networks are found in JSON wherever a publisher puts them."""
    found = {str(network) for network in networks_in(json.dumps(document))}
    assert found == {"192.0.2.0/27", "2001:db8:1::/64"}


def test_a_new_file_is_read_without_a_restart(tmp_path: Path) -> None:
    """Lists change every day; a wrong one leaves the last one in force."""
    path, clock = tmp_path / "networks.txt", SettableClock()
    path.write_text("192.0.2.0/24")
    networks = NetworkFiles([path], monotonic=clock.monotonic)
    path.write_text("198.51.100.0/24\n")
    clock.move(LOOK_SECONDS)
    assert networks.has("198.51.100.1")
    assert not networks.has("192.0.2.1")
    path.write_text("nothing to read")
    clock.move(LOOK_SECONDS)
    assert networks.has("198.51.100.1")


@settings(max_examples=40)
@given(st.lists(NETWORKS, max_size=8), st.ip_addresses().map(str))
def test_an_address_is_in_a_network_or_not(
    tmp_path_factory: pytest.TempPathFactory, networks: list[str], address: str
) -> None:
    """The search finds what comparing with each network finds."""
    path = tmp_path_factory.mktemp("networks") / "file"
    path.write_text("\n".join(networks))
    parsed = list(networks_in("\n".join(networks)))
    expected = any(ip_address(address) in network for network in parsed)
    assert NetworkFiles([path]).has(address) is expected


@given(st.text())
def test_no_text_is_in_no_network(text: str) -> None:
    """What is no address lies nowhere."""
    assert NoNetworks().has(text) is False
