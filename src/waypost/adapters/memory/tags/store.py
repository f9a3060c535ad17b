"""Tags of links in memory, counted whenever they are asked for; `ports.tags.store`."""

from collections import ChainMap
from collections.abc import (
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    MutableMapping,
    Sequence,
)
from dataclasses import dataclass, field
from typing import NamedTuple

from waypost.domain.links import CountedLink, Link
from waypost.domain.options import folded
from waypost.domain.tags.values import (
    Tag,
    TagChange,
    TagDetails,
    TagOrder,
    TagPage,
    TagPlace,
    TagQuery,
    destinations,
)


@dataclass(slots=True)
class TagTables:
    """What is stored of tags; None stands for what a transaction removes."""

    details: MutableMapping[str, TagDetails | None] = field(default_factory=dict)
    changes: MutableMapping[int, TagChange | None] = field(default_factory=dict)

    def apply(self, changes: "TagTables") -> None:
        """Store what a transaction has changed."""
        self.details.update(changes.details)
        self.changes.update(changes.changes)


class _Numbers(NamedTuple):
    name: str
    links: int
    clicks: int


class MemoryTags:
    """What is committed. Its methods are described at the port."""

    def __init__(
        self, tables: TagTables, stored: Callable[[], Iterable[CountedLink]]
    ) -> None:
        self._tables = tables
        self._stored = stored

    async def page(self, query: TagQuery) -> TagPage:
        """Return the tags of *query*."""
        found = [
            (_place(tag, query.order), tag)
            for tag in self._all()
            if query.text in tag.key
        ]
        found.sort(key=lambda pair: pair[0], reverse=query.is_descending)
        if (after := query.after) is not None:
            found = [
                (place, tag)
                for place, tag in found
                if (place < after if query.is_descending else place > after)
            ]
        follows = found[query.limit - 1][0] if len(found) > query.limit else None
        return TagPage([tag for _, tag in found[: query.limit]], follows)

    async def one(self, key: str) -> Tag | None:
        """Return the tag with this key, or None."""
        return next((tag for tag in self._all() if tag.key == key), None)

    async def next_change(self) -> TagChange | None:
        """Return the oldest change that is under way, or None."""
        return next(iter(self._changes()), None)

    async def tagged(self, key: str, *, after: int, limit: int) -> Sequence[int]:
        """Return the ids above *after*, ascending, of up to *limit* links."""
        ids = (
            one.link.id
            for one in self._stored()
            if one.link.id > after and key in map(folded, one.link.options.tags)
        )
        return sorted(ids)[:limit]

    async def recount(self, after: str) -> str | None:  # noqa: ARG002 - of the port
        """Return None: tags are counted whenever they are asked for."""
        return None

    def _changes(self) -> Sequence[TagChange]:
        changes = (one for one in self._tables.changes.values() if one is not None)
        return sorted(changes, key=lambda one: one.number)

    def _all(self) -> Iterable[Tag]:
        gone = destinations(self._changes())
        numbers = self._numbers(gone)
        details = {k: one for k, one in self._tables.details.items() if one is not None}
        for key in numbers.keys() | details.keys():
            said, used = details.get(key), numbers.get(key, _Numbers(key, 0, 0))
            yield Tag(
                name=used.name if said is None else said.name,
                links=used.links,
                clicks=used.clicks,
                details=said,
            )

    def _numbers(self, gone: Mapping[str, str | None]) -> dict[str, _Numbers]:
        found: dict[str, _Numbers] = {}
        for counted in self._stored():
            names = () if counted.link.deleted_at else counted.link.options.tags
            for name in names:
                key = gone.get(folded(name), folded(name))
                if key is not None:
                    was = found.get(key, _Numbers(name, 0, 0))
                    found[key] = _Numbers(
                        was.name, was.links + 1, was.clicks + counted.clicks
                    )
        return found


def _place(tag: Tag, order: TagOrder) -> TagPlace:
    values: dict[TagOrder, int | str] = {
        TagOrder.NAME: tag.key,
        TagOrder.LINKS: tag.links,
        TagOrder.CLICKS: tag.clicks,
    }
    return TagPlace(values[order], tag.key)


class MemoryTagWriter:
    """Changes, inside a transaction."""

    def __init__(  # noqa: PLR0913  # what a transaction consists of
        self,
        stored: TagTables,
        changes: TagTables,
        links: MutableMapping[int, Link],
        *,
        put_link: Callable[[Link], None],
        counted: Callable[[], Iterable[CountedLink]],
        begin: Callable[[], Awaitable[None]],
    ) -> None:
        self._changes = changes
        self._links = links
        self._put_link = put_link
        self._begin = begin
        both = TagTables(
            details=ChainMap(changes.details, stored.details),
            changes=ChainMap(changes.changes, stored.changes),
        )
        self._all_changes = both.changes
        self._tags = MemoryTags(both, counted)

    async def hold(self) -> None:
        """Begin: transactions of this store come one after the other."""
        await self._begin()

    async def one(self, key: str) -> Tag | None:
        """Return the tag with this key, or None."""
        return await self._tags.one(key)

    async def put(self, details: TagDetails) -> None:
        """Store what is said of a tag."""
        await self._begin()
        self._changes.details[details.key] = details

    async def remove(self, key: str) -> None:
        """Remove what is said of a tag."""
        await self._begin()
        self._changes.details[key] = None

    async def begin(self, old: str, new: str | None) -> None:
        """Note that a change is under way."""
        await self._begin()
        number = len(self._all_changes)
        self._changes.changes[number] = TagChange(number=number, old=old, new=new)

    async def end(self, change: TagChange) -> None:
        """Note that it is carried out."""
        await self._begin()
        self._changes.changes[change.number] = None

    async def replace(self, links: Sequence[Link]) -> int:
        """Store *links*, each in place of its last version; return how many were."""
        await self._begin()
        fitting = [
            link
            for link in links
            if (was := self._links.get(link.id)) and was.version == link.version - 1
        ]
        for link in fitting:
            self._put_link(link)
        return len(fitting)
