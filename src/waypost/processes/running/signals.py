"""The signals that ask a process to end, handled by its event loop."""

import asyncio
import signal
from collections.abc import Callable
from typing import Final

ENDING: Final = (signal.SIGINT, signal.SIGTERM)
"""Ctrl-C, and what supervisors send."""


def on_signal(act: Callable[[], object]) -> None:
    """Call *act* at every signal."""
    loop = asyncio.get_running_loop()
    for number in ENDING:
        loop.add_signal_handler(number, act)


def on_first_signal(act: Callable[[], object]) -> None:
    """Call *act* at the first signal; the second one ends the process at once."""
    loop = asyncio.get_running_loop()

    def first() -> None:
        for number in ENDING:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
        act()

    on_signal(first)
