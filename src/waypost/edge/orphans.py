"""Notes the visits that belong to no link: who made them, and what was asked for."""

import time
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from waypost.domain.analytics.machines import EARLY, is_program
from waypost.domain.analytics.orphans import (
    Orphan,
    OrphanKind,
    orphan_code,
    orphan_path,
)
from waypost.domain.links import DEFAULT_DOMAIN
from waypost.edge.domains.visited import VisitedDomains
from waypost.http.asgi import Application, Receive, Scope, Send
from waypost.ports.analytics.orphans import OrphanRecorder

_AGENT_BYTES: Final = 512
_AGENTS: Final = 1_000
"""User agents whose judgement is remembered: half a megabyte at most."""
_PURPOSES: Final = frozenset({b"sec-purpose", b"purpose", b"x-purpose", b"x-moz"})

Headers = Iterable[tuple[bytes, bytes]]


class OrphanNotes:
    """Turns requests into orphans, for a recorder."""

    def __init__(self, recorder: OrphanRecorder) -> None:
        self._record = recorder.record
        self._is_program = lru_cache(_AGENTS)(is_program)

    def note_code(
        self, code: str, headers: Headers, domain: str = DEFAULT_DOMAIN
    ) -> None:
        """Note a visit of *code*, which no link of *domain* has."""
        self._note(orphan_code(code), headers, domain)

    def note_path(
        self, path: str, headers: Headers, domain: str = DEFAULT_DOMAIN
    ) -> None:
        """Note a visit of *path*, which names no code, unless it is a page of ours."""
        self._note(orphan_path(path), headers, domain)

    def _note(
        self, found: tuple[OrphanKind, str] | None, headers: Headers, domain: str
    ) -> None:
        if found is not None:
            kind, text = found
            time_ms = time.time_ns() // 1_000_000
            is_machine = self._is_machine(headers)
            self._record(Orphan(kind, text, is_machine, time_ms, domain))

    def _is_machine(self, headers: Headers) -> bool:
        agent = b""
        for name, value in headers:
            if name == b"user-agent":
                agent = value
            elif name in _PURPOSES and EARLY.search(value):
                return True
        return self._is_program(agent[:_AGENT_BYTES])


class NotedPaths:
    """Notes visits of paths that are no page of ours, in front of *fallback*.

    A path of ours is known by its first word, which is reserved.
    """

    def __init__(
        self, notes: OrphanNotes, domains: VisitedDomains, fallback: Application
    ) -> None:
        self._notes = notes
        self._domains = domains
        self._fallback = fallback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["method"] == "GET":
            domain = self._domains.of(scope).host
            self._notes.note_path(scope["path"], scope["headers"], domain)
        await self._fallback(scope, receive, send)
