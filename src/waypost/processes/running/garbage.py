"""How often processes that read clicks look for cyclic garbage."""

import gc
from typing import Final

_THRESHOLDS: Final = (100_000, 20, 50)


def look_for_garbage_rarely() -> None:
    """Let Python look for cyclic garbage less often.

    Clicks are none; with Python's own thresholds, looking at a batch again and again
    takes a quarter of the work.
    """
    gc.set_threshold(*_THRESHOLDS)
