"""By what links are sorted, and which lists can be sorted so.

Some orders have an index of all links, so that a page of any list can be read in it.
Others are made by reading and sorting all links that a filter finds, if they are few.
"""

from typing import Final

from waypost.domain.links import CountedLink, key_of
from waypost.domain.listing.entries import microseconds
from waypost.domain.listing.errors import SortNeedsFilter
from waypost.domain.listing.filters import (
    Feature,
    LinkFilter,
    Moments,
    Sort,
    SortKey,
    SortValue,
)
from waypost.domain.listing.words import words_in
from waypost.domain.verdict import LinkState

WITHOUT_INDEX: Final = frozenset({SortKey.TITLE, SortKey.URL})
"""Orders in which only few links can be sorted."""
TEXTS: Final = WITHOUT_INDEX | {SortKey.CODE}
"""Orders by values that are texts."""
_LETTERS: Final = 100
"""Characters of a title that are compared: a cursor has them in it."""
_URL_LETTERS: Final = 300
"""The same of a URL."""
_NEEDS_EXPIRY: Final = (
    "Only links that have valid_until are sorted by it. Ask for has=expiry, or for a "
    "range of valid_until."
)


def sort_value(counted: CountedLink, key: SortKey) -> SortValue:
    """Return the value by which a link is sorted, which is in the list."""
    link, until = counted.link, counted.link.options.valid_until
    values: dict[SortKey, SortValue] = {
        SortKey.CODE: key_of(link.code, link.domain),
        SortKey.CLICKS: counted.clicks,
        SortKey.CREATED: microseconds(link.created_at),
        SortKey.UPDATED: microseconds(link.updated_at),
        SortKey.TITLE: title_value(link.options.title),
        SortKey.URL: url_value(link.target),
    }
    if until is not None:
        values[SortKey.VALID_UNTIL] = microseconds(until)
    return values[key]


def title_value(title: str | None) -> str:
    """Return by what links of *title* are sorted: those without one come first."""
    return " ".join(words_in(title or ""))[:_LETTERS]


def url_value(target: str) -> str:
    """Return by what links to *target* are sorted."""
    return target[:_URL_LETTERS]


def check_sort(wanted: LinkFilter, sort: Sort) -> None:
    """Check that every link that is *wanted* has what links are sorted by.

    Raises:
        SortNeedsFilter: Some may lack it.
    """
    if sort.key is not SortKey.VALID_UNTIL or wanted.valid_until != Moments():
        return
    if wanted.has != {Feature.EXPIRY} and wanted.states != {LinkState.EXPIRED}:
        raise SortNeedsFilter(_NEEDS_EXPIRY)
