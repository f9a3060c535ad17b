"""The reference pages say what the code says: no more, no less, nothing else."""

import ast
import re
from pathlib import Path

import pytest
from scripts.reference.commands import invocations
from scripts.reference.pages import GENERATED
from scripts.reference.settings import settings

from tests.architecture.project import ROOT, SOURCE, modules_in
from waypost.config import Settings
from waypost.domain import errors
from waypost.domain.wrong.codes import MEANINGS, FieldCode
from waypost.http.statuses import ERRORS
from waypost.telemetry.metrics import Metrics, metric_names

REFERENCE = ROOT / "docs" / "reference"
# What a setting's name ends with, and the word that its description owes for it.
UNITS = {"_SECONDS": "seconds", "_MEGABYTES": "megabytes", "_LENGTH": "characters"}
SECTION = re.compile(r"^## `([^`]+)`\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
KEBAB = re.compile(r"[a-z]+(-[a-z]+)+")


def first_cells(page: str, *, of_values: bool = False) -> list[str]:
    """Return the code in the first column of a page's tables.

    *of_values*: of those below the heading of that name, and otherwise above it.
    """
    text = (REFERENCE / page).read_text("utf-8")
    above, _, below = text.partition("\n## Values\n")
    text = below if of_values else above
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


@pytest.mark.parametrize("path", sorted(GENERATED), ids=lambda path: path.name)
def test_generated_pages_are_up_to_date(path: Path) -> None:
    """After a change of a fact in the code, `make docs` was run."""
    name = path.relative_to(ROOT)
    assert path.exists(), f"{name} is missing: run `make docs`"
    assert path.read_text("utf-8") == GENERATED[path](), f"{name}: run `make docs`"


def test_every_setting_is_documented() -> None:
    """The page has a row for each field of `Settings`, and no other."""
    assert list(Settings.model_fields) == first_cells("settings.md")


def test_every_setting_is_in_the_example() -> None:
    """`.env.example` names each setting, commented out."""
    text = (ROOT / ".env.example").read_text("utf-8")
    names = re.findall(r"^#([A-Z_]+)=", text, re.MULTILINE)
    assert list(Settings.model_fields) == names
    assert re.findall(r"^[^#\s].*", text, re.MULTILINE) == []


def test_the_examples_defaults_are_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Uncommenting the whole of `.env.example` changes nothing."""
    text = (ROOT / ".env.example").read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name, raising=False)
    untouched = Settings()
    (tmp_path / ".env").write_text(re.sub(r"(?m)^#(?=[A-Z_]+=)", "", text), "utf-8")
    assert untouched == Settings()


def test_every_setting_states_its_unit() -> None:
    """A number of something says of what."""
    silent = [
        setting.name
        for setting in settings()
        for suffix, unit in UNITS.items()
        if setting.name.endswith(suffix) and unit not in setting.meaning
    ]
    assert silent == []


def test_every_metric_is_documented() -> None:
    """The page has a section for each metric, and no other."""
    text = (REFERENCE / "metrics.md").read_text("utf-8")
    documented = re.findall(r"^## `(\w+)`$", text, re.MULTILINE)
    assert list(metric_names(Metrics())) == documented


def domain_codes() -> set[str]:
    """Return the code of every refusal of the domain that is raised as such."""
    found = set()
    pending = errors.DomainError.__subclasses__()
    while pending:
        error = pending.pop()
        if error.__subclasses__():
            pending += error.__subclasses__()
        else:
            found.add(error.code)
    return found


def edge_codes() -> set[str]:
    """Return the codes that connections and the edge write into their refusals."""
    return {
        code
        for folder in ("edge", "http")
        for module in modules_in(SOURCE / folder)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        for value in (*node.args, *(keyword.value for keyword in node.keywords))
        if isinstance(value, ast.Constant) and isinstance(code := value.value, str)
        if KEBAB.fullmatch(code)
    }


def test_the_edge_refuses_by_code() -> None:
    """The search for the edge's codes finds what it is there to find."""
    assert {"malformed-request", "head-too-large", "request-timeout"} <= edge_codes()


def test_every_error_is_documented() -> None:
    """The page has a row for each code that a client can get, and no other."""
    documented = first_cells("errors.md")
    assert sorted(ERRORS) == sorted(documented)
    assert domain_codes() | edge_codes() <= set(documented)


def test_every_code_of_values_is_documented() -> None:
    """The page has a row for each; few are names of refusals, of the same meaning."""
    documented = first_cells("errors.md", of_values=True)
    assert documented == list(FieldCode) == list(MEANINGS)
    same = {
        FieldCode.UNKNOWN_FIELD,
        FieldCode.UNKNOWN_PARAMETER,
        FieldCode.UNKNOWN_ZONE,
    }
    assert set(FieldCode) & set(ERRORS) == same


def test_codes_of_values_are_of_the_catalogue() -> None:
    """No wrong value is made with a code that is written where it is made."""
    makers = {"WrongValue": 1, "WrongField": 2, "parameter": 2}
    written = [
        f"{module.path}:{node.lineno}"
        for module in modules_in(SOURCE)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        if isinstance(node.func, ast.Name) and node.func.id in makers
        for value in (
            *node.args[makers[node.func.id] :][:1],
            *(one.value for one in node.keywords if one.arg == "code"),
        )
        if isinstance(value, ast.Constant)
    ]
    assert written == []


def test_every_error_code_is_kebab_case() -> None:
    """Codes are for programs: lower-case words with hyphens."""
    codes = first_cells("errors.md") + first_cells("errors.md", of_values=True)
    odd = [code for code in codes if not KEBAB.fullmatch(code)]
    assert odd == []


def test_every_command_is_documented() -> None:
    """The page has a section for each command with each of its options."""
    text = (REFERENCE / "cli.md").read_text("utf-8")
    sections = dict(
        re.findall(r"^## `([^`]+)`\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    )
    assert sections.keys() == {invocation.path for invocation in invocations()}
    for invocation in invocations():
        rows = re.findall(r"^\| `([^`]+)` \|", sections[invocation.path], re.MULTILINE)
        assert [parameter.name for parameter in invocation.parameters] == rows
