"""Futures that may fail when no task waits for their result any more."""

import asyncio
from typing import TypeVar

T = TypeVar("T")


def consume_exception(future: asyncio.Future[T]) -> None:
    """Retrieve the exception of *future*, so that asyncio does not log it."""
    if not future.cancelled():
        future.exception()
