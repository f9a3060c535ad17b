"""The layers hold, and the contracts that say so would notice if they did not."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.project import ROOT

LINT = "from importlinter.cli import lint_imports_command as lint; lint()"


def lint_imports(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Check the contracts of the project in *folder*."""
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache", "--no-logo"],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the product that a test may spoil."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.slow
def test_the_contracts_are_kept() -> None:
    """Every import goes in the one direction that the layers allow."""
    result = lint_imports(ROOT)
    assert (result.returncode, "0 broken" in result.stdout) == (0, True), result.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("domain/spoilt.py", "import waypost.telemetry", "One direction"),
        ("spoilt/__init__.py", "", "One direction"),
        ("services/ids/spoilt.py", "import waypost.services.links", "in services"),
        ("services/rounds.py", "import waypost.services.ids", "in services"),
        ("services/spoilt/__init__.py", "", "in services"),
        ("wiring/parts/spoilt.py", "import waypost.wiring.offline", "in wiring"),
        (
            "adapters/journal/files/spoilt.py",
            "import waypost.adapters.journal.writing.tail",
            "in the journal",
        ),
        ("api/spoilt.py", "import waypost.adapters.local", "Only wiring names"),
        ("edge/spoilt.py", "import waypost.config", "Settings stop at wiring"),
        ("edge/spoilt.py", "import waypost.edge.fast.turn", "not imported"),
        ("cli/links/spoilt.py", "import waypost.cli.clicks.dlq", "Command groups"),
        ("adapters/sql/spoilt.py", "import waypost.adapters.local", "do not know each"),
        (
            "adapters/spoilt.py",
            "import waypost.services.clicks.count",
            "do not run use cases",
        ),
        ("http/spoilt.py", "import waypost.ports.bus", "share forms, not use cases"),
        ("http/spoilt.py", "import starlette.types", "carry no frameworks"),
        ("edge/spoilt.py", "import fastapi", "carry no frameworks"),
        ("keygen/spoilt.py", "import pydantic", "carry no frameworks"),
        ("services/spoilt.py", "import sqlalchemy", "carry no frameworks"),
        ("wire/spoilt.py", "import waypost.ports.bus", "One direction"),
        ("wire/spoilt.py", "import asyncio", "need nothing that runs"),
        ("domain/spoilt.py", "import msgspec", "standard library only"),
    ],
)
def test_a_breach_is_noticed(copy: Path, module: str, line: str, contract: str) -> None:
    """An import against the rules fails the contract that forbids it."""
    path = copy / "src" / "waypost" / module
    path.parent.mkdir(exist_ok=True)
    path.write_text(f'"""A breach of the rules."""\n{line}\n', "utf-8")
    result = lint_imports(copy)
    broken = [line for line in result.stdout.splitlines() if "BROKEN" in line]
    assert result.returncode != 0
    assert any(contract in line for line in broken), result.stdout
