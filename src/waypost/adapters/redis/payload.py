"""The value of a link in the shared cache: `CachedURLPayload`, a JSON object.

Other programs read and write it too, so names stay as they are.
"""

from datetime import datetime
from typing import Annotated, Final

import msgspec

from waypost.domain.links import Link
from waypost.ports.caching import Absence

ABSENT: Final = b"null"
"""The value of a code that belongs to no link."""

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_Text = Annotated[str, msgspec.Meta(min_length=1)]


class CachedURLPayload(msgspec.Struct, frozen=True):
    """A link of the default domain."""

    id: Annotated[int, msgspec.Meta(ge=0)]
    short_code: _Text
    original_url: _Text
    created_at: _Moment
    updated_at: _Moment
    version: Annotated[int, msgspec.Meta(ge=1)]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(CachedURLPayload | None).decode


def encode_link(link: Link) -> bytes:
    """Return the value of *link*."""
    return _encode(
        CachedURLPayload(
            id=link.id,
            short_code=link.code,
            original_url=link.target,
            created_at=link.created_at,
            updated_at=link.updated_at,
            version=link.version,
        )
    )


def decode_link(value: bytes, *, code: str) -> Link | Absence:
    """Return what *value* says of *code*.

    Raises:
        ValueError: It is no such value, or one of another code.
    """
    payload = _decode(value)
    if payload is None:
        return Absence()
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
