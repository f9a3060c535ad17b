"""The lock files pin every dependency to bytes, wherever those are fetched from."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.architecture.project import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")
NAME = re.compile(r"[A-Za-z0-9._-]+")
PINNED = re.compile(r"[A-Za-z0-9._-]+(\[[a-z0-9,_-]+\])?==\S+")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")


def requirements(path: Path) -> list[str]:
    """Return the requirements of a lock file, each on one line."""
    text = path.read_text("utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def normalised(requirement: str) -> str:
    """Return the name of the package that *requirement* asks for."""
    name = NAME.match(requirement)
    assert name is not None, requirement
    return name[0].lower().replace("_", "-")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_and_hashed(lock: str) -> None:
    """Each line names one version and at least one hash of its files."""
    loose = [
        requirement
        for requirement in requirements(ROOT / lock)
        if not PINNED.match(requirement) or not HASH.search(requirement)
    ]
    assert loose == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_index_is_named(lock: str) -> None:
    """A lock says what is installed; where from is the user's own setting."""
    text = (ROOT / lock).read_text("utf-8")
    assert re.findall(r"https?://\S+|--(?:extra-)?index-url|--find-links", text) == []


@pytest.mark.parametrize(
    ("lock", "extras"), [("requirements.lock", ()), ("requirements-dev.lock", ("dev",))]
)
def test_everything_that_is_asked_for_is_locked(
    lock: str, extras: tuple[str, ...]
) -> None:
    """A dependency that is added to `pyproject.toml` only is noticed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = list(project["dependencies"])
    for extra in extras:
        asked += project["optional-dependencies"][extra]
    locked = {normalised(requirement) for requirement in requirements(ROOT / lock)}
    assert {normalised(requirement) for requirement in asked} - locked == set()
