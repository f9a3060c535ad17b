"""The settings of click analytics."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ReportSettings(BaseSettings):
    """What can be set about the clicks that reports are made of."""

    model_config = SettingsConfigDict(frozen=True)

    REPORTS: bool = Field(
        default=True,
        description="Store every click, without the visitor's address, so that reports "
        "can be made. Clicks are counted in either case.",
    )
    KAFKA_ROWS_GROUP: str = Field(
        default="waypost-rows",
        min_length=1,
        description="Consumer group of the workers that store clicks for reports.",
    )
