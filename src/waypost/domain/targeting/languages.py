"""Languages that a visitor accepts (RFC 9110, 12.5.4), by tags (RFC 5646)."""

import re
from functools import lru_cache
from typing import Final

LEAST_WEIGHT: Final = 0.9
"""A language with less weight is one that the visitor would rather not read."""
MAX_HEADER: Final = 512
"""Bytes that are read of the header."""
_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")
_RANGE: Final = re.compile(
    rf"\s*({_TAG.pattern})\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{{0,3}})?)\s*)?"
)
_CACHED: Final = 1_024


def is_language(text: str) -> bool:
    """Return whether *text* is a tag such as `de` or `pt-BR`."""
    return _TAG.fullmatch(text) is not None


def accepted_languages(header: bytes) -> tuple[str, ...]:
    """Return the tags in `Accept-Language` with `LEAST_WEIGHT`, in lower case."""
    return _accepted(header[:MAX_HEADER])


@lru_cache(_CACHED)
def _accepted(header: bytes) -> tuple[str, ...]:
    found = map(_RANGE.fullmatch, header.decode("latin-1").split(","))
    return tuple(
        one[1].lower() for one in found if one and float(one[2] or 1) >= LEAST_WEIGHT
    )
