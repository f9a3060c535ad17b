"""Go back to an embedded database that was moved to PostgreSQL."""

from functools import partial
from pathlib import Path
from secrets import token_hex

from sqlalchemy import Connection

from waypost.adapters.instance import write_instance
from waypost.adapters.sql.blocks import skip_ids
from waypost.adapters.sql.migrate import change
from waypost.adapters.sql.secrets import replace_secret
from waypost.adapters.sql.transfer.promotion import read_mark, remove_mark
from waypost.config import Settings
from waypost.wiring.parts.embedded import embedded
from waypost.wiring.parts.instance import INSTANCE
from waypost.wiring.parts.leases import highest_known_id
from waypost.wiring.transfer.preconditions import (
    WRITING_SECONDS,
    PromotionError,
    alone,
    look_at,
    require_file,
)


def undo_promotion(settings: Settings, *, skip: int) -> Path:
    """Make the embedded database usable again, unchanged since the move; return it.

    The file has the clicks from before the move. Links that were made since are in
    PostgreSQL only, and of the clicks since then those are counted again that the
    journal in the data folder still holds. PostgreSQL is from now on the database of
    another installation. *skip* ids are never used, as it may have used them.

    Raises:
        PromotionError: It was not moved.
        JournalError, BackendUnavailable: What is here cannot be used.
    """
    settings = embedded(settings)
    url, path = settings.database_url, require_file(settings)
    with alone(settings):
        if look_at(url, read_mark) is None:
            raise PromotionError(f"{path} was not moved; a server can use it.")
        instance = token_hex(32)
        write_instance(settings.DATA_DIR, instance)
        use_again = partial(
            _use_again,
            instance=instance,
            name=settings.ID_ALLOCATOR_KEY,
            skip=skip,
            above=highest_known_id(settings),
        )
        change(url, use_again, timeout_seconds=WRITING_SECONDS)
    return path


def _use_again(
    connection: Connection, *, instance: str, name: str, skip: int, above: int
) -> None:
    remove_mark(connection)
    replace_secret(connection, INSTANCE, instance)
    skip_ids(connection, name, skip, above=above)
