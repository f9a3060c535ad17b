"""The file of logins that the settings name."""

from pathlib import Path

from waypost.adapters.logins import Logins
from waypost.config import Settings

__all__ = ["Logins", "open_logins"]


def open_logins(settings: Settings) -> Logins:
    """Return the logins of *settings*; the file need not exist."""
    return Logins(settings.LOGINS_FILE or _default_path(settings.XDG_CONFIG_HOME))


def _default_path(configuration: str) -> Path:
    # An empty or relative value counts as not set (XDG Base Directory Specification).
    folder = Path(configuration)
    if not folder.is_absolute():
        folder = Path.home() / ".config"
    return folder / "waypost" / "logins.json"
