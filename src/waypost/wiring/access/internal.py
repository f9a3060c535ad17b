"""Who may use what is for operators, from the settings."""

from waypost.config import Settings
from waypost.http.client_address import TrustedProxies
from waypost.http.internal import InternalAccess


def internal_access(settings: Settings) -> InternalAccess:
    """Return who may read metrics, and use a keygen."""
    return InternalAccess(
        settings.INTERNAL_ADDRESSES,
        token=settings.INTERNAL_TOKEN,
        proxies=TrustedProxies(settings.TRUSTED_PROXIES),
    )
