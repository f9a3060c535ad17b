"""The type of columns that hold moments."""

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """Moments in UTC, to the microsecond.

    SQLite keeps text without a zone, so the zone is taken off and put on here. Text
    rather than a number, because a person who opens the file can read it.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, _dialect: Dialect
    ) -> datetime | None:
        """Turn *value* into UTC, from any zone."""
        return value and value.astimezone(UTC)

    def process_result_value(
        self, value: datetime | None, _dialect: Dialect
    ) -> datetime | None:
        """Return *value* with the zone UTC."""
        return value and value.replace(tzinfo=UTC)
