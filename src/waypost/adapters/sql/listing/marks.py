"""Features of links as words that no search finds.

Words are letters and digits, and a mark begins with a sign. So what says that a link
has rules is a row of an index that is there already, and a feature that is added later
needs no index that would have to be made over all links.
"""

from collections.abc import Collection
from typing import Final, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    Table,
    literal_column,
    or_,
    select,
    union_all,
)

from waypost.adapters.sql.tables import link_words, listed_links
from waypost.domain.listing.entries import Entry
from waypost.domain.listing.filters import Feature

Rows: TypeAlias = Table | Subquery  # type: ignore[explicit-any]  # in SQLAlchemy
"""Rows with the columns of `listed_links`."""
_IN_COLUMNS: Final = frozenset({Feature.PASSWORD, Feature.EXPIRY})
"""What `listed_links` has in columns of their own."""


def marks_of(entry: Entry) -> frozenset[str]:
    """Return the marks that a link gets beside its words."""
    return frozenset(map(_mark, entry.features - _IN_COLUMNS))


def has_one(features: Collection[Feature], rows: Rows) -> ColumnElement[bool]:
    """Return the condition that a row has one of *features*."""
    return or_(*(_has(feature, rows) for feature in sorted(features)))


def found_by(features: Collection[Feature]) -> Select[int]:
    """Return the ids of the links that have one of *features*, some of them twice."""
    found = [_found(feature) for feature in sorted(features)]
    if len(found) == 1:
        return found[0]
    return select(union_all(*found).subquery().c.link_id)


def _found(feature: Feature) -> Select[int]:
    if feature in _IN_COLUMNS:
        return select(listed_links.c.link_id).where(_has(feature, listed_links))
    return select(link_words.c.link_id).where(link_words.c.word == _mark(feature))


def _has(feature: Feature, rows: Rows) -> ColumnElement[bool]:
    if feature is Feature.PASSWORD:
        # Written out, so that the index of only these rows is used.
        return rows.c.has_password == literal_column("1")
    if feature is Feature.EXPIRY:
        return rows.c.valid_until.is_not(None)
    # No sign in it is one that LIKE reads as a pattern, but for the underscore.
    return rows.c.words.contains(f" {_mark(feature)}", autoescape=True)


def _mark(feature: Feature) -> str:
    return f"={feature}"
