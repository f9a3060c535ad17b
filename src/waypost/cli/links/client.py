"""Requests to a running server over HTTP."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeAlias, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import httpx
import msgspec

from waypost.cli.exits import CommandError, UnreachableError, WrongUsageError
from waypost.cli.links.events import Event, Query, events_in
from waypost.cli.links.link_view import (
    LinkDetails,
    LinkPage,
    LinkReport,
    decode_details,
    decode_page,
)
from waypost.cli.links.targeting.values import SimulatedVerdict
from waypost.config.urls import is_loopback
from waypost.telemetry.health import HealthState

Value: TypeAlias = str | int | bool | Sequence[object] | None
Fields: TypeAlias = Mapping[str, Value | Mapping[str, Value]]
"""The fields of a request about a link, by the names of the HTTP API."""

_Report = TypeVar("_Report")
_Answer = TypeVar("_Answer")
_decode_report = msgspec.json.Decoder(LinkReport).decode
_decode_verdict = msgspec.json.Decoder(SimulatedVerdict).decode
_LINKS = "/api/v1/links"
_WITHOUT_KEY = frozenset({"not-authenticated", "key-inactive"})
_LOG_IN = " Log in with `waypost login`."
_TIMEOUT = httpx.Timeout(15.0, connect=3.0)
_BULK_TIMEOUT = httpx.Timeout(60.0, connect=3.0)
# A comment comes each 15 seconds where nothing else does.
_LIVE_TIMEOUT = httpx.Timeout(60.0, connect=3.0)


class NotWaypostError(UnreachableError):
    """The server at this address answers, but not as Waypost does."""


class RefusedError(CommandError):
    """The server refuses; *code* is the stable name of the refusal."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class HealthReport(msgspec.Struct, frozen=True):
    """What `GET /health` answers."""

    status: HealthState
    database: HealthState
    cache: HealthState
    journal: HealthState = HealthState.HEALTHY
    readers: HealthState = HealthState.HEALTHY
    blocklists: HealthState = HealthState.HEALTHY
    audit: HealthState = HealthState.HEALTHY
    """These are not named by older releases."""


class _Server(msgspec.Struct, frozen=True):
    """What a server says of itself."""

    version: str


class _WrongField(msgspec.Struct, frozen=True):
    """What is wrong with one field."""

    field: str
    message: str


class _Results(msgspec.Struct, frozen=True):
    """The answer to many links."""

    results: list[msgspec.Raw]


class _Problem(msgspec.Struct, frozen=True):
    """A refusal: the parts of a problem document that a person needs."""

    detail: str
    code: str
    errors: list[_WrongField] = []


