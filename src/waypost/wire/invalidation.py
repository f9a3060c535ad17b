"""Changes of links as every process hears of them: a JSON array of `[code, version]`.

The array of a change has two elements, whatever comes: the release before this one
takes a message with any other for a lost one, and looks every held link up again.
"""

from collections.abc import Sequence

import msgspec

from waypost.domain.events import Invalidation

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Invalidation]).decode


def encode_changes(changes: Sequence[Invalidation]) -> bytes:
    """Return the message of *changes*."""
    return _encode(changes)


def decode_changes(content: bytes | str) -> list[Invalidation]:
    """Return the changes in a message.

    Raises:
        ValueError: It is none.
    """
    return _decode(content)
