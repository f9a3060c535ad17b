"""Requests to a running server over HTTP."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias, TypeVar
from urllib.parse import urlencode

import httpx
import msgspec

from waypost.cli.calls.connection import (
    DRY,
    Connection,
    Query,
    Record,
    in_path,
    require_dry,
)
from waypost.cli.calls.failures import not_waypost
from waypost.cli.links.events import Event, events_in
from waypost.cli.links.link_view import (
    LinkDetails,
    LinkPage,
    LinkReport,
    decode_details,
    decode_page,
)
from waypost.cli.links.targeting.values import SimulatedVerdict
from waypost.telemetry.health import HealthState

Value: TypeAlias = str | int | bool | Sequence[object] | None
Fields: TypeAlias = Mapping[str, Value | Mapping[str, Value]]
"""The fields of a request about a link, by the names of the HTTP API."""

_Answer = TypeVar("_Answer")
_decode_report = msgspec.json.Decoder(LinkReport).decode
_decode_verdict = msgspec.json.Decoder(SimulatedVerdict).decode
_LINKS = "/api/v1/links"
_UNKNOWN = "/api/v1/unknown-codes"
_BULK_TIMEOUT = httpx.Timeout(60.0, connect=3.0)
# A comment comes each 15 seconds where nothing else does.
_LIVE_TIMEOUT = httpx.Timeout(60.0, connect=3.0)


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


class _Results(msgspec.Struct, frozen=True):
    """The answer to many links."""

    results: list[msgspec.Raw]


class ServerClient(Connection):
    """Links and reports of one server; calls raise as those of `Connection`."""

    def shorten(self, url: str, *, code: str | None = None) -> LinkReport:
        """Create a link and return it."""
        body = {"url": url, "custom_code": code}
        return self._link(self._send("POST", "/api/shorten", body))

    def stats(self, code: str) -> LinkReport:
        """Return the link of *code* with its clicks."""
        return self._link(self._send("GET", f"/api/stats/{in_path(code)}"))

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

    def delete(self, code: str, *, version: int | None = None) -> LinkDetails:
        """Delete the link of *code*, and return it as it was.

        *version*: only if it has this one.
        """
        return self._details(self._send("DELETE", _address(code), version=version))

    def restore(self, code: str) -> LinkDetails:
        """Undo the deletion of the link of *code*, and return it."""
        return self._details(self._send("POST", f"{_address(code)}/restore"))

    def simulate(self, code: str, fields: Mapping[str, object]) -> SimulatedVerdict:
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
        with self._readable_failures(may_be_done=not self.is_dry_run):
            answer = self._http.post(
                f"{self._server}{_LINKS}/bulk",
                content=body,
                headers={"Content-Type": "application/json", "Idempotency-Key": key},
                params=[DRY] if self.is_dry_run else None,
                timeout=_BULK_TIMEOUT,
            )
        if self.is_dry_run and answer.is_success:
            require_dry(answer)
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

    def delete_unknown_codes(self, query: Query) -> Record:
        """Delete the visits without a link that *query* names, and return how many."""
        return self.record("DELETE", _UNKNOWN, query=query)

    def unknown_codes(self, query: Query, kind: type[_Answer]) -> _Answer:
        """Return a page of the visits without a link that *query* asks for."""
        answer = self._send("GET", _UNKNOWN, query=query)
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
            raise not_waypost(answer, self._server) from error

    def server_version(self) -> str:
        """Return which release the server is of."""
        answer = self._send("GET", "/api/v1/")
        return self._read(answer, msgspec.json.Decoder(_Server).decode).version

    def _link(self, answer: httpx.Response) -> LinkReport:
        return self._read(answer, _decode_report)

    def _details(self, answer: httpx.Response) -> LinkDetails:
        return self._read(answer, decode_details)


def _address(code: str) -> str:
    return f"{_LINKS}/{in_path(code)}"
