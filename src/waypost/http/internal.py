"""Who may use what is for operators: metrics, and all of a keygen but its health."""

from collections.abc import Iterable
from hmac import compare_digest
from ipaddress import ip_address, ip_network
from typing import Final

from waypost.http.answers import Refused
from waypost.http.asgi import Scope
from waypost.http.client_address import TrustedProxies
from waypost.http.statuses import INTERNAL_ONLY

PRIVATE_NETWORKS: Final = (
    "127.0.0.0/8",
    "::1/128",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "fc00::/7",
    "fe80::/10",
)
"""Loopback, and networks whose addresses do not come from the internet."""

_BEARER: Final = b"bearer "


class InternalAccess:
    """Lets clients in by their address or by a token."""

    def __init__(
        self,
        networks: Iterable[str] = PRIVATE_NETWORKS,
        *,
        token: str = "",
        proxies: TrustedProxies | None = None,
    ) -> None:
        """Let in those of *networks*, and with *token*, unless it is empty, others.

        The address is that which *proxies* say.
        """
        self._networks = [ip_network(network, strict=False) for network in networks]
        self._token = token.encode()
        self._proxies = proxies or TrustedProxies(())

    def check(self, scope: Scope) -> None:
        """Refuse the request *scope*, unless its client is let in.

        Raises:
            Refused: It is not.
        """
        address, _ = self._proxies.visitor_in(scope)
        if not self._has_address(address) and not self._has_token(scope):
            raise Refused(INTERNAL_ONLY)

    def _has_address(self, address: str) -> bool:
        # The peer of a socket in the file system has none, and is on this machine.
        if not address:
            return True
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        mapped = getattr(parsed, "ipv4_mapped", None) or parsed
        return any(mapped in network for network in self._networks)

    def _has_token(self, scope: Scope) -> bool:
        if not self._token:
            return False
        sent = dict(scope["headers"]).get(b"authorization", b"")
        is_bearer = sent[: len(_BEARER)].lower() == _BEARER
        return is_bearer and compare_digest(sent[len(_BEARER) :].strip(), self._token)


PRIVATE_ONLY: Final = InternalAccess()
"""Lets in this machine and private networks."""
