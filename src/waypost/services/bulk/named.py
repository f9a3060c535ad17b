"""Links that the items of one call name, as they are after the items so far."""

from collections.abc import Iterable

from waypost.domain.domains.table import DomainTable
from waypost.domain.errors import LinkNotFound
from waypost.domain.links import Link
from waypost.domain.naming.external_ids import external_id_in
from waypost.services.links.names import id_or_key


class NamedLinks:
    """Links by what clients call them."""

    def __init__(self, table: DomainTable) -> None:
        self._table = table
        self._by_id: dict[int, Link] = {}
        self._ids: dict[str, int] = {}
        self._external: dict[str, int] = {}

    def put(self, link: Link) -> None:
        """Take *link*, or the next version of it."""
        before = self._by_id.get(link.id)
        old_id = None if before is None else before.external_id
        if old_id is not None and self._external.get(old_id) == link.id:
            del self._external[old_id]
        self._by_id[link.id] = link
        self._ids[link.key] = link.id
        if link.external_id is not None:
            other = self._found(self._external.get(link.external_id))
            if other is None or _rank(link) > _rank(other):
                self._external[link.external_id] = link.id

    def has(self, text: str) -> bool:
        """Return whether a link is called *text*, which a client may replace.

        A deleted link keeps its code, but not what a client calls it.
        """
        link = self._named(text)
        is_there = link is not None and link.deleted_at is None
        return is_there or (link is not None and external_id_in(text) is None)

    def get(self, text: str) -> Link:
        """Return the link called *text*.

        Raises:
            LinkNotFound: There is none.
        """
        link = self._named(text)
        if link is None:
            raise LinkNotFound
        return link

    def ids_of(self, texts: Iterable[str]) -> frozenset[int]:
        """Return the ids of the links that are called so, as far as there are any."""
        found = map(self._named, texts)
        return frozenset(link.id for link in found if link is not None)

    def _named(self, text: str) -> Link | None:
        external = external_id_in(text)
        if external is not None:
            return self._found(self._external.get(external))
        name = id_or_key(text, table=self._table)
        return self._found(self._ids.get(name) if isinstance(name, str) else name)

    def _found(self, link_id: int | None) -> Link | None:
        return None if link_id is None else self._by_id.get(link_id)


def _rank(link: Link) -> tuple[bool, int]:
    return link.deleted_at is None, link.id
