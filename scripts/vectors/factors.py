"""What may be set on links, and what visits of them may be like.

A link that is over hides most of its options, so those that are open have rows of
their own, in which every pair can be seen.
"""

from collections.abc import Iterator
from random import Random
from typing import Final

from tests.e2e.options.model import SECRET

from scripts.vectors.pairwise import Row, covering_rows, pick

SEED: Final = 20_260_301
CASES: Final = 200
_YES_OR_NO: Final = (False, True)

OPEN_LINKS: Final = {
    "begins": (None, True),
    "ended": (None, False),
    "max_clicks": (None, 1, 2),
    "has_expired_url": _YES_OR_NO,
    "redirect_status": (301, 302, 307, 308),
    "forward_query": _YES_OR_NO,
    "forward_path": _YES_OR_NO,
    "has_utm": _YES_OR_NO,
    "rule": (None, "query", "language"),
    "refuses": _YES_OR_NO,
    "has_variant": _YES_OR_NO,
    "has_password": _YES_OR_NO,
    "preview": ("on_request", "off", "always"),
    "crawlable": _YES_OR_NO,
    "quarantine": (None, "warn"),
}
"""Links that are followed, by some."""
LINKS: Final = {
    **OPEN_LINKS,
    "begins": (None, True, False),
    "ended": (None, False, True),
    "disabled": _YES_OR_NO,
    "quarantine": (None, "warn", "block", "legal"),
    "is_deleted": _YES_OR_NO,
}
VISITS: Final = {
    "method": ("GET", "HEAD", "POST"),
    "below": ("", "more/x", "..", "+"),
    "query": ("", "go", "a=1", "x=2", "x=2&a=1"),
    "basic": ("", SECRET, "guess"),
    "form": (SECRET, "guess", "", "other", None),
    "is_program": _YES_OR_NO,
    "is_prefetch": _YES_OR_NO,
    "wants_page": _YES_OR_NO,
    "speaks_german": _YES_OR_NO,
}
"""`form` is the password in a form, `other` a form with another field, None without."""
_LIKELY: Final = {
    **VISITS,
    "method": ("GET", "GET", "GET", "POST"),
    "below": ("", "", "", "more/x"),
    "basic": ("", SECRET),
    "form": (SECRET, SECRET, "guess"),
    "is_prefetch": (False, False, False, True),
}
"""Visits that come far."""
_FOLLOWED: Final = {
    **OPEN_LINKS,
    **_LIKELY,
    "preview": ("on_request", "on_request", "off", "always"),
    "quarantine": (None, None, None, None, "warn"),
}
"""Links that lead on, most of them."""


def fits(row: Row) -> bool:
    """Return whether a link may be so: none begins after its end."""
    return not (row.get("begins") is False and row.get("ended") is True)


def rows() -> list[Row]:
    """Return a link and its first visit, for each case."""
    random = Random(SEED)  # noqa: S311 - the same cases each time
    found = [
        row
        for links in (OPEN_LINKS, LINKS)
        for row in covering_rows({**links, **VISITS}, random=random, fits=fits)
    ]
    while len(found) < CASES:
        found.append({name: pick(random, each) for name, each in _FOLLOWED.items()})
    return found


def further_visits() -> Iterator[Row]:
    """Yield visits without end."""
    random = Random(SEED + 1)  # noqa: S311 - as above
    while True:
        yield {name: pick(random, values) for name, values in _LIKELY.items()}
