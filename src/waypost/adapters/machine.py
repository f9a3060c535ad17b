"""This machine's own names and addresses, from the operating system.

No name server is asked: that may take seconds, and a start must not wait for it.
"""

import socket
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Final

_HOSTS_FILE: Final = Path("/etc/hosts")
# Reserved for documentation, so that no machine has them.
_NOT_OWN: Final[dict[int, IPv4Address | IPv6Address]] = {
    4: IPv4Address("192.0.2.1"),
    6: IPv6Address("2001:db8::1"),
}
_FAMILIES: Final = {4: socket.AF_INET, 6: socket.AF_INET6}


def own_names() -> frozenset[str]:
    """Return this machine's host name, its others in the hosts file, and mDNS's."""
    name = socket.gethostname()
    names = {name, f"{name.partition('.')[0]}.local"}
    try:
        lines = _HOSTS_FILE.read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        aliases = line.partition("#")[0].split()[1:]
        if name in aliases:
            names.update(aliases)
    return frozenset(names)


def is_own_address(address: IPv4Address | IPv6Address) -> bool:
    """Return whether *address* belongs to this machine at the moment.

    The system lets a socket bind to the machine's own addresses only. Where it is
    configured to allow all of them (`ip_nonlocal_bind`), they cannot be recognised,
    and the answer is False.
    """
    return _can_have(address) and not _can_have(_NOT_OWN[address.version])


def _can_have(address: IPv4Address | IPv6Address) -> bool:
    try:
        with socket.socket(_FAMILIES[address.version], socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True
