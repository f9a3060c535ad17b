"""The files that settings are read from: `.env`, and `.env.<ENVIRONMENT>` over it."""

import re
from pathlib import Path
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource

_DEFAULT_FILE: Final = ".env"
_ENVIRONMENT: Final = "ENVIRONMENT"
_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")


class SettingsError(Exception):
    """A setting is wrong; the text names the variable and what to do."""


class SettingsFile(DotEnvSettingsSource):
    """A file of settings in the working folder. A missing file sets nothing."""

    def __init__(self, settings: type[BaseSettings], *, name: str) -> None:
        """Read the file.

        Raises:
            SettingsError: It is not text in UTF-8.
        """
        self.name = name
        try:
            super().__init__(settings, env_file=name, env_file_encoding="utf-8")
        except UnicodeDecodeError as error:
            raise SettingsError(f"The file {name} is not text in UTF-8.") from error

    @property
    def exists(self) -> bool:
        """Whether there is such a file."""
        return Path(self.name).is_file()


def settings_files(settings: type[BaseSettings]) -> list[SettingsFile]:
    """Return the files that *settings* are read from; a later one overrides.

    Raises:
        SettingsError: One of them is not text in UTF-8.
    """
    default = SettingsFile(settings, name=_DEFAULT_FILE)
    sources = (EnvSettingsSource(settings), default)
    named = (source.env_vars.get(_ENVIRONMENT) for source in sources)
    environment = next(filter(None, named), "")
    if not _NAME.fullmatch(environment):
        # Not set, or refused as a value.
        return [default]
    return [default, SettingsFile(settings, name=f"{_DEFAULT_FILE}.{environment}")]


def _environment_name(value: str) -> str:
    if value and not _NAME.fullmatch(value):
        raise ValueError("it must consist of letters, digits, hyphens and underscores")
    return value


EnvironmentName: TypeAlias = Annotated[str, AfterValidator(_environment_name)]
