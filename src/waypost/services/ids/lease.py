"""Lease ids from the first of several sources that can.

::

    lease ─▶ first ──fails─▶ second ──fails─▶ … ──▶ the last resort ─▶ block, or refusal
               │ then left alone for a while        │ always asked
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from waypost.domain.codes import IdBlock
from waypost.domain.errors import BackendUnavailable
from waypost.ports.blocks import BlockSource
from waypost.telemetry.metrics import Metrics

REST_SECONDS: Final = 1.0
"""How long a source that failed is not called."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A source of blocks."""

    name: str
    """For the log and the metrics."""
    source: BlockSource
    timeout_seconds: float
    """How long it may take to lease a block."""


class FirstAvailable:
    """Leases from the first of *candidates* that can; the last one is always called.

    A lease takes the sum of their time-outs at most. Their blocks must not overlap
    with one another's. For one event loop.
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        *,
        metrics: Metrics,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        assert candidates, "there must be a source to lease from"
        self._candidates = [_State(one) for one in candidates]
        self._metrics = metrics
        self._monotonic = monotonic

    async def lease(self, size: int) -> IdBlock:
        """Return *size* ids of one of the sources.

        Raises:
            BackendUnavailable: None of them can lease at the moment.
        """
        for state in self._candidates:
            if state is self._candidates[-1] or self._may_be_asked(state):
                block = await self._attempt(state, size)
                if block is not None:
                    return block
        raise BackendUnavailable(
            "No ids can be leased at the moment. Try again shortly."
        )

    def _may_be_asked(self, state: "_State") -> bool:
        """Return whether the source works, or another task tests it at this moment."""
        if not state.is_failing:
            return True
        now = self._monotonic()
        if now < state.rests_until:
            return False
        state.rests_until = now + REST_SECONDS
        return True

    async def _attempt(self, state: "_State", size: int) -> IdBlock | None:
        candidate = state.candidate
        try:
            async with asyncio.timeout(candidate.timeout_seconds):
                block = await candidate.source.lease(size)
        except (BackendUnavailable, TimeoutError) as error:
            self._note_failure(state, error)
            return None
        self._note_success(state)
        return block

    def _note_failure(self, state: "_State", error: Exception) -> None:
        state.rests_until = self._monotonic() + REST_SECONDS
        self._metrics.id_leases.labels(state.candidate.name, "failed").inc()
        if not state.is_failing:
            cause = error.__cause__ if isinstance(error, BackendUnavailable) else None
            kind = type(cause or error).__name__
            _log.warning("ids.source_failed", source=state.candidate.name, kind=kind)
        state.is_failing = True

    def _note_success(self, state: "_State") -> None:
        self._metrics.id_leases.labels(state.candidate.name, "leased").inc()
        if state.is_failing:
            _log.info("ids.source_back", source=state.candidate.name)
        state.is_failing = False


@dataclass(slots=True, eq=False)
class _State:
    candidate: Candidate
    is_failing: bool = False
    rests_until: float = 0.0
