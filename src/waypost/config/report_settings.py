"""The settings of click analytics."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


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
    GEOIP_DATABASE: Path | None = Field(
        default=None,
        description="Path of a database of places in the format of MaxMind (`.mmdb`), "
        "for countries, regions and cities. It is read again when it changes. "
        "Default: none; countries come from the registries' lists.",
    )
    COUNTRY_HEADER: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]*$")] = Field(
        default="",
        description="Header in which a proxy or CDN of `TRUSTED_PROXIES` says the "
        "visitor's country, such as `CF-IPCountry`, in two letters of ISO 3166-1. It "
        "must set or remove it. Where it says none, the address decides. Default: "
        "none.",
    )
    CLICK_RETENTION_DAYS: Annotated[int, Field(ge=0, le=36_500)] = Field(
        default=0,
        description="For how many days single clicks are kept; each night those of "
        "older UTC days are deleted, and their sums stay. 0: for ever.",
    )
    REPORT_RETENTION_DAYS: Annotated[int, Field(ge=0, le=36_500)] = Field(
        default=0,
        description="For how many days reports go back; each night all that is known "
        "of the clicks of older UTC days is deleted. Counts of links stay. 0: for "
        "ever.",
    )
    ARCHIVE: str = Field(
        default="",
        description="Where each UTC day that is over is written as Parquet, every "
        "night: a folder, or `s3://bucket/prefix`. Default: nowhere.",
    )
    HONOUR_DNT: bool = Field(
        default=True,
        description="Whether a visitor whose browser asks for privacy (`Sec-GPC` or "
        "`DNT`) is not recognised at a second click. The click is in the reports.",
    )
    BOT_NETWORKS: Annotated[tuple[Path, ...], NoDecode] = Field(
        default=(),
        description="Paths of files, separated by commas, with networks of machines: "
        "one a line, or in JSON as operators of crawlers publish them. They are read "
        "again when they change. Default: none.",
    )

    @field_validator("BOT_NETWORKS", mode="before")
    @classmethod
    def _split_paths(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value
