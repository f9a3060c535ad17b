"""Large memory that is freed goes back to the system at once.

glibc keeps freed memory for later: once a block of some size was freed, up to 32 MB, it
takes all smaller ones from memory that it returns only in part. Reports and
compactions need blocks of megabytes for some milliseconds, so a process would hold for
ever what the largest of them took.
"""

import ctypes
from contextlib import suppress
from typing import Final

_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8

_LARGE_BYTES: Final = 256 * 1024
"""Blocks from this size on are mapped one by one; a redirect needs none of them."""
_KEPT_BYTES: Final = 1024 * 1024
"""How much free memory stays at the end of the heap, for small blocks."""
_ARENAS: Final = 2
"""How many heaps all threads share."""


def return_freed_memory() -> None:
    """Make the C library return it; without glibc, do nothing.

    Call it once, before threads start.
    """
    with suppress(AttributeError):  # another C library has no `mallopt`
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
        mallopt(_M_ARENA_MAX, _ARENAS)
