"""Tags in the source of truth: found by their links, or by what is said of them.

A tag is there as soon as a link has it. Its numbers of links and clicks are kept with
the lists of links, a moment after the links.
"""

from collections.abc import Sequence
from typing import Protocol

from waypost.domain.links import Link
from waypost.domain.tags.values import Tag, TagChange, TagDetails, TagPage, TagQuery


class TagReader(Protocol):
    """Look-ups outside any transaction. Every method may raise `BackendUnavailable`."""

    async def page(self, query: TagQuery) -> TagPage:
        """Return the tags of *query*.

        What changes that are under way will do to links counts as done.
        """
        ...

    async def one(self, key: str) -> Tag | None:
        """Return the tag with this key, by the same rule, or None."""
        ...

    async def next_change(self) -> TagChange | None:
        """Return the oldest change that is under way, or None."""
        ...

    async def tagged(self, key: str, *, after: int, limit: int) -> Sequence[int]:
        """Return the ids, ascending and above *after*, of up to *limit* links."""
        ...

    async def recount(self, after: str) -> str | None:
        """Count the links and clicks of the first tag above *after* anew.

        Return its key; None: there is none.
        """
        ...


class TagWriter(Protocol):
    """Changes, inside a transaction. Every method may raise `BackendUnavailable`."""

    async def hold(self) -> None:
        """Keep other transactions that hold from changing tags until this one ends."""
        ...

    async def one(self, key: str) -> Tag | None:
        """Return the tag with this key, as `TagReader.one`."""
        ...

    async def put(self, details: TagDetails) -> None:
        """Store what is said of a tag, in place of what was said before."""
        ...

    async def remove(self, key: str) -> None:
        """Remove what is said of a tag."""
        ...

    async def begin(self, old: str, new: str | None) -> None:
        """Note that a change is under way, behind those that were noted before."""
        ...

    async def end(self, change: TagChange) -> None:
        """Note that it is carried out."""
        ...

    async def replace(self, links: Sequence[Link]) -> int:
        """Store *links*, each in place of its last version; return how many were.

        Only the options and `updated_at` may differ. A link of which another version
        is stored stays as it is.
        """
        ...
