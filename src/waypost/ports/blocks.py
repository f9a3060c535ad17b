"""Where blocks of ids are leased."""

from typing import Protocol

from waypost.domain.codes import IdBlock


class BlockSource(Protocol):
    """Leases blocks that never overlap, whoever asks, across restarts and crashes."""

    async def lease(self, size: int) -> IdBlock:
        """Return *size* ids that nobody else ever gets.

        A block that is not used up is lost, never handed out again.

        Raises:
            BackendUnavailable: No block can be had at the moment.
        """
        ...
