"""What may be a password, and what is kept of it."""

import re
from typing import Final, NewType
from unicodedata import normalize

PasswordHash = NewType("PasswordHash", str)
"""What is kept of a password: the text by which Argon2 recognises it."""

MAX_PASSWORD: Final = 128
"""In characters."""
_RULE: Final = (
    f"A password has 1 to {MAX_PASSWORD} characters, and no control characters."
)
# What no field of a page sends, and no text of bytes holds.
_UNTYPED: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def new_password(text: str) -> str:
    """Return *text*, which is chosen as a password.

    Raises:
        ValueError: It cannot be one.
    """
    if not can_be_password(text):
        raise ValueError(_RULE)
    return text


def can_be_password(text: str) -> bool:
    """Return whether *text* is a password of some link, perhaps."""
    return 1 <= len(text) <= MAX_PASSWORD and not _UNTYPED.search(text)


def password_bytes(text: str) -> bytes:
    """Return the bytes of a password, which are equal however it is typed (RFC 8265).

    Keyboards differ in whether they send é as one character or as two.
    """
    return normalize("NFC", text).encode("utf-8", "replace")
