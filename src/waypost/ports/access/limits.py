"""Counting how often something happens, to refuse what is beyond a limit."""

from typing import Protocol

from waypost.domain.access.limits import Decision, Policy


class RateLimiter(Protocol):
    """Counts by policy and name, in a window that moves with time."""

    async def hit(self, policy: Policy, name: str) -> Decision:
        """Count one more for *name*, if *policy* allows it, and return whether it does.

        What is refused is not counted. It never fails: where processes share their
        counts and the server for that is away, each counts for itself.
        """
        ...

    def refusal(self, policy: Policy, name: str) -> Decision | None:
        """Return the refusal that holds for *name*, as far as this process knows.

        Nothing is counted, and no other server is asked. None: it may be allowed.
        """
        ...


class SharedRateCounts(Protocol):
    """Counts that several processes share."""

    async def hit(self, policy: Policy, name: str) -> Decision:
        """Count one more for *name*, if *policy* allows it.

        Raises:
            BackendUnavailable: The server does not answer in time. The hit may be
                counted all the same.
        """
        ...
