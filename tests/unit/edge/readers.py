"""What stores for look-ups share: they are asked for one code at a time only."""

from collections.abc import Collection, Sequence

from waypost.domain.links import DEFAULT_DOMAIN, CountedLink, Link


class OnlyByCode:
    """The rest of a `LinkReader`; a subclass defines how one code is found."""

    async def by_codes(
        self, codes: Collection[str], *, domain: str = DEFAULT_DOMAIN
    ) -> Sequence[Link]:
        """Not asked by look-ups."""
        raise NotImplementedError

    async def by_ids(self, ids: Collection[int]) -> Sequence[Link]:
        """Not asked by look-ups."""
        raise NotImplementedError

    async def by_external_ids(self, ids: Collection[str]) -> Sequence[Link]:
        """Not asked by look-ups."""
        raise NotImplementedError

    async def counted(
        self, code: str, *, domain: str = DEFAULT_DOMAIN
    ) -> CountedLink | None:
        """Not asked by look-ups."""
        raise NotImplementedError

    async def ids_in(self, domains: Collection[str], *, limit: int) -> Sequence[int]:
        """Not asked by look-ups."""
        raise NotImplementedError

    async def newest(
        self, *, limit: int, before_id: int | None = None
    ) -> Sequence[CountedLink]:
        """Not asked by look-ups."""
        raise NotImplementedError

    async def most_clicked(self, *, limit: int) -> Sequence[Link]:
        """Not asked by look-ups."""
        raise NotImplementedError
