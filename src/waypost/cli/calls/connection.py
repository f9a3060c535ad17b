"""One server over HTTP: requests, their answers, and lists page by page."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Generic, Self, TypeAlias, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import httpx
import msgspec

from waypost.cli.calls.failures import failure_of, not_waypost, refusal_in
from waypost.cli.exits import CommandError, WrongUsageError
from waypost.config.urls import is_loopback

Query: TypeAlias = Sequence[tuple[str, str]]
"""The parameters of a request; a name may occur several times."""
Record: TypeAlias = dict[str, object]
"""An object as the server answers it, fields of a later release included."""

_T = TypeVar("_T")
_PAGE: Final = 1_000
"""How much of a list is asked for at once, at most."""
_TIMEOUT: Final = httpx.Timeout(15.0, connect=3.0)
_READING: Final = frozenset({"GET", "HEAD"})
DRY: Final = ("dry_run", "true")
"""The parameter with which what would change something is only checked."""


class Page(msgspec.Struct, Generic[_T], frozen=True):
    """A page of a list."""

    data: list[_T]
    next_cursor: str | None


class Connection:
    """One server, for as long as a command runs.

    Every call may raise `UnreachableError` or its kinds, and `CommandError` when the
    server refuses it.
    """

    def __init__(self, server: str, *, key: str = "", is_dry_run: bool = False) -> None:
        """Remember where the server is, and the key to send.

        *is_dry_run*: what would change something is only checked.

        Raises:
            WrongUsageError: *server* is not the URL of a server.
        """
        self._server = server.rstrip("/")
        self._key = key
        self.is_dry_run = is_dry_run
        self._http = httpx.Client(
            timeout=_TIMEOUT,
            # A proxy of the environment cannot reach this machine's own loopback.
            trust_env=not is_loopback(_host_of(server)),
            headers=_headers(key),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._http.close()

    def record(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        query: Query = (),
    ) -> Record:
        """Send a request, and return the object that answers it."""
        answer = self._send(method, path, body, query=query)
        return self._read(answer, msgspec.json.Decoder(Record).decode)

    def done(self, method: str, path: str, *, version: int | None = None) -> None:
        """Send a request whose answer is empty; *version* as of `_send`."""
        self._read(self._send(method, path, version=version), bytes)

    def records(
        self, path: str, query: Query = (), *, limit: int | None = None
    ) -> Iterator[Record]:
        """Yield up to *limit* objects of a list, page by page; None: all of them."""
        return self._listed(path, query, Record, limit=limit)

    def _listed(
        self, path: str, query: Query, kind: type[_T], *, limit: int | None
    ) -> Iterator[_T]:
        decode = msgspec.json.Decoder(Page[kind]).decode  # type: ignore[valid-type]  # a value
        missing, cursor = limit, ""
        while missing is None or missing > 0:
            size = _PAGE if missing is None else min(missing, _PAGE)
            more = [("limit", str(size)), *([("cursor", cursor)] if cursor else [])]
            answer = self._send("GET", path, query=[*query, *more])
            page: Page[_T] = self._read(answer, decode)
            yield from page.data
            if missing is not None:
                missing -= len(page.data)
            if page.next_cursor is None:
                return
            cursor = page.next_cursor

    @contextmanager
    def streamed(self, path: str, query: Query) -> Iterator[Iterator[bytes]]:
        """Yield the parts of an answer that may be of any length."""
        with (
            self._readable_failures(),
            self._http.stream(
                "GET", self._server + path, params=urlencode(query) or None
            ) as answer,
        ):
            if not answer.is_success:
                answer.read()
                raise refusal_in(answer, self._server, key=self._key)
            yield answer.iter_bytes()

    def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        query: Query = (),
        version: int | None = None,
    ) -> httpx.Response:
        """Send a request; *version*: only if what it is about has this one."""
        is_dry = self.is_dry_run and method not in _READING
        asked = [*query, DRY] if is_dry else query
        with self._readable_failures(may_be_done=method not in _READING and not is_dry):
            answer = self._http.request(
                method,
                self._server + path,
                json=body,
                params=urlencode(asked) or None,
                headers={} if version is None else {"If-Match": f'"{version}"'},
            )
        if is_dry and answer.is_success:
            require_dry(answer)
        return answer

    @contextmanager
    def _readable_failures(self, *, may_be_done: bool = False) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            raise failure_of(error, self._server, may_be_done=may_be_done) from error

    def _read(self, answer: httpx.Response, decode: Callable[[bytes], _T]) -> _T:
        if not answer.is_success:
            raise refusal_in(answer, self._server, key=self._key)
        try:
            return decode(answer.content)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise not_waypost(answer, self._server) from error


def in_path(text: str) -> str:
    """Return *text* as one part of a path."""
    return quote(text, safe="")


def require_dry(answer: httpx.Response) -> None:
    """Refuse the answer of a server that does not know dry runs."""
    if answer.headers.get("dry-run") != "true":
        raise CommandError(
            "This server knows no dry run of this, being of another release: it has "
            "done it."
        )


def _headers(key: str) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    return headers


def _host_of(server: str) -> str:
    try:
        parts = urlsplit(server)
        usable = parts.scheme in {"http", "https"} and parts.hostname
        httpx.URL(server)
    except (ValueError, httpx.InvalidURL):
        usable = None
    if not usable:
        raise WrongUsageError(
            f"{server!r} is not the URL of a server: it begins with http:// or "
            "https:// and a host."
        )
    return str(usable)
