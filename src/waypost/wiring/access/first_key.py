"""The key of a server that has none yet."""

from waypost.adapters.local import SystemClock
from waypost.adapters.logins import LoginsUnusable
from waypost.config import Settings
from waypost.services.access.manage import make_first_key
from waypost.wiring.access.logins import open_logins
from waypost.wiring.parts.store import Store
from waypost.wiring.program import FirstKey


async def first_key(settings: Settings, store: Store) -> FirstKey | None:
    """Make an admin key and log this user in with it; None: there is a way in already.

    Raises:
        BackendUnavailable: The database does not answer.
    """
    if settings.ADMIN_TOKEN:
        return None
    made = await make_first_key(storage=store.keys, clock=SystemClock())
    if made is None:
        return None
    logins = open_logins(settings)
    try:
        logins.put(settings.local_url, made.text)
    except LoginsUnusable:
        # The key is shown all the same, and can be stored by hand.
        return FirstKey(made.text, stored_in=None)
    return FirstKey(made.text, stored_in=logins.path)
