"""Settings: what can be set, and where it is read from.

The environment comes first, then a file named `.env` in the working folder.
An empty value counts as not set.
"""

from waypost.config.loading import SettingsError, load_settings
from waypost.config.names import UNUSED, UnknownName, unknown_names, unused_names
from waypost.config.settings import Settings

__all__ = [
    "UNUSED",
    "Settings",
    "SettingsError",
    "UnknownName",
    "load_settings",
    "unknown_names",
    "unused_names",
]
