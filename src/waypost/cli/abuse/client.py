"""Requests about complaints to a running server."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

import msgspec

from waypost.cli.links.client import ServerClient

_REPORTS = "/api/v1/abuse-reports"


class Report(msgspec.Struct, frozen=True):
    """A complaint, as the server shows it."""

    id: str
    state: str
    short_url: str
    reason: str
    message: str
    email: str | None
    created_at: datetime


class _Page(msgspec.Struct, frozen=True):
    data: list[Report]
    next_cursor: str | None


_decode_report = msgspec.json.Decoder(Report).decode
_decode_page = msgspec.json.Decoder(_Page).decode


class AbuseClient(ServerClient):
    """One server, for as long as a command runs; calls raise as `ServerClient`'s."""

    def reports(self, *, state: str) -> Iterator[Report]:
        """Yield the complaints in one state, newest first."""
        cursor: str | None = ""
        while cursor is not None:
            query = [("state", state), *([("cursor", cursor)] if cursor else [])]
            page = self._read(self._send("GET", _REPORTS, query=query), _decode_page)
            yield from page.data
            cursor = page.next_cursor

    def judge(self, report_id: str, state: str) -> Report:
        """Confirm or dismiss a complaint, and return it."""
        path = f"{_REPORTS}/{quote(report_id, safe='')}"
        return self._read(self._send("PATCH", path, {"state": state}), _decode_report)
