"""Orders by texts of links, which no index has: a page reads all links of its list.

They are compared here, and not by the database, so that both databases have the same
order and no text is in the list a second time.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, Select, select

from waypost.adapters.sql.tables import links
from waypost.domain.listing.filters import Place, Sort, SortKey
from waypost.domain.listing.orders import title_value, url_value


class _Titled(msgspec.Struct):
    """What is read of the options of a link."""

    title: str | None = None


_decode: Final = msgspec.json.Decoder(_Titled).decode


def sorted_texts(
    connection: Connection, ids: Select[int], sort: Sort, after: Place | None
) -> Sequence[Place]:
    """Return the places of the links of *ids*, in order, those behind *after*."""
    text = links.c.target if sort.key is SortKey.URL else links.c.options
    rows = connection.execute(select(links.c.id, text).where(links.c.id.in_(ids)))
    value = url_value if sort.key is SortKey.URL else _value_of_options
    places: Iterable[Place] = (Place(value(text), link_id) for link_id, text in rows)
    if after is not None:
        places = (one for one in places if _is_behind(one, after, sort))
    return sorted(places, reverse=sort.is_descending)


def _value_of_options(options: str) -> str:
    return title_value(_decode(options).title)


def _is_behind(place: Place, after: Place, sort: Sort) -> bool:
    return place < after if sort.is_descending else place > after
