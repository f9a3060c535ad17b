"""Which process does the work that only one process at a time should do."""

from typing import Protocol


class Leadership(Protocol):
    """The right of one process among many. It ends by itself unless it is renewed.

    Two processes may assume for a moment that they have it (one was frozen): the work
    that it protects may be wasteful if done twice, never wrong.
    Every method may raise `BackendUnavailable`.
    """

    @property
    def lifetime_seconds(self) -> float:
        """How long it lasts after `hold`."""
        ...

    async def hold(self) -> bool:
        """Take or renew it unless another process has it; return whether it is ours."""
        ...

    async def resign(self) -> None:
        """Give it up, if it is ours, so that another process need not wait."""
        ...
