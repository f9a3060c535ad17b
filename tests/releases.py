"""The sources of older releases, which run beside this one during an upgrade."""

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]


def sources_of(commit: str, folder: Path) -> Path:
    """Put the sources of *commit* into *folder*; return what goes into PYTHONPATH.

    A test is skipped where this clone does not hold the commit.
    """
    archive = subprocess.run(
        ["git", "-C", str(_ROOT), "archive", commit, "src"],
        capture_output=True,
        check=False,
    )
    if archive.returncode:
        pytest.skip(
            f"This clone does not hold the release {commit[:7]}: "
            "run `git fetch --unshallow`."
        )
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder / "src"
