"""Links to store."""

from datetime import UTC, datetime

from waypost.domain.errors import CodeTaken
from waypost.domain.links import Link
from waypost.ports.storage import Storage

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def link(number: int, target: str = "https://example.com/") -> Link:
    """Return a link whose id and code contain *number*."""
    return Link(
        id=number,
        code=f"code{number}",
        target=target,
        created_at=NOON,
        updated_at=NOON,
    )


async def add(storage: Storage, added: Link) -> None:
    """Add a link in a transaction of its own.

    Raises:
        CodeTaken: Another one has its code.
    """
    async with storage.transaction() as transaction:
        if await transaction.links.add([added]):
            raise CodeTaken
