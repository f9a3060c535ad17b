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

    def note_code(self, code: str, headers: Headers) -> None:
        """Note a visit of *code*, which no link has."""
        self._note(orphan_code(code), headers)

    def note_path(self, path: str, headers: Headers) -> None:
        """Note a visit of *path*, which names no code, unless it is a page of ours."""
        self._note(orphan_path(path), headers)

    def _note(self, found: tuple[OrphanKind, str] | None, headers: Headers) -> None:
        if found is not None:
            kind, text = found
            time_ms = time.time_ns() // 1_000_000
            self._record(Orphan(kind, text, self._is_machine(headers), time_ms))

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

    def __init__(self, notes: OrphanNotes, fallback: Application) -> None:
        self._notes = notes
        self._fallback = fallback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["method"] == "GET":
            self._notes.note_path(scope["path"], scope["headers"])
        await self._fallback(scope, receive, send)
