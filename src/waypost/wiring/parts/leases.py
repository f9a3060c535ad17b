"""The leased ids that the data folder knows, for a database that is restored."""

import asyncio
from pathlib import Path

import structlog

from waypost.adapters.journal.reading.inspect import highest_link_id
from waypost.adapters.leased_file import (
    FILE_NAME,
    LeasedFile,
    read_leased,
    write_leased,
)
from waypost.config import Settings
from waypost.domain.codes import CODE_SPACE, IdBlock
from waypost.domain.leased_ids import LeasedIds
from waypost.ports.blocks import BlockSource, IdCounter
from waypost.services.ids.remember_leases import RememberedBlocks, raise_counter
from waypost.wiring.topology import topology_of

_log = structlog.get_logger()


async def remember_leases(
    source: BlockSource, *, counter: IdCounter, settings: Settings
) -> BlockSource:
    """Return *source* with a memory in `DATA_DIR` of the ids leased from it.

    *counter*, the database's, is first raised above the ids that the folder knows.

    Raises:
        BackendUnavailable: The database does not answer.
    """
    if not topology_of(settings).is_lasting:
        return source
    known = await _known_ids(settings, counter)
    await raise_counter(counter, highest=known.highest, known_to="data folder")
    memory = LeasedFile(leased_file(settings), known)
    return RememberedBlocks(source, counter=counter, memory=memory)


def leased_file(settings: Settings) -> Path:
    """Return where the app of these settings keeps the ids that it has leased."""
    return settings.DATA_DIR / FILE_NAME


def highest_known_id(settings: Settings) -> int:
    """Return the highest id that the data folder knows to be leased; 0: it knows none.

    Raises:
        OSError: The disk refuses.
    """
    return (read_leased(leased_file(settings)) or _ids_in_journal(settings)).highest


async def _known_ids(settings: Settings, counter: IdCounter) -> LeasedIds:
    """Return the ids that the data folder knows, and make it remember more."""
    path = leased_file(settings)
    try:
        known = await asyncio.to_thread(read_leased, path)
        if known is not None:
            return known
        known = await asyncio.to_thread(_ids_in_journal, settings)
        await asyncio.to_thread(write_leased, path, known)
    except OSError as error:
        _log.warning("ids.not_remembered", reason=error.strerror)
        return LeasedIds()
    next_id = await counter.next_id()
    if next_id > 1:
        _log.info(
            "ids.earlier_leases_unknown",
            next_id=next_id,
            advice="run `waypost ids skip` if this database comes from a backup",
        )
    return known


def _ids_in_journal(settings: Settings) -> LeasedIds:
    """Return the highest id in the journal, for a folder without a file of ids."""
    highest = highest_link_id(settings.journal_folder)
    if not 0 < highest < CODE_SPACE:
        return LeasedIds()
    return LeasedIds().adding([IdBlock(start=highest, end=highest)])
