"""Notes of work that is more than one transaction: it is noted before it begins.

If that fails, the work does not begin, so that there is none without a note.
"""

from collections.abc import Mapping

from waypost.domain.audit.entries import (
    Action,
    AuditEntry,
    Cause,
    Resource,
    entry_id,
    moment_of,
)
from waypost.ports.audit.trail import AuditStorage
from waypost.ports.runtime import Clock


async def note_work(  # noqa: PLR0913  # the parts of an entry
    action: Action,
    resource: Resource,
    *,
    what: Mapping[str, object],
    by: Cause,
    storage: AuditStorage,
    clock: Clock,
) -> None:
    """Note that *action* on *resource* begins; *what* says which part of it is meant.

    Raises:
        BackendUnavailable: The store does not answer.
    """
    new_id = entry_id(clock.now())
    entry = AuditEntry(
        id=new_id,
        at=moment_of(new_id),
        actor=by.actor,
        action=action,
        resource=resource,
        after=what,
        request_id=by.request_id,
    )
    async with storage.transaction() as transaction:
        await transaction.audit.add([entry])
