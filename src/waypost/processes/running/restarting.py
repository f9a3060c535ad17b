"""Keep a child process running, with longer and longer pauses if it keeps ending."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

FIRST_BACKOFF_SECONDS: Final = 0.1
LONGEST_BACKOFF_SECONDS: Final = 10.0
STEADY_SECONDS: Final = 10.0
"""A child that ran for so long is started again almost at once."""
_MOST_DOUBLINGS: Final = 10


async def keep_running(
    run_once: Callable[[], Awaitable[int | None]],
    *,
    stopping: asyncio.Event,
    on_end: Callable[[int | None, float], None],
) -> bool:
    """Run a child, again whenever it ends, until *stopping*.

    *run_once* returns its exit code; *on_end* gets it, with the seconds until the
    next start. Return whether the child was running when it had to stop.
    """
    loop = asyncio.get_running_loop()
    failures = 0
    while not stopping.is_set():
        began = loop.time()
        code = await run_once()
        if stopping.is_set():
            return True
        failures = 0 if loop.time() - began >= STEADY_SECONDS else failures + 1
        doubled = FIRST_BACKOFF_SECONDS * 2.0 ** min(failures, _MOST_DOUBLINGS)
        seconds = min(doubled, LONGEST_BACKOFF_SECONDS)
        on_end(code, seconds)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await stopping.wait()
    return False
