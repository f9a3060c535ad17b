"""What visitors of a link get, written down plainly and from the documents alone."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlencode

TARGET: Final = "https://example.com/t?x=1"
OVER: Final = "https://example.com/over"
RULE: Final = "https://rule.example/r"
VARIANT: Final = "https://variant.example/v"
SECRET: Final = "swordfish"
NO_STORE: Final = "no-store"
NEVER: Final = "private, no-store"


@dataclass(kw_only=True)
class Link:
    """A link with what is set on it."""

    begins: bool | None = None
    """Whether `valid_since` is past; None: there is none."""
    ended: bool | None = None
    """Whether `valid_until` is past; None: there is none."""
    disabled: bool = False
    max_clicks: int | None = None
    has_expired_url: bool = False
    redirect_status: int = 307
    forward_query: bool = False
    forward_path: bool = False
    has_utm: bool = False
    rule: str | None = None
    """`query` or `language`; None: there is no rule."""
    refuses: bool = False
    """Whether the rule refuses its visitors."""
    has_variant: bool = False
    has_password: bool = False
    preview: str = "on_request"
    crawlable: bool = False
    quarantine: str | None = None
    """`warn`, `block` or `legal`."""
    is_deleted: bool = False
    taken: int = 0
    """Clicks of `max_clicks`."""
    clicks: int = 0


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A visit."""

    method: str = "GET"
    below: str = ""
    """What follows the code; `+` is the page about the link."""
    query: str = ""
    basic: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    """Of a form that is sent."""
    is_program: bool = False
    is_prefetch: bool = False
    wants_page: bool = False
    speaks_german: bool = False
    is_confirmed: bool = False
    """Whether the form is that of a page that the visitor has seen."""


@dataclass(frozen=True)
class Expected:
    """An answer."""

    status: int
    location: str | None
    caching: str
    kind: str | None
    """Of the body."""


def presented(visit: Visit) -> str:
    """Return the password that comes with a visit; that of a form comes first."""
    sent = visit.fields.get("password", "") if visit.method == "POST" else ""
    return sent or visit.basic


def visited(link: Link, visit: Visit) -> Expected:  # noqa: PLR0911 - a row each
    """Return what *visit* gets, and count it on *link*."""
    if visit.below == "+":
        return _page_about(link, visit)
    if visit.below and not link.forward_path:
        return _refused(404, visit)
    if visit.method == "POST" and not visit.fields.keys() & {"password", "confirm"}:
        return _refused(405, visit)
    if (over := _over(link, visit)) is not None:
        return over
    is_known = visit.is_confirmed or presented(visit) == SECRET
    if link.has_password and not is_known:
        return _refused(401, visit)
    location = _location(link, visit)
    if isinstance(location, int):
        return _refused(location, visit)
    if link.quarantine and not visit.is_confirmed:
        return _refused(403, visit)
    if link.preview == "always" and not visit.is_confirmed:
        return _shown(visit)
    return _sent(link, visit, location)


def _sent(link: Link, visit: Visit, location: str) -> Expected:
    if link.max_clicks is not None:
        if visit.is_prefetch:
            return _refused(503, visit)
        if not visit.is_program and visit.method != "HEAD":
            link.taken += 1
    if visit.method != "HEAD":
        link.clicks += 1
    if visit.method == "POST":
        return Expected(303, location, NEVER, None)
    return Expected(link.redirect_status, location, _caching(link), None)


def _caching(link: Link) -> str:
    is_asked_again = (
        link.max_clicks is not None
        or link.has_password
        or link.has_variant
        or link.rule is not None
        or link.quarantine is not None
        or link.preview == "always"
    )
    if link.redirect_status in {301, 308} and not is_asked_again:
        return "private, max-age=3600"
    return NEVER


def _over(link: Link, visit: Visit) -> Expected | None:  # noqa: PLR0911 - a row each
    if link.is_deleted:
        return _refused(410, visit)
    if link.quarantine in {"block", "legal"}:
        return _refused(451 if link.quarantine == "legal" else 403, visit)
    if link.disabled:
        return _refused(410, visit)
    if link.begins is False:
        return _refused(404, visit)
    is_spent = link.max_clicks is not None and link.taken >= link.max_clicks
    if link.ended or is_spent:
        if link.has_expired_url:
            return Expected(302, OVER, NEVER, None)
        return _refused(410, visit)
    return None


def _location(link: Link, visit: Visit) -> str | int:
    """Return where the visit goes, or the status of its refusal."""
    url = VARIANT if link.has_variant else TARGET
    holds = {
        "query": "go" in dict(parse_qsl(visit.query, keep_blank_values=True)),
        "language": visit.speaks_german,
        None: False,
    }
    if holds[link.rule]:
        if link.refuses:
            return 403
        url = RULE
    path, _, query = url.partition("?")
    pairs = [query] if query else []
    if link.has_utm:
        pairs.append(urlencode({"utm_source": "s & t"}).replace("+", "%20"))
    if visit.below:
        if visit.below == "..":
            return 404
        path += f"/{visit.below}"
    if link.forward_query and visit.query:
        pairs += [
            one for one in visit.query.split("&") if not (query and one[:2] == "x=")
        ]
    return "?".join([path, *(["&".join(pairs)] if pairs else [])])


def _page_about(link: Link, visit: Visit) -> Expected:
    if visit.method == "POST":
        return _refused(405, visit)
    if (over := _over(link, visit)) is not None:
        return over
    if link.preview == "off":
        return _refused(404, visit)
    is_refused = link.rule == "language" and link.refuses and visit.speaks_german
    if is_refused and not link.has_password:
        return _refused(403, visit)
    return _shown(visit)


def _shown(visit: Visit) -> Expected:
    return Expected(200, None, NO_STORE, _kind(visit, "application/json"))


def _refused(status: int, visit: Visit) -> Expected:
    return Expected(status, None, NO_STORE, _kind(visit, "application/problem+json"))


def _kind(visit: Visit, other: str) -> str:
    return "text/html; charset=utf-8" if visit.wants_page else other
