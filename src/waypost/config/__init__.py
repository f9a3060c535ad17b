"""Settings: what can be set, and where it is read from.

The environment comes first, then a file named `.env` in the working folder.
An empty value counts as not set.
"""

from waypost.config.loading import SettingsError, load_settings
from waypost.config.settings import Settings

__all__ = ["Settings", "SettingsError", "load_settings"]
