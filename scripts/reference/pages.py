"""Which files are generated, and by what."""

from collections.abc import Callable, Mapping
from pathlib import Path

from scripts.reference.api import api_page
from scripts.reference.commands import commands_page
from scripts.reference.errors import errors_page
from scripts.reference.metrics import metrics_page
from scripts.reference.settings import env_example, settings_page

ROOT = Path(__file__).parents[2]


_REFERENCE = ROOT / "docs" / "reference"
GENERATED: Mapping[Path, Callable[[], str]] = {
    _REFERENCE / "api.md": api_page,
    _REFERENCE / "settings.md": settings_page,
    _REFERENCE / "metrics.md": metrics_page,
    _REFERENCE / "errors.md": errors_page,
    _REFERENCE / "cli.md": commands_page,
    ROOT / ".env.example": env_example,
}
"""Each generated file, and what returns the text that it should have."""
