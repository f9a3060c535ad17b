"""Hears from every process which links have changed."""

from waypost.edge.lookups import Lookups
from waypost.ports.shared_cache import Invalidations


async def watch_invalidations(
    *, invalidations: Invalidations, lookups: Lookups
) -> None:
    """Tell *lookups* of every change, until cancelled."""
    async for change in invalidations.listen():
        if change is None:
            lookups.revalidate_all()
        else:
            lookups.invalidate(change.code, change.version)
