"""Requests for the audit trail of a running server."""

from collections.abc import Iterator

import msgspec

from waypost.cli.access.key_client import KeyClient
from waypost.cli.links.events import Query

_PAGE = 1_000


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


class _Page(msgspec.Struct, frozen=True):
    data: list[AuditReport]
    next_cursor: str | None


_decode = msgspec.json.Decoder(_Page).decode


class AuditClient(KeyClient):
    """One server, for as long as a command runs; calls raise as `ServerClient`'s."""

    def entries(self, query: Query, *, limit: int | None) -> Iterator[AuditReport]:
        """Yield up to *limit* changes that *query* asks for, page after page.

        None: all of them.
        """
        missing, cursor = limit, None
        while missing is None or missing > 0:
            asked = [*query, ("limit", str(min(missing or _PAGE, _PAGE)))]
            if cursor is not None:
                asked.append(("cursor", cursor))
            answer = self._send("GET", "/api/v1/audit", query=asked)
            page = self._read(answer, _decode)
            yield from page.data
            if missing is not None:
                missing -= len(page.data)
            cursor = page.next_cursor
            if cursor is None:
                return
