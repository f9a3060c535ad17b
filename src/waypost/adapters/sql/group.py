"""Transactions that follow closely upon one another, committed together.

A create is one small statement; its commit, with the wait for the disk and for the
thread, takes several times as long. So a transaction that ends while another one waits
for its turn leaves the commit to that one, and is answered when it is done.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from sqlalchemy import Connection

from waypost.adapters.sql.threads import ConnectionThreads, Outcome

MAX_MEMBERS: Final = 32
"""How many transactions are committed together at most, so that none waits long."""


class CommitGroup:
    """The turn to write, and the ended transactions whose commit is still due."""

    def __init__(self, writer: ConnectionThreads) -> None:
        self._writer = writer
        self._members: list[Outcome[None]] = []
        # Writers queue here, in order; the lock of the file has no queue.
        self._turn = asyncio.Lock()
        self._waiting = 0

    @property
    def is_open(self) -> bool:
        """Whether a commit is due, so that who writes now joins a transaction."""
        return bool(self._members)

    @asynccontextmanager
    async def closing(self) -> AsyncIterator[None]:
        """Wait until nobody writes, and keep others from it."""
        async with self._turn:
            yield

    async def take_turn(self, *, timeout_seconds: float) -> None:
        """Wait until it is this transaction's turn to write.

        Raises:
            TimeoutError: It did not come in time.
        """
        self._waiting += 1
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._turn.acquire()
        finally:
            self._waiting -= 1
            # Whoever left the commit to this one may have nobody else to do it.
            if not self._waiting and not self._turn.locked():
                self._commit()

    def join(self) -> Outcome[None]:
        """Return what the commit of an ended transaction will come to."""
        outcome: Outcome[None] = Outcome(loop=asyncio.get_running_loop())
        self._members.append(outcome)
        return outcome

    def pass_turn(self) -> None:
        """Let the next transaction write, or commit if there is none.

        The last job need not be done: the next transaction's jobs come after it.
        """
        if not self._waiting or len(self._members) >= MAX_MEMBERS:
            self._commit()
        self._turn.release()

    def fail(self, error: BaseException) -> None:
        """Tell the members that the database has forgotten what they did."""
        members, self._members = self._members, []
        for member in members:
            member.set_exception(error)

    def _commit(self) -> None:
        members, self._members = self._members, []
        if members:
            committed = self._writer.start(Connection.commit)
            committed.add_done_callback(partial(_tell, members))


def _tell(members: list[Outcome[None]], committed: asyncio.Future[None]) -> None:
    error = committed.exception()
    for member in members:
        if error is None:
            member.set_result(None)
        else:
            member.set_exception(error)
