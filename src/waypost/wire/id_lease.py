"""Requests to keygen and its answers: JSON objects.

{"size": 1000} ─▶ POST /allocate ─▶ {"start": 1001, "end": 2000}
"""

from typing import Annotated, Final

import msgspec

from waypost.domain.codes import IdBlock

MAX_SIZE: Final = 1_000_000
"""How many ids may be leased at a time."""


class _Request(msgspec.Struct, forbid_unknown_fields=True):
    """Fields that are not listed here are refused."""

    size: Annotated[int, msgspec.Meta(ge=1, le=MAX_SIZE)] | msgspec.UnsetType = (
        msgspec.UNSET
    )


class Lease(msgspec.Struct):
    """The first and the last of the ids, as keygen answers them: not checked."""

    start: int
    end: int


_encode = msgspec.json.Encoder().encode
_decode_request = msgspec.json.Decoder(_Request).decode
_decode_lease = msgspec.json.Decoder(Lease).decode


def encode_request(size: int) -> bytes:
    """Return the body that asks for *size* ids."""
    return _encode({"size": size})


def decode_request(content: bytes) -> int | None:
    """Return how many ids a body asks for; None: keygen chooses.

    Raises:
        msgspec.ValidationError: Its fields are wrong.
        ValueError: It is not JSON.
    """
    size = _decode_request(content or b"{}").size
    return None if size is msgspec.UNSET else size


def encode_lease(block: IdBlock) -> bytes:
    """Return the body that leases *block*."""
    return _encode(Lease(block.start, block.end))


def decode_lease(content: bytes) -> Lease:
    """Return what an answer leases.

    Raises:
        ValueError: It is not JSON, or its fields are wrong.
    """
    return _decode_lease(content)
