"""UTM templates as rows; `ports.campaigns.templates`."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, delete, select

from waypost.adapters.sql.database import Database, DatabaseTransaction
from waypost.adapters.sql.dialect import Locks, inserting, lock
from waypost.adapters.sql.schema.campaign_tables import utm_templates
from waypost.domain.campaigns.templates import UtmTemplate
from waypost.domain.options import UTM_NAMES, Utm

_EVERY: Final = select(utm_templates).order_by(utm_templates.c.name)


class SqlUtmTemplates:
    """What is committed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def every(self) -> Sequence[UtmTemplate]:
        """Return all templates, by name."""
        return await self._database.read(_every)


class SqlUtmTemplateWriter:
    """Changes, inside a transaction."""

    def __init__(self, transaction: DatabaseTransaction) -> None:
        self._transaction = transaction

    async def hold(self) -> None:
        """Keep others from changing templates until the transaction ends."""
        await self._transaction.run(_hold)

    async def every(self) -> Sequence[UtmTemplate]:
        """Return all templates, by name."""
        return await self._transaction.run(_every)

    async def put(self, template: UtmTemplate) -> None:
        """Store *template*, in place of one of the same name."""
        await self._transaction.run(_put, template)

    async def remove(self, name: str) -> None:
        """Remove the template of this name."""
        await self._transaction.run(_remove, name)


def _hold(connection: Connection) -> None:
    lock(connection, Locks.UTM_TEMPLATES, [0])


def _every(connection: Connection) -> Sequence[UtmTemplate]:
    return [
        UtmTemplate(
            name=row["name"],
            utm=Utm(**{name: row[name] for name in UTM_NAMES}),
            updated_at=row["updated_at"],
        )
        for row in connection.execute(_EVERY).mappings()
    ]


def _put(connection: Connection, template: UtmTemplate) -> None:
    values: dict[str, object] = {
        "name": template.name,
        "updated_at": template.updated_at,
    }
    values |= {name: getattr(template.utm, name) for name in UTM_NAMES}
    adding = inserting(connection.dialect.name, utm_templates).values(**values)
    new = {name: adding.excluded[name] for name in values if name != "name"}
    connection.execute(adding.on_conflict_do_update(index_elements=["name"], set_=new))


def _remove(connection: Connection, name: str) -> None:
    connection.execute(delete(utm_templates).where(utm_templates.c.name == name))