class ServerClient:
    """One server, for as long as a command runs.

    Every call may raise `UnreachableError` or `NotWaypostError`, and `CommandError`
    when the server refuses it.
    """

    def __init__(self, server: str, *, key: str = "") -> None:
        """Remember where the server is, and the key to send.

        Raises:
            WrongUsageError: *server* is not the URL of a server.
        """
        self._server = server.rstrip("/")
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

    def shorten(self, url: str, *, code: str | None = None) -> LinkReport:
        """Create a link and return it."""
        body = {"url": url, "custom_code": code}
        return self._link(self._send("POST", "/api/shorten", body))

    def stats(self, code: str) -> LinkReport:
        """Return the link of *code* with its clicks."""
        return self._link(self._send("GET", f"/api/stats/{quote(code, safe='')}"))

    def make(self, fields: Fields) -> LinkDetails:
        """Create a link with options and return it."""
        return self._details(self._send("POST", _LINKS, fields))

    def show(self, code: str) -> LinkDetails:
        """Return the link of *code* with all that is set on it."""
        return self._details(self._send("GET", _address(code)))

    def edit(self, code: str, fields: Fields) -> LinkDetails:
        """Change *fields* of the link of *code*, and return the changed link."""
        return self._details(self._send("PATCH", _address(code), fields))

    def put_link(self, name: str, fields: Fields) -> LinkDetails:
        """Make the link of *name* as *fields* say, and return it."""
        return self._details(self._send("PUT", _address(name), fields))

    def delete(self, code: str) -> LinkDetails:
        """Delete the link of *code*, and return it as it was."""
        return self._details(self._send("DELETE", _address(code)))

    def restore(self, code: str) -> LinkDetails:
        """Undo the deletion of the link of *code*, and return it."""
        return self._details(self._send("POST", f"{_address(code)}/restore"))

    def simulate(self, code: str, fields: Fields) -> SimulatedVerdict:
        """Return what a visitor of the link of *code* would get."""
        answer = self._send("POST", f"{_address(code)}/simulate", fields)
        return self._read(answer, _decode_verdict)

    def quarantine(self, code: str, fields: Fields) -> LinkDetails:
        """Put the link of *code* in quarantine, and return it."""
        return self._details(self._send("PUT", f"{_address(code)}/quarantine", fields))

    def release(self, code: str) -> LinkDetails:
        """End the quarantine of the link of *code*, and return it."""
        return self._details(self._send("DELETE", f"{_address(code)}/quarantine"))

    def bulk(self, body: bytes, *, key: str, kind: type[_Answer]) -> Sequence[_Answer]:
        """Return the results, of this *kind*, of many links.

        *key* names the call: what is sent again under it is not done twice.
        """
        with self._readable_failures():
            answer = self._http.post(
                f"{self._server}{_LINKS}/bulk",
                content=body,
                headers={"Content-Type": "application/json", "Idempotency-Key": key},
                timeout=_BULK_TIMEOUT,
            )
        results = msgspec.json.Decoder(_Results).decode
        return [
            msgspec.json.decode(one, type=kind)
            for one in self._read(answer, results).results
        ]

    def list_links(self, query: Query) -> LinkPage:
        """Return a page of the list that *query* asks for."""
        return self._read(self._send("GET", _LINKS, query=query), decode_page)

    def report(self, name: str, query: Query, kind: type[_Answer]) -> _Answer:
        """Return the report called *name* of the clicks that *query* asks for."""
        answer = self._send("GET", f"/api/v1/reports/{name}", query=query)
        return self._read(answer, msgspec.json.Decoder(kind).decode)

    def unknown_codes(self, query: Query, kind: type[_Answer]) -> _Answer:
        """Return a page of the visits without a link that *query* asks for."""
        answer = self._send("GET", "/api/v1/unknown-codes", query=query)
        return self._read(answer, msgspec.json.Decoder(kind).decode)

    def events(self, query: Query, *, after: str = "") -> Iterator[Event]:
        """Yield live events until the server ends the stream.

        *after* is the id of the last event that was received.
        """
        with (
            self._readable_failures(),
            self._http.stream(
                "GET",
                f"{self._server}/api/v1/reports/live",
                params=urlencode(query),
                headers={"Last-Event-ID": after} if after else {},
                timeout=_LIVE_TIMEOUT,
            ) as answer,
        ):
            if not answer.is_success:
                answer.read()
                self._read(answer, _decode_report)
            yield from events_in(answer.iter_lines())

    def health(self) -> HealthReport:
        """Return the server's health, even if it is not healthy."""
        answer = self._send("GET", "/health")
        try:
            return msgspec.json.decode(answer.content, type=HealthReport)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise self._not_waypost(answer) from error

    def server_version(self) -> str:
        """Return which release the server is of."""
        answer = self._send("GET", "/api/v1/")
        return self._read(answer, msgspec.json.Decoder(_Server).decode).version

    def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        query: Query = (),
    ) -> httpx.Response:
        with self._readable_failures():
            return self._http.request(
                method, self._server + path, json=body, params=urlencode(query) or None
            )

    @contextmanager
    def _readable_failures(self) -> Iterator[None]:
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            if "[SSL" in str(error):
                raise NotWaypostError(
                    f"{self._server} does not speak TLS as it should "
                    f"({_reason(error)}): if it has no certificate, begin its address "
                    "with http://."
                ) from error
            raise UnreachableError(
                f"Nothing answers at {self._server} ({_reason(error)}): start it with "
                "`waypost serve`, or name its address with --server."
            ) from error
        except httpx.HTTPError as error:
            raise NotWaypostError(
                f"{self._server} does not answer as it should ({_reason(error)}): if "
                "that is another program, name the address of Waypost with --server."
            ) from error

    def _link(self, answer: httpx.Response) -> LinkReport:
        return self._read(answer, _decode_report)

    def _details(self, answer: httpx.Response) -> LinkDetails:
        return self._read(answer, decode_details)

    def _read(
        self, answer: httpx.Response, decode: Callable[[bytes], _Report]
    ) -> _Report:
        try:
            if answer.is_success:
                return decode(answer.content)
            problem = msgspec.json.decode(answer.content, type=_Problem)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise self._not_waypost(answer) from error
        details = "".join(
            f" {one.field}: {one.message.removesuffix('.')}." for one in problem.errors
        )
        hint = _LOG_IN if problem.code in _WITHOUT_KEY else ""
        raise RefusedError(
            f"{problem.detail}{details}{hint} ({problem.code})", code=problem.code
        )

    def _not_waypost(self, answer: httpx.Response) -> NotWaypostError:
        return NotWaypostError(
            f"What answers at {self._server} is not Waypost (it said "
            f"{answer.status_code} {answer.reason_phrase}): "
            "name the address of Waypost with --server."
        )


def _headers(key: str) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    return headers


def _address(code: str) -> str:
    return f"{_LINKS}/{quote(code, safe='')}"


def _reason(error: httpx.HTTPError) -> str:
    """Return the error's text without its number or place in the system's sources."""
    text = re.sub(r"^\[[^]]*\] | \(_ssl\.c:\d+\)$", "", str(error))
    return text.rstrip(".") or type(error).__name__


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
