"""Requests about keys to a running server."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from urllib.parse import quote

import msgspec

from waypost.cli.links.client import ServerClient

_KEYS = "/api/v1/keys"


class KeyReport(msgspec.Struct, frozen=True):
    """A key, as the server shows it."""

    id: str
    name: str
    prefix: str
    scopes: list[str]
    domains: list[str]
    state: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    previous_until: datetime | None
    key: str | None = None


class Identity(msgspec.Struct, frozen=True):
    """Who asks with a key."""

    type: str
    name: str | None
    scopes: list[str]


class _Page(msgspec.Struct, frozen=True):
    data: list[KeyReport]
    next_cursor: str | None


_decode_key = msgspec.json.Decoder(KeyReport).decode
_decode_page = msgspec.json.Decoder(_Page).decode
_decode_identity = msgspec.json.Decoder(Identity).decode


class KeyClient(ServerClient):
    """One server, for as long as a command runs; calls raise as `ServerClient`'s."""

    def me(self) -> Identity:
        """Return who asks with the key of this client."""
        return self._read(self._send("GET", "/api/v1/me"), _decode_identity)

    def keys(self, *, state: str | None) -> Iterator[KeyReport]:
        """Yield the keys of the server, newest first; *state*: only those in it."""
        query = [("state", state)] if state else []
        cursor: str | None = ""
        while cursor is not None:
            more = [("cursor", cursor)] if cursor else []
            page = self._read(
                self._send("GET", _KEYS, query=[*query, *more]), _decode_page
            )
            yield from page.data
            cursor = page.next_cursor

    def make_key(self, fields: Mapping[str, object]) -> KeyReport:
        """Make a key and return it, with its secret."""
        return self._read(self._send("POST", _KEYS, fields), _decode_key)

    def rotate_key(self, key_id: str, *, overlap: str | None) -> KeyReport:
        """Give a key another secret, and return it."""
        path = f"{_address(key_id)}/rotate"
        return self._read(self._send("POST", path, {"overlap": overlap}), _decode_key)

    def revoke_key(self, key_id: str) -> None:
        """Have a key accepted no more."""
        answer = self._send("DELETE", _address(key_id))
        if not answer.is_success:
            self._read(answer, _decode_key)


def _address(key_id: str) -> str:
    return f"{_KEYS}/{quote(key_id, safe='')}"
