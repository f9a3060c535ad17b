"""A failure that nothing waits for any more does not reach asyncio's log."""

import asyncio
import gc

import pytest

from waypost.telemetry.background import consume_exception


@pytest.mark.parametrize("is_consumed", [True, False])
async def test_a_failure_is_consumed(is_consumed: bool) -> None:  # noqa: FBT001 - a column of the table above
    """Asyncio reports it without, and is silent with it."""
    reported: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reported.append(context["message"]))
    future = loop.create_future()
    if is_consumed:
        future.add_done_callback(consume_exception)
    future.set_exception(ZeroDivisionError())
    await asyncio.sleep(0)
    del future
    gc.collect()
    assert bool(reported) is not is_consumed


async def test_other_ends_are_no_errors() -> None:
    """A future may be cancelled, or have succeeded."""
    loop = asyncio.get_running_loop()
    cancelled, done = loop.create_future(), loop.create_future()
    cancelled.cancel()
    done.set_result(1)
    consume_exception(cancelled)
    consume_exception(done)
