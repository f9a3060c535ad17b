"""Changes of links, as every process reads them: a JSON array of `[key, version]`.

The key of a link of the default domain is its code; that of another one is
`domain/code`, which is not a code for a release that knows one domain. The array
of a change always has two elements: an older release takes a message with any
other number for a lost one, and looks up every link that it has cached again.
"""

from collections.abc import Sequence

import msgspec

from waypost.domain.events import Invalidation
from waypost.domain.links import code_and_domain, key_of

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[tuple[str, int]]).decode


def encode_changes(changes: Sequence[Invalidation]) -> bytes:
    """Return the message of *changes*."""
    return _encode([(key_of(one.code, one.domain), one.version) for one in changes])


def decode_changes(content: bytes | str) -> list[Invalidation]:
    """Return the changes in a message.

    Raises:
        ValueError: It is none.
    """
    return [_invalidation(key, version) for key, version in _decode(content)]


def _invalidation(key: str, version: int) -> Invalidation:
    code, domain = code_and_domain(key)
    return Invalidation(code, version, domain)
