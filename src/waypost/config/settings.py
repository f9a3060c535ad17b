"""Every setting: its environment variable, its unit, its default and its bounds."""

from waypost.config.clickhouse_settings import ClickHouseSettings
from waypost.config.report_settings import ReportSettings
from waypost.config.server_settings import ServerSettings


class Settings(ClickHouseSettings, ReportSettings, ServerSettings):
    """What can be set. Each field is the environment variable of that name."""
