"""Fetch the title of a page, from public addresses only.

::

    URL ─▶ checked ─▶ resolved ─▶ addresses checked ─▶ connected to one of these
      ▲                                                   │
      └── redirect, five at most ◀────────────────────────┤
                                    64 KiB, or </title> ◀─┘

The connection goes to the address that was checked, and not to the name again: what
the name resolves to a moment later makes no difference. No proxy is asked.
"""

import asyncio
import socket
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import cached_property
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx

from waypost.domain.errors import InvalidTarget, TargetIsOwnLink
from waypost.domain.titles.addresses import Address, is_public
from waypost.domain.titles.pages import has_title_ended, is_html, title_in
from waypost.ports.titles.fetching import Fetched, FetchOutcome

FETCH_SECONDS: Final = 10.0
"""For one page with all redirects before it."""
MOST_BYTES: Final = 64 * 1024
"""Of a page, compressed or not."""
MOST_CHUNKS: Final = 1_000
"""Of a page. One that is sent byte by byte would keep the event loop from redirects."""
MOST_REDIRECTS: Final = 5
_PORTS: Final = {"http": 80, "https": 443}
_HEADERS: Final = {
    "User-Agent": "Waypost (titles of links)",
    "Accept": "text/html, application/xhtml+xml",
    "Accept-Encoding": "gzip",
}
_GZIP_OR_ZLIB: Final = 47
_RESOLVERS: Final = 4


class _PrivateError(Exception):
    """A name has no public address."""


class TitleConnector:
    """Fetches titles; for one event loop."""

    def __init__(
        self,
        *,
        checked: Callable[[str], str],
        are_private_allowed: bool = False,
        seconds: float = FETCH_SECONDS,
    ) -> None:
        """Fetch URLs that *checked* returns; it raises `InvalidTarget` for others."""
        self._checked = checked
        self._are_private_allowed = are_private_allowed
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="resolve")

    @cached_property
    def _http(self) -> httpx.AsyncClient:
        # No connection is kept: the next one to an address may be for another name.
        return httpx.AsyncClient(
            trust_env=False,
            follow_redirects=False,
            timeout=self._seconds,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def aclose(self) -> None:
        """Close what is open."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if "_http" in self.__dict__:
            await self._http.aclose()

    async def fetch(self, url: str) -> Fetched:
        """Return the title of the page at *url*, or why there is none."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._follow(url)
        except (TimeoutError, httpx.TimeoutException):
            return Fetched(FetchOutcome.TIMEOUT)
        except _PrivateError:
            return Fetched(FetchOutcome.PRIVATE)
        except TargetIsOwnLink:
            return Fetched(FetchOutcome.LOOP)
        # `ValueError`: what httpx does not take for a URL.
        except (InvalidTarget, httpx.HTTPError, OSError, ValueError, zlib.error):
            return Fetched(FetchOutcome.FAILED)

    async def _follow(self, url: str) -> Fetched:
        for _ in range(MOST_REDIRECTS + 1):
            url = self._checked(url)
            async with self._opened(urlsplit(url)) as answer:
                location = answer.headers.get("Location")
                if not answer.has_redirect_location or location is None:
                    return await _title_of(answer)
                url = urljoin(url, location)
        return Fetched(FetchOutcome.TOO_LONG_CHAIN)

    @asynccontextmanager
    async def _opened(self, url: SplitResult) -> AsyncIterator[httpx.Response]:
        host, port = url.hostname or "", url.port or _PORTS.get(url.scheme)
        if port is None or not host:
            raise ValueError(url.scheme)
        request = self._http.build_request(
            "GET",
            httpx.URL(
                scheme=url.scheme,
                host=str(await self._address(host, port)),
                port=port,
                raw_path=(
                    (url.path or "/") + (f"?{url.query}" if url.query else "")
                ).encode("ascii"),
            ),
            headers=_HEADERS | {"Host": url.netloc.rpartition("@")[2]},
            # Whose certificate it must be.
            extensions={"sni_hostname": host},
        )
        answer = await self._http.send(request, stream=True)
        try:
            yield answer
        finally:
            await answer.aclose()

    async def _address(self, host: str, port: int) -> Address:
        """Return the address of *host* to connect to.

        Raises:
            _PrivateError: None of its addresses is public.
            OSError: It has none.
        """
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _addresses, host, port)
        for address in found:
            if self._are_private_allowed or is_public(address):
                return address
        raise _PrivateError


def _addresses(host: str, port: int) -> Sequence[Address]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(address[0]) for *_, address in found]


async def _title_of(answer: httpx.Response) -> Fetched:
    content_type = answer.headers.get("Content-Type", "")
    if not answer.is_success or not is_html(content_type):
        return Fetched(FetchOutcome.WITHOUT_TITLE)
    title = title_in(await _first_bytes(answer), content_type=content_type)
    if title is None:
        return Fetched(FetchOutcome.WITHOUT_TITLE)
    return Fetched(FetchOutcome.FOUND, title)


async def _first_bytes(answer: httpx.Response) -> bytes:
    """Return what stands before the end of the title, or the first `MOST_BYTES`."""
    encoding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    unpack = None
    if encoding in {"gzip", "x-gzip", "deflate"}:
        unpack = zlib.decompressobj(_GZIP_OR_ZLIB)
    elif encoding != "identity":
        return b""
    page, received = bytearray(), 0
    chunks = 0
    async for chunk in answer.aiter_raw():
        chunks, received = chunks + 1, received + len(chunk)
        known = len(page)
        room = MOST_BYTES - known
        # A few bytes can unpack to very many.
        page += chunk[:room] if unpack is None else unpack.decompress(chunk, room)
        is_full = len(page) >= MOST_BYTES or received >= MOST_BYTES
        if is_full or chunks >= MOST_CHUNKS or has_title_ended(page, known=known):
            break
    return bytes(page)
