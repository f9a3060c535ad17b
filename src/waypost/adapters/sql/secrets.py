"""Secrets that belong to the data, such as the key of the short codes."""

from secrets import token_hex

from sqlalchemy import Connection, delete, insert, select

from waypost.adapters.sql.database import Database
from waypost.adapters.sql.dialect import inserting
from waypost.adapters.sql.tables import instance_secrets


class SqlSecrets:
    """Makes each secret once, even if several processes ask at the same time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def secret(self, name: str) -> str:
        """Return the secret called *name*, made when it is first asked for.

        Raises:
            BackendUnavailable: The database does not answer.
        """
        found = await self._database.read(find_secret, name)
        if found is None:
            async with self._database.transaction() as transaction:
                found = await transaction.run(_secret_or, name, token_hex(32))
        return found


def find_secret(connection: Connection, name: str) -> str | None:
    """Return the secret called *name*; None: it was never asked for."""
    value = instance_secrets.c.value
    found: str | None = connection.scalar(
        select(value).where(instance_secrets.c.name == name)
    )
    return found


def replace_secret(connection: Connection, name: str, value: str) -> None:
    """Set the secret called *name* to *value*."""
    connection.execute(delete(instance_secrets).where(instance_secrets.c.name == name))
    row = {"name": name, "value": value}
    connection.execute(insert(instance_secrets), row)


def _secret_or(connection: Connection, name: str, fresh: str) -> str:
    row = {"name": name, "value": fresh}
    making = inserting(connection.dialect.name, instance_secrets)
    # The second process waits until the first has committed, and then reads that one's.
    connection.execute(making.on_conflict_do_nothing(), row)
    value = find_secret(connection, name)
    assert value, "the secret was inserted, now or before"
    return value
