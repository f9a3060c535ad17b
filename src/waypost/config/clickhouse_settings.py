"""The settings of ClickHouse, where clicks are stored for reports."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from waypost.config.urls import ClickHouseUrl


class ClickHouseSettings(BaseSettings):
    """What can be set about ClickHouse."""

    model_config = SettingsConfigDict(frozen=True)

    CLICKHOUSE_URL: ClickHouseUrl = Field(
        default="",
        description="ClickHouse server that stores clicks for reports, "
        "`http://host:8123` or `https://`. Default: none; they are stored in SQL.",
    )
    CLICKHOUSE_USERNAME: str = Field(
        default="", description="User name at ClickHouse. Default: that of the URL."
    )
    CLICKHOUSE_PASSWORD: str = Field(
        default="",
        repr=False,
        description="Secret: the password of that user. Default: that of the URL.",
    )
    CLICKHOUSE_DATABASE: str = Field(
        default="",
        description="Database at ClickHouse, which exists. Default: that of the URL, "
        "else the user's own.",
    )
    CLICKHOUSE_CLUSTER: str = Field(
        default="",
        description="Cluster of ClickHouse servers, by its name in their "
        "configuration: tables are replicated and distributed. Default: one server.",
    )
    CLICKHOUSE_TIMEOUT_SECONDS: Annotated[float, Field(ge=1, le=3_600)] = Field(
        default=30.0,
        description="How long, in seconds, ClickHouse may take to answer a report, or "
        "to store a block of clicks.",
    )
    CLICKHOUSE_MAX_ROWS: Annotated[int, Field(ge=0, le=10**15)] = Field(
        default=2_000_000_000,
        description="How many clicks one question of a report may read in ClickHouse. "
        "0: as many as there are.",
    )
