"""The state of ClickHouse, for the operator."""

from typing import Final, NamedTuple

from waypost.adapters.clickhouse.client import Address, ClickHouse
from waypost.adapters.clickhouse.schema import STEPS, schema_version

_OLDEST: Final = (24, 3)
"""The oldest version that has all that is used here."""


class ClickHouseReport(NamedTuple):
    """The state of a server."""

    version: str
    is_too_old: bool
    has_tables: bool
    """Whether any release has made its tables."""
    is_newer: bool
    """Whether a newer release has made them."""


async def inspect_clickhouse(
    address: Address, *, timeout_seconds: float
) -> ClickHouseReport:
    """Return the server's state; change nothing.

    Raises:
        BackendUnavailable: It does not answer, or refuses.
    """
    server = ClickHouse(address, timeout_seconds=timeout_seconds, max_rows_to_read=0)
    try:
        ((version, tables),) = await server.read(
            "SELECT version(), (SELECT count() FROM system.tables WHERE "
            "database = currentDatabase() AND name = 'waypost_schema')",
            {},
        )
        schema = await schema_version(server) if tables else 0
    finally:
        await server.aclose()
    return ClickHouseReport(
        version=str(version),
        is_too_old=_numbers(str(version)) < _OLDEST,
        has_tables=bool(tables),
        is_newer=schema > len(STEPS),
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(each) for each in version.split(".")[:2] if each.isdecimal())
