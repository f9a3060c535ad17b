"""The type checker forbids what the configuration says that it forbids."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.project import ROOT

BREACHES = """
from typing import Any
one: Any = 1
some: dict[str, Any] = {}
def untyped(x): ...
"""
FOUND = ["3: explicit-any", "4: explicit-any", "5: no-untyped-def"]


@pytest.mark.slow
def test_a_breach_is_noticed(tmp_path: Path) -> None:
    """What says nothing of a type is an error, with or without the word for it."""
    path = tmp_path / "spoilt.py"
    path.write_text(BREACHES, "utf-8")
    settings = ("--config-file", str(ROOT / "pyproject.toml"), "--output", "json")
    result = subprocess.run(
        [sys.executable, "-m", "mypy", *settings, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    errors = [json.loads(line) for line in result.stdout.splitlines()]
    assert [f"{error['line']}: {error['code']}" for error in errors] == FOUND
