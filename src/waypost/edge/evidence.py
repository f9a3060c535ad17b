"""The data about a visitor that a click keeps of a request."""

import time
from collections.abc import Iterable, Mapping
from typing import Final

from waypost.domain.clicks import Click
from waypost.domain.reports.country_names import COUNTRY_NAMES
from waypost.domain.targeting.visits import Visit
from waypost.http.asgi import Scope
from waypost.http.client_address import TrustedProxies
from waypost.ports.near_cache import NearEntry
from waypost.wire.click_origin import with_choice

VALUE_LIMIT = 1024
"""Bytes that are kept of a header or query whose request is unusually long."""

_country_of: Final = {code.encode(): code for code in COUNTRY_NAMES}.get
_time_ns = time.time_ns


def cut_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return *headers* by name with their values cut to `VALUE_LIMIT`.

    No request shall fill the disk with one header.
    """
    return {name: value[:VALUE_LIMIT] for name, value in headers}


def visit_in(scope: Scope, proxies: TrustedProxies, path: str = "") -> Visit:
    """Return the visit that a request is; *path* is what follows the code."""
    address, country = proxies.visitor_in(scope)
    return Visit(
        query=scope["query_string"].decode("latin-1"),
        path=path,
        headers=cut_headers(scope["headers"]),
        address=address,
        country=country,
    )


def noting(
    headers: Mapping[bytes, bytes], chosen: tuple[str, str] | None
) -> Mapping[bytes, bytes]:
    """Return *headers* for a click of which the link has *chosen* rule and variant.

    Their names go where a record has room for them, so that a click on a link without
    them costs nothing more.
    """
    if chosen is None:
        return headers
    return {**headers, b"from": with_choice(headers.get(b"from", b""), *chosen)}


def click_of(
    entry: NearEntry,
    query: bytes,
    headers: Mapping[bytes, bytes],
    address: str,
    country: bytes,
) -> Click:
    """Return the click on *entry* for a request with these *headers*.

    Header names are in lower case. *country* is what a trusted proxy says of it; what
    is none of ISO 3166-1 counts for nothing. Runs once for every redirect, hence the
    plain positional calls.
    """
    header = headers.get
    purpose = (
        header(b"sec-purpose")
        or header(b"purpose")
        or header(b"x-purpose")
        or header(b"x-moz", b"")
    )
    fetch = b",".join(
        (
            header(b"sec-fetch-site", b""),
            header(b"sec-fetch-mode", b""),
            header(b"sec-fetch-dest", b""),
            header(b"sec-fetch-user", b""),
        )
    )
    if hints := header(b"sec-ch-ua", b""):
        hints = b";".join(
            (
                hints,
                header(b"sec-ch-ua-mobile", b""),
                header(b"sec-ch-ua-platform", b""),
            )
        )
    return Click(
        _time_ns(),
        entry.code,
        entry.link_id,
        address,
        query,
        header(b"host", b""),
        header(b"user-agent", b""),
        header(b"referer", b""),
        header(b"accept-language", b""),
        purpose,
        fetch,
        hints,
        header(b"sec-gpc") or header(b"dnt", b""),
        header(b"from", b""),
        _country_of(country.upper(), "") if country else "",
    )
