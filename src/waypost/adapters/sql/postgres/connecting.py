"""How connections to PostgreSQL are opened."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import asyncpg
from sqlalchemy import Pool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

Connect: TypeAlias = Callable[[], Awaitable[asyncpg.Connection]]

# Shorter than the client's deadline: then the server ends a statement by itself, and
# the connection survives.
_LOCK_SHARE: Final = 0.8
_STATEMENT_SHARE: Final = 0.9
# Between two statements clicks are sorted, or the client has disappeared.
_IDLE_SHARE: Final = 2.0


async def connect(url: str, *, timeout_seconds: float) -> asyncpg.Connection:
    """Open one connection to the database that *url* names."""
    return await asyncpg.connect(
        url,
        timeout=timeout_seconds,
        # Only for what SQLAlchemy asks at the beginning: all else has deadlines.
        command_timeout=2 * timeout_seconds,
        server_settings={
            "application_name": "waypost",
            "lock_timeout": _milliseconds(_LOCK_SHARE * timeout_seconds),
            "statement_timeout": _milliseconds(_STATEMENT_SHARE * timeout_seconds),
            "idle_in_transaction_session_timeout": _milliseconds(
                _IDLE_SHARE * timeout_seconds
            ),
        },
    )


def engine_over(
    connecting: Connect, *, poolclass: type[Pool], **options: int
) -> AsyncEngine:
    """Return an engine whose connections come from *connecting*."""
    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connecting,
        poolclass=poolclass,
        # Parameters are targets and secrets, and errors end up in logs.
        hide_parameters=True,
        **options,
    )


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
