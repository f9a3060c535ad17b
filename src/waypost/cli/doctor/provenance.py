"""Where each setting's value comes from, with secrets masked."""

import re
from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum

from pydantic_settings import EnvSettingsSource

from waypost.config import Settings, settings_files

_SECRET = frozenset(
    name for name, field in Settings.model_fields.items() if not field.repr
)
_MASK = "********"

_NEXT_URL = re.compile(r",(?=\s*[\w+]+://)")
_PASSWORD = re.compile(r"(://[^:@]*):.*@")
_PARAMETER = re.compile(r"([?&][^=&]*password=)[^&]*", re.IGNORECASE)


class Source(StrEnum):
    """What gave a setting its value, where it was not a file."""

    OPTION = "option"
    ENVIRONMENT = "environment"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredValue:
    """One setting in force, fit to be shown."""

    name: str
    value: str
    source: str
    """A `Source`, or the name of a file."""


def configured_values(
    settings: Settings, *, options: Container[str]
) -> list[ConfiguredValue]:
    """Return every setting in force; *options* names those of the command line."""
    sources = {
        **dict.fromkeys(Settings.model_fields, Source.DEFAULT),
        **{name: file.name for file in settings_files(Settings) for name in file()},
        **dict.fromkeys(EnvSettingsSource(Settings)(), Source.ENVIRONMENT),
    }
    return [
        ConfiguredValue(
            name=name,
            value=_shown(name, getattr(settings, name)),
            source=Source.OPTION if name in options else sources[name],
        )
        for name in Settings.model_fields
    ]


def masked_url(url: str) -> str:
    """Return *url*, or several separated by commas, without the passwords in them.

    Where the parts are not certain, too much is masked rather than too little.
    """
    return ",".join(map(_masked, _NEXT_URL.split(url)))


def _masked(url: str) -> str:
    return _PARAMETER.sub(rf"\1{_MASK}", _PASSWORD.sub(rf"\1:{_MASK}@", url))


def _shown(name: str, value: object) -> str:
    if name in _SECRET:
        return _MASK if value else ""
    if isinstance(value, tuple | frozenset):
        return ",".join(sorted(map(str, value)))
    return masked_url(str(value))
