"""Links and visits of the model, as they stand in a file of cases."""

from base64 import b64encode
from typing import Final
from urllib.parse import urlencode

from tests.e2e.options.model import (
    OVER,
    RULE,
    TARGET,
    VARIANT,
    Expected,
    Link,
    Visit,
)

CODE: Final = "abc1234"
HASH: Final = (
    "$argon2id$v=19$m=8,t=1,p=1$AAECAwQFBgcICQoLDA0ODw"
    "$BvBMrnH73IIfN1Tq6bp+TTYxgMcqHyX+PS/abjT6HPg"
)
"""Of the password, with the salt 0 to 15; it costs little, and says so itself."""
BROWSER: Final = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
)
_FORM: Final = "application/x-www-form-urlencoded"
_SINCE: Final = {True: "2026-01-01T00:00:00Z", False: "2999-01-01T00:00:00Z"}
_UNTIL: Final = {True: "2026-01-02T00:00:00Z", False: "2999-01-02T00:00:00Z"}


def link_document(link: Link) -> dict[str, object]:
    """Return *link*."""
    options = {**_moments(link), **_places(link), **_gates(link)}
    return {
        "code": CODE,
        "target": TARGET,
        "deleted_at": "2026-01-03T00:00:00Z" if link.is_deleted else None,
        "options": {name: value for name, value in options.items() if value},
    }


def _moments(link: Link) -> dict[str, object]:
    return {
        "valid_since": None if link.begins is None else _SINCE[link.begins],
        "valid_until": None if link.ended is None else _UNTIL[link.ended],
        "disabled": link.disabled,
        "max_clicks": link.max_clicks,
        "expired_url": OVER if link.has_expired_url else None,
    }


def _places(link: Link) -> dict[str, object]:
    when: dict[str, object] = {"query": {"go": True}}
    if link.rule == "language":
        when = {"language": ["de"]}
    rule = {"when": when, "url": None if link.refuses else RULE}
    variant = {"name": "b", "url": VARIANT, "weight": 100}
    is_default = link.redirect_status == Link().redirect_status
    return {
        "redirect_status": None if is_default else link.redirect_status,
        "forward_query": link.forward_query,
        "forward_path": link.forward_path,
        "utm": {"source": "s & t"} if link.has_utm else None,
        "rules": [rule] if link.rule else None,
        "variants": [variant] if link.has_variant else None,
    }


def _gates(link: Link) -> dict[str, object]:
    quarantine: dict[str, object] = {
        "mode": "warn" if link.quarantine == "warn" else "block",
        "reason": "legal" if link.quarantine == "legal" else "spam",
        "since": "2026-01-01T00:00:00Z",
    }
    if link.disabled:
        quarantine["is_off"] = True
    return {
        "password": HASH if link.has_password else None,
        "preview": None if link.preview == "on_request" else link.preview,
        "crawlable": link.crawlable,
        "quarantine": quarantine if link.quarantine else None,
    }


def visit_document(visit: Visit, expected: Expected, clicks: int) -> dict[str, object]:
    """Return *visit*, and what it gets; what a visit does not have is left out."""
    below = visit.below if visit.below in {"", "+"} else f"/{visit.below}"
    query = f"?{visit.query}" if visit.query else ""
    document: dict[str, object] = {
        "method": visit.method,
        "url": f"/{CODE}{below}{query}",
        "headers": _headers(visit),
    }
    if visit.is_confirmed:
        document["goes_on"] = True
    elif visit.method == "POST":
        document["body"] = urlencode(visit.fields)
    answer = {
        "status": expected.status,
        "location": expected.location,
        "cache_control": expected.caching,
        "content_type": expected.kind,
        "clicks": clicks,
    }
    return {**document, "answer": answer}


def _headers(visit: Visit) -> dict[str, str]:
    headers = {
        "accept": "text/html" if visit.wants_page else "*/*",
        "accept-language": "de" if visit.speaks_german else "en",
        "user-agent": "curl/8.5.0" if visit.is_program else BROWSER,
    }
    if visit.is_prefetch:
        headers["sec-purpose"] = "prefetch"
    if visit.basic:
        credentials = b64encode(f":{visit.basic}".encode()).decode()
        headers["authorization"] = f"Basic {credentials}"
    if visit.method == "POST":
        headers["content-type"] = _FORM
    return headers
