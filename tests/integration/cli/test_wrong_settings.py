"""Wrong settings stop a start."""

from pathlib import Path

import pytest

from tests.integration.cli.conftest import Command
from waypost.cli.exits import ExitCode


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("BASE_URL", "go.example.com"),
        ("LOG_LEVEL", "LOUD"),
        ("DATABASE_URL", "mysql://localhost/waypost"),
        ("CODE_KEY", "short"),
        ("ALLOWED_SCHEMES", "http,javascript"),
        ("TRUSTED_PROXIES", "everyone"),
        ("INGESTION_FLUSH_INTERVAL_SECONDS", "-1"),
    ],
)
def test_wrong_setting_is_one_sentence(
    waypost: Command,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    value: str,
) -> None:
    """A wrong value stops the start with a line that names the variable."""
    monkeypatch.setenv("PORT", "1")
    monkeypatch.setenv(name, value)
    outcome = waypost("serve")

    assert (outcome.code, outcome.stdout) == (ExitCode.USAGE, "")
    assert name in outcome.stderr
    assert len(outcome.stderr.strip().splitlines()) <= 3
    assert not (tmp_path / "data").exists()
