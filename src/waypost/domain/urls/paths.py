"""Paths of URLs, as far as a redirect adds a visitor's to its target."""

import re
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from waypost.domain.urls.queries import MAX_LOCATION

_WITH_HOST: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^/?#]+)([^?#]*)(.*)")
# What a path may hold as it is (RFC 3986, 3.3), with `%` for what is encoded already.
_SAFE: Final = "!$&'()*+,;=:@/-._~%"
# What need not be encoded (RFC 3986, 2.3): - . 0-9 A-Z _ a-z ~
_UNRESERVED: Final = re.compile(
    "%(2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])", re.IGNORECASE
)
# Browsers read a backslash as a slash.
_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")


def add_path(target: str, rest: str) -> str | None:
    """Return *target* with *rest* at the end of its path; None: it cannot be passed on.

    *rest* is encoded as the visitor sent it, each character a byte. It cannot change
    the host, nor lead out of the target's path: segments `.` and `..`, backslashes and
    control characters are refused, percent-encoded as well.
    """
    found, rest = _WITH_HOST.fullmatch(target), rest.lstrip("/")
    if found is None or not rest or not _is_fit(rest):
        return None
    host, path, more = found.groups()
    added = quote(rest.encode("latin-1"), safe=_SAFE)
    longer = f"{host}{path.removesuffix('/')}/{added}{more}"
    return longer if len(longer) <= MAX_LOCATION else None


def as_visited(path: str) -> str:
    """Return *path*, which may have a query, as it is asked for in the end.

    Browsers resolve the segments `.` and `..`, percent-encoded as well, and servers
    take a letter that is encoded for the letter.
    """
    own, mark, query = path.partition("?")
    plain = _UNRESERVED.sub(lambda found: chr(int(found[1], 16)), own)
    kept: list[str] = []
    first, *segments = plain.split("/")
    for place, segment in enumerate(segments, start=1):
        if segment == "..":
            del kept[-1:]
        if segment not in {".", ".."}:
            kept.append(segment)
        elif place == len(segments):
            kept.append("")
    return "/".join([first, *kept]) + mark + query


def _is_fit(rest: str) -> bool:
    decoded = unquote_to_bytes(rest.encode("latin-1")).decode("utf-8", "replace")
    # Some servers leave out what follows a semicolon before they resolve segments.
    segments = (one.partition(";")[0] for one in decoded.split("/"))
    return not _UNFIT.search(decoded) and {".", ".."}.isdisjoint(segments)
