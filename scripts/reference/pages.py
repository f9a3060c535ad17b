"""Which files are generated, and by what."""

from pathlib import Path

from scripts.reference.api import api_page
from scripts.reference.commands import commands_page
from scripts.reference.errors import errors_page
from scripts.reference.metrics import metrics_page
from scripts.reference.settings import env_example, settings_page

ROOT = Path(__file__).parents[2]


def rendered() -> dict[Path, str]:
    """Return the text that every generated file should have."""
    reference = ROOT / "docs" / "reference"
    return {
        reference / "api.md": api_page(),
        reference / "settings.md": settings_page(),
        reference / "metrics.md": metrics_page(),
        reference / "errors.md": errors_page(),
        reference / "cli.md": commands_page(),
        ROOT / ".env.example": env_example(),
    }
