"""The id of a click journal: made for one opening of its folder, and never again.

A copied, restored or shared folder can then never give a click the identity of another
click: sequences begin at 1 in every journal, and only one process continues them.
"""

import time
from secrets import randbits
from uuid import UUID

from waypost.ports.storage import Storage


def new_journal_id() -> str:
    """Return an id that is later in order than older ones: a UUID, version 7."""
    milliseconds = time.time_ns() // 1_000_000
    version, variant = 7, 0b10
    return UUID(
        int=milliseconds << 80
        | version << 76
        | randbits(12) << 64
        | variant << 62
        | randbits(62)
    ).hex


async def claim_journal_id(*, storage: Storage) -> str:
    """Return an id that no journal of this store ever had, and none will get.

    Raises:
        BackendUnavailable: The store does not answer.
    """
    while True:
        journal = new_journal_id()
        async with storage.transaction() as transaction:
            if await transaction.clicks.claim(journal):
                return journal
