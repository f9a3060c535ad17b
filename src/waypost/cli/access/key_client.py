"""Requests about keys to a running server."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from waypost.cli.calls.connection import Connection, in_path

_KEYS = "/api/v1/keys"


class KeyReport(msgspec.Struct, frozen=True):
    """A key, as the server shows it."""

    id: str | None
    """Null in a dry run, as all that would be made."""
    name: str
    prefix: str | None
    scopes: list[str]
    domains: list[str]
    state: str
    created_at: datetime | None
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    previous_until: datetime | None
    own_links: bool = False
    """Not named by older releases, as what follows."""
    rate_limit: int | None = None
    created_by: dict[str, object] | None = None
    key: str | None = None


class Identity(msgspec.Struct, frozen=True):
    """Who asks with a key."""

    type: str
    name: str | None
    scopes: list[str]


_decode_key = msgspec.json.Decoder(KeyReport).decode
_decode_identity = msgspec.json.Decoder(Identity).decode


class KeyClient(Connection):
    """One server, for as long as a command runs; calls raise as `Connection`'s."""

    def me(self) -> Identity:
        """Return who asks with the key of this client."""
        return self._read(self._send("GET", "/api/v1/me"), _decode_identity)

    def keys(self, *, state: str | None) -> Iterator[KeyReport]:
        """Yield the keys of the server, newest first; *state*: only those in it."""
        query = [("state", state)] if state else []
        return self._listed(_KEYS, query, KeyReport, limit=None)

    def make_key(self, fields: Mapping[str, object]) -> KeyReport:
        """Make a key and return it, with its secret."""
        return self._read(self._send("POST", _KEYS, fields), _decode_key)

    def rotate_key(self, key_id: str, *, overlap: str | None) -> KeyReport:
        """Give a key another secret, and return it."""
        path = f"{_address(key_id)}/rotate"
        return self._read(self._send("POST", path, {"overlap": overlap}), _decode_key)

    def revoke_key(self, key_id: str) -> None:
        """Have a key accepted no more."""
        self.done("DELETE", _address(key_id))


def _address(key_id: str) -> str:
    return f"{_KEYS}/{in_path(key_id)}"
