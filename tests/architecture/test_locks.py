"""The lock files pin every dependency to bytes, wherever those are fetched from."""

import re
import tomllib

import pytest
from scripts.audit import LOCKS, locked_versions, loose_requirements, normalised

from tests.architecture.project import ROOT

DRIVERS = ("postgres", "redis", "kafka", "clickhouse", "parquet")
NAME = re.compile(r"[A-Za-z0-9._-]+")


def named(requirement: str) -> str:
    """Return the name of the package that *requirement* asks for."""
    name = NAME.match(requirement)
    assert name is not None, requirement
    return normalised(name[0])


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_and_hashed(lock: str) -> None:
    """Each line names one version and at least one hash of its files."""
    assert list(loose_requirements((ROOT / lock).read_text("utf-8"))) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_index_is_named(lock: str) -> None:
    """A lock says what is installed; where from is the user's own setting."""
    text = (ROOT / lock).read_text("utf-8")
    assert re.findall(r"https?://\S+|--(?:extra-)?index-url|--find-links", text) == []


@pytest.mark.parametrize(
    ("lock", "extras"),
    [
        ("requirements.lock", ()),
        ("requirements-drivers.lock", DRIVERS),
        ("requirements-dev.lock", ("dev", *DRIVERS)),
    ],
)
def test_everything_that_is_asked_for_is_locked(
    lock: str, extras: tuple[str, ...]
) -> None:
    """A dependency that is added to `pyproject.toml` only is noticed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = list(project["dependencies"])
    for extra in extras:
        asked += project["optional-dependencies"][extra]
    locked = locked_versions((ROOT / lock).read_text("utf-8"))
    assert {named(requirement) for requirement in asked} - locked.keys() == set()


def test_locks_agree() -> None:
    """A later step of the installation changes no version of an earlier one."""
    versions: dict[str, set[str]] = {}
    for lock in LOCKS:
        for name, version in locked_versions((ROOT / lock).read_text("utf-8")).items():
            versions.setdefault(name, set()).add(version)
    assert {name: some for name, some in versions.items() if len(some) > 1} == {}


def test_make_installs_what_is_locked() -> None:
    """Each installation takes files of known hashes, or the product alone."""
    lines = (ROOT / "Makefile").read_text("utf-8").splitlines()
    installing = [line for line in lines if "pip install" in line]
    locked = [f"--require-hashes -r {lock}" for lock in LOCKS]
    ours = ("--no-deps --no-build-isolation --editable .", "pip install --quiet uv")
    assert [line for line in installing if not line.endswith((*locked, *ours))] == []
