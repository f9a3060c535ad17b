"""The time of the running event loop, in the hands of a test."""

import asyncio


class LoopTime:
    """Stands still until it is moved, so that no time-out ends by itself.

    For the rest of the running loop's life.
    """

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._now = loop.time()
        loop.time = self._time  # type: ignore[method-assign]  # what it is there for

    async def move(self, seconds: float) -> None:
        """Let *seconds* pass, and everything run that waited for them."""
        self._now += seconds
        for _ in range(20):
            await asyncio.sleep(0)

    def _time(self) -> float:
        return self._now
