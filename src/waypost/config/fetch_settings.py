"""The settings of what this server fetches from others."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from waypost.domain.titles.when import FetchTitles


class FetchSettings(BaseSettings):
    """What can be set about fetching."""

    model_config = SettingsConfigDict(frozen=True)

    FETCH_TITLES: FetchTitles = Field(
        default=FetchTitles.OFF,
        description="For which links without a title that of the page behind them is "
        "fetched: `off`, `on_request` (those with `fetch_title`) or `on` (all but "
        "those with `fetch_title: false`). Pages are fetched from public addresses "
        "only.",
    )
    FETCH_PRIVATE_ADDRESSES: bool = Field(
        default=False,
        description="Whether pages are fetched from private addresses, too. Those "
        "who make links can reach them then: for tests, and networks without secrets.",
    )
