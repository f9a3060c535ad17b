"""The pages can be trusted: links lead somewhere, files and tasks exist."""

import ast
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from scripts.mutants.plan import chosen
from scripts.reference.commands import invocations

from tests.architecture.project import (
    OWN_FOLDERS,
    ROOT,
    SOURCE,
    markdown_files,
    modules_in,
    own_modules,
)

PAGES = markdown_files()
ADRS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
ADR_SECTIONS = [
    "Status",
    "Context",
    "Decision",
    "Consequences",
    "Alternatives",
    "Enforced by",
]
README_SCREEN = 60
ARCHITECTURE = ROOT / "docs" / "explanation" / "architecture.md"
INVOCATIONS = {each.path: each.parameters for each in invocations()}
MODULES = [
    path.relative_to(ROOT).as_posix()
    for folder in OWN_FOLDERS
    for path in (ROOT / folder).rglob("*.py")
]

LINK = re.compile(r"(?<!!)\[[^]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
FILE_IN_CODE = re.compile(
    r"`((?:src|tests|docs|contracts|bench|cluster|scripts|\.ci)/[\w./-]+|[A-Z]+\.md)`"
)
CODE = re.compile(r"`[^`]+`").findall
MODULE_IN_CODE = re.compile(r"`([\w/]+\.py)`")
NAME_AND_FILE = re.compile(r"`([\w.]+)`(?:,[^,`]*,)? (?:\(|in )`([\w/]+\.py)`")
COMMANDS = re.compile(r"^ *```(?:sh|console)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
MUTANTS = re.compile(r"\bFILES=(\"[^\"]+\"|[\w/]+)")
TASK = re.compile(r"\bmake ([a-z][a-z-]*)")


def page_id(path: Path) -> str:
    """Return the name of a page for test reports."""
    return path.relative_to(ROOT).as_posix()


def prose(path: Path) -> str:
    """Return a page without its code blocks."""
    return FENCE.sub("", path.read_text("utf-8"))


def anchors(path: Path) -> set[str]:
    """Return what links into a page may name: its headings, as GitHub spells them."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


def is_broken(page: Path, target: str) -> bool:
    """Return whether *target*, a relative link on *page*, leads nowhere."""
    name, _, anchor = unquote(target).partition("#")
    path = (page.parent / name).resolve() if name else page
    if not path.exists():
        return True
    return bool(anchor) and path.suffix == ".md" and anchor not in anchors(path)


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link leads to a file, and to a heading if it names one."""
    links = [
        link
        for link in LINK.findall(prose(page))
        if not link.startswith(("http://", "https://", "mailto:"))
    ]
    assert [link for link in links if is_broken(page, link)] == []


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_named_files_exist(page: Path) -> None:
    """A page that sends its reader to a file names one that is there."""
    names = FILE_IN_CODE.findall(prose(page))
    assert [name for name in names if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_named_modules_exist(page: Path) -> None:
    """A Python file is one of the project, also where a part of its path is named."""
    named = MODULE_IN_CODE.findall(prose(page))
    assert [name for name in named if not paths_of(name)] == []


def paths_of(name: str) -> list[Path]:
    """Return the files of the project whose path ends with *name*."""
    return [ROOT / path for path in MODULES if f"/{path}".endswith(f"/{name}")]


def names_in(path: Path) -> set[str]:
    """Return what is defined in a Python file: classes, functions, fields, values."""
    tree = ast.parse(path.read_text("utf-8"))
    defined = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    names = {node.name for node in ast.walk(tree) if isinstance(node, defined)}
    stored = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )
    return names | {node.id for node in stored}


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_names_are_in_the_files_named_beside_them(page: Path) -> None:
    """A class or function that is named with its file is defined there."""
    missing = [
        f"{name} in {file}"
        for name, file in NAME_AND_FILE.findall(prose(page))
        if not any(set(name.split(".")) <= names_in(path) for path in paths_of(file))
    ]
    assert missing == []


def test_the_architecture_lists_every_port() -> None:
    """Each Protocol has its row, beside the file in which it is."""
    rows = ARCHITECTURE.read_text("utf-8").splitlines()
    ports = [
        (f"`{node.name}`", f"`{module.name}`")
        for module in modules_in(SOURCE / "ports")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
        if "Protocol" in {ast.unparse(base) for base in node.bases}
    ]
    assert ("`Storage`", "`src/waypost/ports/storage.py`") in ports
    listed = [port for row in rows for port in ports if set(port) <= set(CODE(row))]
    assert sorted(set(ports) - set(listed)) == []


def test_the_architecture_lists_every_process() -> None:
    """Each file of a process has its row."""
    text = ARCHITECTURE.read_text("utf-8")
    names = [
        module.name
        for module in modules_in(SOURCE / "processes")
        if module.path.parent.name == "processes"
        if module.path.name != "__init__.py"
    ]
    assert "src/waypost/processes/app.py" in names
    assert [name for name in names if f"`{name}`" not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_named_tasks_exist(page: Path) -> None:
    """Every `make` task that a page names is in the Makefile."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    tasks = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    text = page.read_text("utf-8")
    commands = re.findall(r"`(make[^`\n]*)`", text)
    for block in SHELL.findall(text):
        commands += block.splitlines()
    named = {task for command in commands for task in TASK.findall(command)}
    assert named - tasks == set()


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_named_mutants_are_planned(page: Path) -> None:
    """Every file that `make mutants` is to be run with is one that it knows."""
    for names in MUTANTS.findall(page.read_text("utf-8")):
        assert chosen(names.strip('"').split())


def unknown_in(command: str) -> list[str]:
    """Return what *command*, which begins with `waypost`, names and does not have."""
    path, *words = command.split()
    while words and f"{path} {words[0]}" in INVOCATIONS:
        path = f"{path} {words.pop(0)}"
    names = {
        name
        for parameter in INVOCATIONS[path]
        for name in parameter.name.split(" ")[0].split("/")
    }
    is_group = any(each.startswith(f"{path} ") for each in INVOCATIONS)
    options = {word.split("=")[0] for word in words if re.match("--?[a-z]", word)}
    unknown = options - names - {"--help", "-h"}
    if is_group and words and words[0].islower() and words[0] not in options:
        unknown.add(words[0])
    return [f"{path}: {name}" for name in sorted(unknown)]


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_named_commands_exist(page: Path) -> None:
    """Every command of `waypost` on a page is one, with the options that it names."""
    text = page.read_text("utf-8")
    commands = re.findall(r"`(?:\.venv/bin/)?(waypost(?: [^`…]*)?)`", text)
    for block in COMMANDS.findall(text):
        lines = (line.partition(" #")[0] for line in block.splitlines())
        commands += [
            found[1]
            for line in lines
            if (found := re.match(r"(?:\$ )?(?:\.venv/bin/)?(waypost .*)", line))
        ]
    assert [name for each in commands for name in unknown_in(each)] == []


def test_pages_named_in_code_exist() -> None:
    """A comment that sends its reader to a page names one that is there."""
    missing = [
        f"{module.name}: {name}"
        for module in own_modules()
        for name in re.findall(r"\bdocs/[\w/-]+\.md\b", module.text)
        if not (ROOT / name).exists()
    ]
    assert missing == []


def test_readme_fits_on_a_screen() -> None:
    """A stranger sees what it is and how to start without scrolling far."""
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    assert 0 < len(lines) <= README_SCREEN


def test_readme_names_the_two_commands() -> None:
    """Running and testing are one command each."""
    text = (ROOT / "README.md").read_text("utf-8")
    assert re.findall(r"^make (run|test)\b", text, re.MULTILINE) == ["run", "test"]


@pytest.mark.parametrize("adr", ADRS, ids=page_id)
def test_decisions_are_complete(adr: Path) -> None:
    """Every decision record has the same sections, none of them empty."""
    text = adr.read_text("utf-8")
    sections = re.findall(r"^## (.+)\n\n\S", text, re.MULTILINE)
    assert sections == ADR_SECTIONS
    assert re.match(rf"# {int(adr.name[:4])}\. \S", text)


def test_decisions_are_listed() -> None:
    """The index lists every decision record."""
    index = (ROOT / "docs" / "adr" / "README.md").read_text("utf-8")
    assert [adr.name for adr in ADRS] == re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", index)
