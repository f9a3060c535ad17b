"""Requests about complaints to a running server."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from waypost.cli.calls.connection import Connection, in_path

_REPORTS = "/api/v1/abuse-reports"


class Report(msgspec.Struct, frozen=True):
    """A complaint, as the server shows it."""

    id: str
    state: str
    short_url: str
    link: dict[str, object]
    reason: str
    message: str
    email: str | None
    created_at: datetime


_decode_report = msgspec.json.Decoder(Report).decode


class AbuseClient(Connection):
    """One server, for as long as a command runs; calls raise as `Connection`'s."""

    def reports(self, *, state: str) -> Iterator[Report]:
        """Yield the complaints in one state, newest first."""
        return self._listed(_REPORTS, [("state", state)], Report, limit=None)

    def complain(self, fields: Mapping[str, object]) -> None:
        """Report a link."""
        self._read(self._send("POST", _REPORTS, fields), bytes)

    def judge(self, report_id: str, state: str) -> Report:
        """Confirm or dismiss a complaint, and return it."""
        path = f"{_REPORTS}/{in_path(report_id)}"
        return self._read(self._send("PATCH", path, {"state": state}), _decode_report)
