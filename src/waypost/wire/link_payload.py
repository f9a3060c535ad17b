"""The values of a link in the shared cache, as JSON objects.

`url:<code>`   the six fields that other programs read and write: no more, for some of
               them refuse a field that they do not know, and no fewer
`link:<code>`  the same link with what those fields cannot say: its version. Only links
               that were changed have it; without it, a link is of the lowest version

A link in two values is the newest of both. An empty value of `url:<code>` says that no
link has this code; other programs take it for no value.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Final

import msgspec

from waypost.domain.links import Absence, Link

ABSENT: Final = b""
"""The value of a code that belongs to no link."""
LOWEST_VERSION: Final = 1

_NULL: Final = b"null"  # how the release before this one wrote an absence
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_Text = Annotated[str, msgspec.Meta(min_length=1)]
# It becomes a header as it is, whoever wrote it.
_Target = Annotated[str, msgspec.Meta(pattern=r"\A[!-~]+\Z")]
_Version = Annotated[int, msgspec.Meta(ge=LOWEST_VERSION)]


class CachedURLPayload(msgspec.Struct, frozen=True, kw_only=True):
    """A link of the default domain, as other programs know it."""

    id: Annotated[int, msgspec.Meta(ge=0)]
    short_code: _Text
    original_url: _Target
    clicks: int = 0
    """Required by other programs. No count is kept here: the statistics have it."""
    created_at: _Moment
    updated_at: _Moment


class VersionedPayload(msgspec.Struct, frozen=True, kw_only=True):
    """A link of the default domain, with its version if that is known."""

    id: Annotated[int, msgspec.Meta(ge=0)]
    short_code: _Text
    original_url: _Target
    created_at: _Moment
    updated_at: _Moment
    version: _Version = LOWEST_VERSION


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(VersionedPayload).decode


def encode_link(link: Link) -> bytes:
    """Return the value of *link* that every program reads."""
    return _encode(
        CachedURLPayload(
            id=link.id,
            short_code=link.code,
            original_url=link.target,
            created_at=link.created_at,
            updated_at=link.updated_at,
        )
    )


def encode_version(link: Link) -> bytes:
    """Return the value of *link* with its version; empty: the lowest, not written."""
    if link.version == LOWEST_VERSION:
        return b""
    return _encode(
        VersionedPayload(
            id=link.id,
            short_code=link.code,
            original_url=link.target,
            created_at=link.created_at,
            updated_at=link.updated_at,
            version=link.version,
        )
    )


def decode_values(values: Iterable[bytes | None], *, code: str) -> Link | Absence:
    """Return what the *values* of *code* say together.

    Raises:
        ValueError: None of them says anything about it.
    """
    found: Link | Absence | None = None
    for value in values:
        try:
            said = None if value is None else _decoded(value, code)
        except ValueError:
            continue
        if found is None or _version(said) > _version(found):
            found = said
    if found is None:
        raise ValueError("no value of this code")
    return found


def _decoded(value: bytes, code: str) -> Link | Absence:
    if value in {ABSENT, _NULL}:
        return Absence()
    payload = _decode(value)
    if payload.short_code != code:
        raise ValueError("the value of another code")
    return Link(
        id=payload.id,
        code=code,
        target=payload.original_url,
        created_at=payload.created_at,
        updated_at=payload.updated_at,
        version=payload.version,
    )


def _version(found: Link | Absence | None) -> int:
    return found.version if isinstance(found, Link) else 0
