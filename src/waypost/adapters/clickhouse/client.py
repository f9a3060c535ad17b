"""One ClickHouse server, by HTTP: every failure is one of two refusals."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias, TypeVar, cast
from urllib.parse import unquote, urlsplit

import structlog
from clickhouse_connect.driver import create_async_client
from clickhouse_connect.driver.asyncclient import AsyncClient
from clickhouse_connect.driver.exceptions import ClickHouseError, Error

from waypost.domain.errors import BackendUnavailable, RangeTooLarge
from waypost.telemetry.log_throttle import LogThrottle

T = TypeVar("T")
Parameters: TypeAlias = Mapping[str, object]
Setting: TypeAlias = str | int

_TOO_MUCH: Final = frozenset({158, 159, 160, 241, 307, 396})
"""Codes of a query that reads too many rows, takes too long or too much memory."""
_MARGIN_SECONDS: Final = 5.0
"""How much later than the server the client gives up: so the server says why."""
_TOP_K_FILTER: Final = "use_top_k_dynamic_filtering"
"""An optimisation of `ORDER BY … LIMIT` that is turned off: with several columns in
`ORDER BY`, ClickHouse 26.5 now and then compares the first one with values of another
(`CANNOT_PARSE_DATETIME`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server is, and which of its users to be."""

    url: str
    """`http://user:password@host:8123/database`; what the others name may lack."""
    username: str = ""
    password: str = field(default="", repr=False)
    database: str = ""


class ClickHouse:
    """A server. It connects when it is first used, and again after a failure."""

    def __init__(
        self,
        address: Address,
        *,
        timeout_seconds: float,
        max_rows_to_read: int,
    ) -> None:
        self._address = address
        self._timeout_seconds = timeout_seconds
        self._max_rows_to_read = max_rows_to_read
        self._client: AsyncClient | None = None
        self._connecting = asyncio.Lock()
        self._throttle = LogThrottle()

    async def aclose(self) -> None:
        """Close every connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def read(
        self, sql: str, parameters: Parameters, *, is_bounded: bool = True
    ) -> Sequence[tuple[object, ...]]:
        """Return the rows that *sql* finds; its {name:Type} are *parameters*.

        Raises:
            RangeTooLarge: It would read too many rows, or takes too long.
            BackendUnavailable: The server does not answer, or refuses.
        """
        result = await self._query(sql, parameters, is_bounded=is_bounded)
        return cast(Sequence[tuple[object, ...]], result)

    async def read_columns(
        self, sql: str, parameters: Parameters
    ) -> Sequence[Sequence[object]]:
        """Return the columns of the rows that *sql* finds, however many it reads.

        Raises:
            As `read`.
        """
        return await self._query(sql, parameters, is_bounded=False, is_by_column=True)

    async def _query(
        self,
        sql: str,
        parameters: Parameters,
        *,
        is_bounded: bool,
        is_by_column: bool = False,
    ) -> Sequence[Sequence[object]]:
        settings: dict[str, Setting] = {
            "max_execution_time": max(1, int(self._timeout_seconds)),
            "max_rows_to_read": self._max_rows_to_read if is_bounded else 0,
        }

        async def run(client: AsyncClient) -> Sequence[Sequence[object]]:
            result = await client.query(
                sql,
                parameters=dict(parameters),
                settings=settings,
                column_oriented=is_by_column,
            )
            return result.result_set

        return await self._guarded(run)

    async def run(
        self,
        sql: str,
        parameters: Parameters | None = None,
        *,
        settings: Mapping[str, Setting] | None = None,
    ) -> None:
        """Run a statement that answers nothing, however long it takes.

        Raises:
            BackendUnavailable: The server does not answer, or refuses.
        """

        async def execute(client: AsyncClient) -> None:
            await client.command(
                sql, parameters=dict(parameters or {}), settings=dict(settings or {})
            )

        try:
            await self._guarded(execute, seconds=3_600)
        except RangeTooLarge as error:
            raise BackendUnavailable from error

    async def insert(
        self,
        table: str,
        columns: Sequence[str],
        body: bytes,
        *,
        settings: Mapping[str, Setting],
    ) -> None:
        """Insert a block in the format Native, compressed with LZ4.

        Raises:
            BackendUnavailable: It is not known to have arrived.
        """

        async def send(client: AsyncClient) -> None:
            await client.raw_insert(
                table,
                column_names=list(columns),
                insert_block=body,
                settings=dict(settings),
                fmt="Native",
                compression="lz4",
            )

        try:
            await self._guarded(send)
        except RangeTooLarge as error:
            raise BackendUnavailable from error

    async def _guarded(
        self,
        operation: Callable[[AsyncClient], Awaitable[T]],
        *,
        seconds: float | None = None,
    ) -> T:
        try:
            async with asyncio.timeout(
                (seconds or self._timeout_seconds) + _MARGIN_SECONDS
            ):
                return await operation(await self._connected())
        except ClickHouseError as error:
            code = error.code if isinstance(error, Error) else None
            if code in _TOO_MUCH:
                raise RangeTooLarge from error
            self._log(error, code=code)
            raise BackendUnavailable from error
        except (OSError, TimeoutError) as error:
            self._log(error, code=None)
            raise BackendUnavailable from error

    def _log(self, error: Exception, *, code: int | None) -> None:
        # No text of the server: it quotes statements, and they hold what visitors sent.
        if self._throttle.allows(f"{code} {type(error).__name__}"):
            structlog.get_logger().warning(
                "clickhouse.failed", error=type(error).__name__, code=code
            )

    async def _connected(self) -> AsyncClient:
        async with self._connecting:
            if self._client is None:
                address = self._address
                parts = urlsplit(address.url)
                client = await create_async_client(
                    interface=parts.scheme,
                    host=parts.hostname,
                    port=parts.port or (8443 if parts.scheme == "https" else 8123),
                    username=address.username or unquote(parts.username or "") or None,
                    password=address.password or unquote(parts.password or ""),
                    database=address.database or parts.path.strip("/") or None,
                    client_name="waypost",
                    compress="lz4",
                    # Sets of links are longer than a URL may be.
                    form_encode_query_params=True,
                    query_retries=0,
                    connect_timeout=self._timeout_seconds,
                    send_receive_timeout=3_600,
                )
                # Older servers do not know it, and refuse what they do not know.
                if _TOP_K_FILTER in client.server_settings:
                    client.set_client_setting(_TOP_K_FILTER, 0)
                self._client = client
            return self._client
