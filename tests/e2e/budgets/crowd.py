"""Many browsers that follow one link at once, and keep score."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from tests.e2e.process import ANSWER_SECONDS

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_RETRY_SECONDS = 0.02


@dataclass
class Crowd:
    """What became of the requests of *clients* browsers, a connection each.

    A browser asks until it is answered that the link is used up. A request whose
    connection ends before its answer is in doubt: a click may have been taken for it,
    and the redirect may have been sent.
    """

    port: int
    code: str
    clients: int
    passed: int = 0
    in_doubt: int = 0
    refused: int = 0

    async def follow(self) -> None:
        """Return once every browser was refused."""
        ask = (
            f"GET /{self.code} HTTP/1.1\r\nHost: x\r\nUser-Agent: {BROWSER}\r\n\r\n"
        ).encode()
        async with asyncio.timeout(ANSWER_SECONDS):
            await asyncio.gather(*(self._browse(ask) for _ in range(self.clients)))

    async def until_passed(self, number: int) -> None:
        """Return once *number* requests were redirected."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while self.passed < number:  # noqa: ASYNC110  # redirects are counted elsewhere
                await asyncio.sleep(0.001)

    async def _browse(self, ask: bytes) -> None:
        is_over = False
        while not is_over:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                is_over = await self._ask(ask, reader, writer)
            await asyncio.sleep(0 if is_over else _RETRY_SECONDS)

    async def _ask(
        self, ask: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Return whether the answer was that the link is used up."""
        try:
            while True:
                writer.write(ask)
                try:
                    head = await reader.readuntil(b"\r\n\r\n")
                except (OSError, asyncio.IncompleteReadError):
                    self.in_doubt += 1
                    return False
                if head.startswith(b"HTTP/1.1 410 "):
                    self.refused += 1
                    return True
                assert head.startswith(b"HTTP/1.1 307 "), head
                self.passed += 1
        finally:
            writer.close()
