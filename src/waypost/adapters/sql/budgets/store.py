"""The budgets of links in a SQL database; `ports.links.ClickBudgets`."""

from collections.abc import Collection, Mapping

from waypost.adapters.sql.budgets.statements import exhausted_links, take_clicks
from waypost.adapters.sql.database import Database


class SqlClickBudgets:
    """Takes clicks in transactions of its own. Its methods are described at the port.

    Of several processes that take clicks of one link, each waits for the one before.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, wanted: Mapping[int, int]) -> Mapping[int, int]:
        """Take up to so many clicks of links, by their ids; return how many."""
        async with self._database.transaction() as transaction:
            return await transaction.run(take_clicks, wanted)

    async def exhausted(self, ids: Collection[int]) -> frozenset[int]:
        """Return those of the links that have no click left."""
        return await self._database.read(exhausted_links, ids)
