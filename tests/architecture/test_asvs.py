"""The page about ASVS names tests that exist."""

import ast
import re
from typing import Final

from tests.architecture.project import ROOT

PAGE: Final = ROOT / "docs" / "explanation" / "asvs.md"
COMMANDS: Final = {"make check", "make smoke"}
IN_CODE: Final = re.compile(r"`([^`]+)`")


def rows() -> list[list[str]]:
    """Return the cells of the rows that are about requirements."""
    lines = PAGE.read_text("utf-8").splitlines()
    found = [line for line in lines if re.match(r"\| \d", line)]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in found]


def has_tests(name: str) -> bool:
    """Return whether *name* is a file of tests, with at least one."""
    path = ROOT / "tests" / name
    if not path.is_file():
        return False
    tree = ast.parse(path.read_text("utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return any(
        isinstance(node, functions) and node.name.startswith("test_")
        for node in tree.body
    )


def test_every_named_test_exists() -> None:
    """A row names files with tests, or commands that check, and never a folder."""
    named = {name for row in rows() for name in IN_CODE.findall(row[-1])}
    assert len(named) > 40, "the rows are found"
    assert [
        name for name in sorted(named) if name not in COMMANDS and not has_tests(name)
    ] == []


def test_every_row_says_which_test() -> None:
    """The last of four cells names tests, or has the dash that means none."""
    for row in rows():
        assert len(row) == 4, row
        assert row[-1] == "—" or IN_CODE.sub("", row[-1]).strip(", ") == "", row


def test_no_requirement_has_two_rows() -> None:
    """Each of them is answered once."""
    numbers = [row[0] for row in rows()]
    assert len(set(numbers)) == len(numbers)
