"""Names that look like settings and are none: misspelt, or of another program.

Otherwise `LOGLEVEL`, for example, would have no effect and cause no message.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from pydantic_settings import EnvSettingsSource

from waypost.config.files import settings_files
from waypost.config.settings import Settings
from waypost.domain.spelling import nearest

_NOT_SETTINGS: Final = frozenset({"WAYPOST_SERVER"})
"""Of the command line, and not of a server."""

_IN_DATABASE_URL: Final = "DATABASE_URL names user, password and database."
_NO_NAME: Final = "Nothing here is called by it."
_ENVIRONMENT: Final = "ENVIRONMENT names the deployment, and a file of its settings."
_FIXED_LOCK: Final = "The lock of a look-up has fixed times."
_BATCHES: Final = (
    "Clicks are added up in the transaction that counts them: see "
    "INGESTION_BATCH_SIZE and INGESTION_FLUSH_INTERVAL_SECONDS."
)
UNUSED: Final[Mapping[str, str]] = {
    "APP_ENV": _ENVIRONMENT,
    "APP_NAME": _NO_NAME,
    "CACHE_LOCK_RETRY_COUNT": _FIXED_LOCK,
    "CACHE_LOCK_RETRY_DELAY_SECONDS": _FIXED_LOCK,
    "CACHE_LOCK_TTL_SECONDS": _FIXED_LOCK,
    "CLICK_FLUSH_THRESHOLD": _BATCHES,
    "INGESTION_AGG_KEY_PREFIX": _BATCHES,
    "INGESTION_CONSUMER_GROUP": "KAFKA_CONSUMER_GROUP names the group.",
    "INGESTION_CONSUMER_NAME": "Each worker makes a name of its own.",
    "INGESTION_METRICS_PORT": "METRICS_PORT is the port of health and metrics.",
    "POSTGRES_DB": _IN_DATABASE_URL,
    "POSTGRES_PASSWORD": _IN_DATABASE_URL,
    "POSTGRES_USER": _IN_DATABASE_URL,
    "SHORT_CODE_LENGTH": "Codes that are made have 7 characters.",
}
"""Settings of other programs of the same contract, and what replaces them here."""


class UnknownName(NamedTuple):
    """A name in a file of settings that is the name of no setting."""

    file: str
    name: str
    nearest: str
    """The setting that was probably meant; empty if none is similar."""


def unknown_names() -> list[UnknownName]:
    """Return the names in the files that are not settings, in the files' order."""
    known = {*Settings.model_fields, *UNUSED, *_NOT_SETTINGS}
    return [
        UnknownName(file.name, name, nearest(name, Settings.model_fields))
        for file in settings_files(Settings)
        for name in _written(file)
        if name not in known
    ]


def unused_names() -> list[str]:
    """Return the names of `UNUSED` that the environment or a file sets."""
    sources = (EnvSettingsSource(Settings), *settings_files(Settings))
    written = {name for source in sources for name in _written(source)}
    return [name for name in UNUSED if name in written]


def _written(source: EnvSettingsSource) -> list[str]:
    """Return the names that *source* sets; an empty value counts as not set."""
    return [name for name, value in source.env_vars.items() if value]
