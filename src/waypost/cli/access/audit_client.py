"""Requests for the audit trail of a running server."""

from collections.abc import Iterator

import msgspec

from waypost.cli.calls.connection import Connection, Query, in_path


class Party(msgspec.Struct, frozen=True):
    """Who has changed something, or what was changed."""

    type: str
    id: str | None
    name: str | None


class AuditReport(msgspec.Struct, frozen=True):
    """One change, as the server shows it."""

    id: str
    at: str
    actor: Party
    action: str
    resource: Party
    version: int | None
    before: dict[str, object] | None
    after: dict[str, object] | None
    request_id: str | None


class AuditClient(Connection):
    """One server, for as long as a command runs; calls raise as `Connection`'s."""

    def resource_of(self, link: str) -> str:
        """Return how the trail names the *link* of a code."""
        found = self.record("GET", f"/api/v1/links/{in_path(link)}")
        return f"link:{found['id']}"

    def entries(self, query: Query, *, limit: int | None) -> Iterator[AuditReport]:
        """Yield up to *limit* changes that *query* asks for, page after page.

        None: all of them.
        """
        return self._listed("/api/v1/audit", query, AuditReport, limit=limit)
