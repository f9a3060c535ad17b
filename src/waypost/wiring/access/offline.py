"""Keys of a database, with or without a server."""

from waypost.adapters.local import SystemClock
from waypost.config import Settings
from waypost.domain.access.keys import BY_OPERATOR
from waypost.domain.access.scopes import KeyScope
from waypost.services.access.manage import KeyContext, KeySpec, MadeKey, make_key
from waypost.wiring.offline.storage import open_storage


async def make_admin_key(settings: Settings, *, name: str) -> MadeKey:
    """Make a key that permits everything, in the database itself.

    Raises:
        As `open_storage`, and BackendUnavailable: The database cannot be written.
    """
    async with open_storage(settings) as storage:
        context = KeyContext(
            storage=storage,
            clock=SystemClock(),
            forget=lambda: None,
            has_admin_token=False,
        )
        spec = KeySpec(name=name, scopes=(KeyScope.ADMIN,))
        return await make_key(spec, by=BY_OPERATOR, context=context)
