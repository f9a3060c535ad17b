"""Leadership by a row that expires."""

from uuid import uuid4

from waypost.adapters.sql.database import Database
from waypost.adapters.sql.statements import leaderships


class SqlLeadership:
    """The process whose row *name* is; `ports.leadership.Leadership`."""

    def __init__(
        self, database: Database, *, name: str, lifetime_seconds: float
    ) -> None:
        assert lifetime_seconds > 0, "a leadership needs a lifetime"
        self._database = database
        self._name = name
        self._lifetime_seconds = lifetime_seconds
        self._holder = uuid4().hex

    @property
    def lifetime_seconds(self) -> float:
        """How long it lasts after `hold`."""
        return self._lifetime_seconds

    async def hold(self) -> bool:
        """Take or renew it, unless another process has it; return whether it is ours.

        Raises:
            BackendUnavailable: It is unknown which process has it.
        """
        async with self._database.transaction() as transaction:
            return await transaction.run(
                leaderships.hold,
                self._name,
                self._holder,
                max(1, round(self._lifetime_seconds * 1_000)),
            )

    async def resign(self) -> None:
        """Give it up, if it is ours.

        Raises:
            BackendUnavailable: It may last until its time is over.
        """
        async with self._database.transaction() as transaction:
            await transaction.run(leaderships.resign, self._name, self._holder)
