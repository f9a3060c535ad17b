"""A link's version as an entity tag, and the condition that names such tags."""

import re
from typing import Final

_TAG: Final = re.compile(r'(W/)?"([^"]*)"')


def etag(version: int) -> str:
    """Return the entity tag of a link's *version*."""
    return f'"{version}"'


def versions_in(if_match: str | None) -> frozenset[int] | None:
    """Return the versions that an `If-Match` header names; None: any version.

    Weak tags, and tags that were never given out, match no version (RFC 9110, 13.1.1).
    """
    if if_match is None or if_match.strip() == "*":
        return None
    return frozenset(
        int(tag)
        for weak, tag in _TAG.findall(if_match)
        # Bounded, because a number of thousands of digits takes long to convert.
        if not weak and tag.isascii() and tag.isdigit() and len(tag) <= 18
    )
