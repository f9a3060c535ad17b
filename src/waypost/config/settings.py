"""Every setting: its environment variable, its unit, its default and its bounds."""

from urllib.parse import urlsplit

from waypost.config.access_settings import AccessSettings
from waypost.config.clickhouse_settings import ClickHouseSettings
from waypost.config.report_settings import ReportSettings
from waypost.config.server_settings import ServerSettings
from waypost.config.urls import is_loopback

_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing listens here
"""Listening on all addresses, and one of them to connect to."""


class Settings(ClickHouseSettings, ReportSettings, AccessSettings, ServerSettings):
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
