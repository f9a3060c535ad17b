"""The files in `contracts/` are listed, and every one of them is read by a test."""

import re
from pathlib import Path

from tests.contract.vectors.files import CONTRACTS

NAMES = sorted(
    path.relative_to(CONTRACTS).as_posix() for path in CONTRACTS.rglob("*.*")
)


def test_every_file_is_listed() -> None:
    """The page beside the files has a row for each, and no other."""
    page = (CONTRACTS / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| `contracts/([^`]+)` \|", page, re.MULTILINE)
    assert sorted([*rows, "README.md"]) == NAMES


def test_every_file_is_read() -> None:
    """No file is data that nothing checks."""
    tests = Path(__file__).parents[1].rglob("test_*.py")
    text = "".join(path.read_text("utf-8") for path in tests)
    read = re.findall(r'cases\(\s*"([^"]+)"', text)
    assert sorted([*read, "README.md"]) == NAMES
