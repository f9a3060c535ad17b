"""Every setting: its environment variable, its unit, its default and its bounds."""

from typing import Final
from urllib.parse import urlsplit

from waypost.config.access_settings import AccessSettings
from waypost.config.clickhouse_settings import ClickHouseSettings
from waypost.config.fetch_settings import FetchSettings
from waypost.config.report_settings import ReportSettings
from waypost.config.server_settings import ServerSettings
from waypost.config.urls import is_loopback
from waypost.domain.access.limits import OFF, Rate

_KEY_RATE: Final = "600/minute"
_ADDRESS_RATE: Final = "120/minute"
_WRONG_KEY_RATE: Final = "10/minute"

_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing listens here
"""Listening on all addresses, and one of them to connect to."""


class Settings(
    ClickHouseSettings, ReportSettings, FetchSettings, AccessSettings, ServerSettings
):
    """What can be set. Each field is the environment variable of that name."""

    @property
    def local_url(self) -> str:
        """The URL at which the server is reached from its own machine.

        Not `BASE_URL`: that is the server's name for visitors, which may lead through a
        proxy or not resolve on this machine.
        """
        host = _ANY_ADDRESS.get(self.HOST, self.HOST)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.PORT}"

    @property
    def is_private(self) -> bool:
        """Whether only this machine itself is said to reach the server."""
        named = urlsplit(self.base_url).hostname or ""
        return is_loopback(self.HOST) and is_loopback(named)

    @property
    def is_creation_public(self) -> bool:
        """Whether links are made without a key."""
        if self.PUBLIC_CREATION is None:
            return self.is_private
        return self.PUBLIC_CREATION

    @property
    def key_rate(self) -> Rate | None:
        """How often a key may be used; None: without limit."""
        return self._rate(self.KEY_RATE_LIMIT, _KEY_RATE)

    @property
    def address_rate(self) -> Rate | None:
        """How often a client may call without a key; None: without limit."""
        return self._rate(self.ADDRESS_RATE_LIMIT, _ADDRESS_RATE)

    @property
    def wrong_key_rate(self) -> Rate | None:
        """How often a client may send a wrong key; None: without limit."""
        return self._rate(self.WRONG_KEY_RATE_LIMIT, _WRONG_KEY_RATE)

    @property
    def password_rate(self) -> Rate | None:
        """How often a client may try a link's password; None: without limit."""
        return Rate.parse(self.PASSWORD_RATE_LIMIT)

    def _rate(self, text: str, default: str) -> Rate | None:
        return Rate.parse(text or (OFF if self.is_private else default))
