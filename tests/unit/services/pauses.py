"""Time for loops that pause: it passes at once, and is remembered."""

import asyncio


class Pauses:
    """The pauses of one loop; a `Pause`."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.is_endless = False
        """Whether a pause ends only with its event, however long it should be."""
        self.begun = asyncio.Event()

    async def __call__(self, until: asyncio.Event, seconds: float) -> None:
        """Return after a turn of the event loop."""
        self.seconds.append(seconds)
        self.begun.set()
        if self.is_endless:
            await until.wait()
        await asyncio.sleep(0)


def assert_doubling(seconds: list[float], *, first: float) -> None:
    """Check that pauses begin with *first*, double, and stay at five seconds."""
    for number, each in enumerate(seconds):
        longest = min(first * 2.0 ** min(number, 20), 5.0)
        assert longest / 2 <= each <= longest, (number, each)
