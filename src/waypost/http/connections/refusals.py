"""Refusals on the connection, before there is a request for an application.

Clients can cause them in any number, so the log gets a number, not a line each.
"""

import asyncio
from collections import Counter
from typing import Final

import structlog

from waypost.http.headers import PROBLEM_JSON
from waypost.http.problems import fixed_problem_body
from waypost.http.statuses import ErrorKind

SUMMARY_SECONDS: Final = 60.0
"""How often refusals of one kind are logged."""

_log = structlog.get_logger()


def refusal(kind: ErrorKind, *, page: str) -> bytes:
    """Return a whole answer, after which the connection is closed.

    *page* is the address of the page that explains all codes; empty: there is none.
    """
    body = fixed_problem_body(kind, page=page)
    head = (
        f"HTTP/1.1 {kind.status.value} {kind.status.phrase}\r\n"
        f"content-type: {PROBLEM_JSON}\r\n"
        f"content-length: {len(body)}\r\n"
        "connection: close\r\n\r\n"
    )
    return head.encode() + body


class RefusalLog:
    """Logs the first refusal of each kind at once, and then how many there were."""

    def __init__(self, *, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._counts: Counter[str] = Counter()
        self._quiet: set[str] = set()

    def note(self, code: str) -> None:
        """Count a refusal."""
        self._counts[code] += 1
        if code not in self._quiet:
            self._quiet.add(code)
            self._report(code)

    def _report(self, code: str) -> None:
        count = self._counts.pop(code, 0)
        if count == 0:
            self._quiet.discard(code)
            return
        _log.warning("http.refused", refusal=code, count=count)
        self._loop.call_later(SUMMARY_SECONDS, self._report, code)
