"""Which database a data folder belongs to.

The clicks in its journal are clicks on the links of one database. Another database
gives the same ids to other links, which must not get these clicks.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from waypost.adapters.instance import read_instance, write_instance
from waypost.domain.errors import Unusable
from waypost.ports.storage import InstanceSecrets

INSTANCE: Final = "instance"
"""The name under which a database keeps its instance id. The id is not secret."""


class DataDirError(Unusable):
    """The data folder cannot be used; the text says why and what to do."""


async def claim_data_dir(
    data_dir: Path,
    *,
    secrets: InstanceSecrets,
    is_ours: Callable[[], Awaitable[bool]],
) -> None:
    """Refuse *data_dir* if it belongs to another database; note that it is ours.

    A folder of a release before instance ids has no note: *is_ours* says whether
    the database knows the clicks that are in it.

    Raises:
        DataDirError: The folder belongs to another database, or the disk refuses.
        BackendUnavailable: The database does not answer.
    """
    instance = await secrets.secret(INSTANCE)
    try:
        noted = read_instance(data_dir)
        if noted != instance and (noted is not None or not await is_ours()):
            raise DataDirError(
                f"The click journal in {data_dir} belongs to another database. Set "
                "DATABASE_URL to that database, or set another DATA_DIR."
            )
        if noted is None:
            write_instance(data_dir, instance)
    except OSError as error:
        raise DataDirError(
            f"The data folder {data_dir} cannot be used: {error.strerror}. "
            "Check the disk and the owner of the folder."
        ) from error
