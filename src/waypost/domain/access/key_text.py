"""The text of a key: `wp_`, 32 random characters, and a checksum of six.

    wp_7Qm2…  190 random bits, as 62³² is 2¹⁹⁰

The checksum recognises a key that was mistyped or cut off, without a look-up.
"""

import re
from hashlib import sha256
from secrets import randbelow
from typing import Final
from zlib import crc32

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM: Final = 32
_CHECKSUM: Final = 6
"""62⁶ is more than the 2³² values of CRC-32."""
PREFIX: Final = "wp_"
_SHOWN: Final = len(PREFIX) + 4
_FORM: Final = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_RANDOM + _CHECKSUM}}}")


def make_key_text() -> str:
    """Return the text of a new key."""
    text = PREFIX + _base62(randbelow(62**_RANDOM), _RANDOM)
    return text + _checksum(text)


def is_key_text(text: str) -> bool:
    """Return whether *text* is that of a key, without a mistake in typing."""
    if _FORM.fullmatch(text) is None:
        return False
    return text[-_CHECKSUM:] == _checksum(text[:-_CHECKSUM])


def shown_prefix(text: str) -> str:
    """Return how the key *text* begins: what people recognise it by."""
    return text[:_SHOWN]


def hash_of(text: str) -> str:
    """Return what is stored of a key: its SHA-256, in hexadecimal digits.

    190 random bits cannot be guessed, so that a slow hash would protect nothing.
    """
    return sha256(text.encode()).hexdigest()


def _checksum(text: str) -> str:
    return _base62(crc32(text.encode()), _CHECKSUM)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
