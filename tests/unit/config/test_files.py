"""Where settings are read from, and which place wins."""

from pathlib import Path

import pytest

from waypost.config import Settings, load_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, without settings in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_the_file_of_an_environment_wins(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`.env.<ENVIRONMENT>` over `.env`, the environment over both, options over all."""
    (folder / ".env").write_text(
        "PORT=1001\nMETRICS_PORT=1002\nID_BLOCK_SIZE=1003\nLOG_LEVEL=DEBUG\n"
    )
    (folder / ".env.staging").write_text(
        "PORT=2001\nMETRICS_PORT=2002\nID_BLOCK_SIZE=2003\nLOG_LEVEL=\n"
    )
    monkeypatch.setenv("ENVIRONMENT", "staging")
    monkeypatch.setenv("METRICS_PORT", "3002")
    settings = load_settings(PORT=4001)
    assert settings.ENVIRONMENT == "staging"
    assert (settings.PORT, settings.METRICS_PORT) == (4001, 3002)
    assert settings.ID_BLOCK_SIZE == 2003
    assert settings.LOG_LEVEL == "DEBUG"


def test_env_may_name_the_environment(folder: Path) -> None:
    """`ENVIRONMENT` may stand in `.env` itself."""
    (folder / ".env").write_text("ENVIRONMENT=prod\nPORT=1001\n")
    (folder / ".env.prod").write_text("PORT=2001\n")
    assert load_settings().PORT == 2001


@pytest.mark.parametrize("environment", ["", "dev"])
def test_other_environments_files_are_not_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, environment: str
) -> None:
    """Without `ENVIRONMENT`, or with another, only `.env` is read."""
    (folder / ".env").write_text("PORT=1001\n")
    (folder / ".env.prod").write_text("PORT=2001\n")
    monkeypatch.setenv("ENVIRONMENT", environment)
    assert load_settings().PORT == 1001
