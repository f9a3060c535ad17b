"""Settings: what can be set, and where it is read from.

The environment comes first, then the file `.env.<ENVIRONMENT>` of the working folder,
then its file `.env`. An empty value counts as not set.
"""

from waypost.config.files import SettingsError, settings_files
from waypost.config.loading import load_settings
from waypost.config.names import UNUSED, UnknownName, unknown_names, unused_names
from waypost.config.settings import Settings

__all__ = [
    "UNUSED",
    "Settings",
    "SettingsError",
    "UnknownName",
    "load_settings",
    "settings_files",
    "unknown_names",
    "unused_names",
]
