"""What the system says of this machine's names and addresses."""

import socket
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

from waypost.adapters import machine
from waypost.adapters.machine import is_own_address, own_names


def test_names_of_the_hosts_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other names on a line with the host name are this machine's as well."""
    name = socket.gethostname()
    file = tmp_path / "hosts"
    file.write_text(
        f"10.1.2.3 full.{name}.example {name} short # comment\n"
        f"0.0.0.0 blocked.example # {name}\n\n"
    )
    monkeypatch.setattr(machine, "_HOSTS_FILE", file)
    names = own_names()
    assert {name, f"full.{name}.example", "short"} <= names
    assert "blocked.example" not in names
    assert "10.1.2.3" not in names


def test_without_a_hosts_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no such file, the host name is known all the same."""
    monkeypatch.setattr(machine, "_HOSTS_FILE", tmp_path / "none")
    names = own_names()
    assert {socket.gethostname(), f"{socket.gethostname().split('.')[0]}.local"} == (
        names
    )


@pytest.mark.parametrize(
    "address",
    [
        IPv4Address("192.0.2.1"),
        IPv4Address("198.51.100.7"),
        IPv6Address("2001:db8::7"),
    ],
)
def test_addresses(address: IPv4Address | IPv6Address) -> None:
    """An address of this machine is known, and one of another is not."""
    assert is_own_address(IPv4Address("127.0.0.1"))
    assert not is_own_address(address)
