"""The project's own files, as the architecture tests look at them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "waypost"
OWN_FOLDERS = ("src", "tests", "bench", "cluster", "scripts")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A Python file of the project."""

    path: Path
    text: str

    @property
    def tree(self) -> ast.Module:
        """What it says, read when first asked for: most tests look at the text only."""
        return _tree_of(self.text)

    @property
    def name(self) -> str:
        """Where it stands, from the root of the project."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def import_name(self) -> str:
        """How Python imports it, if it is of the product."""
        parts = self.path.relative_to(SOURCE.parent).with_suffix("").parts
        return ".".join(parts).removesuffix(".__init__")

    @property
    def lines(self) -> int:
        """How long the file is."""
        return self.text.count("\n")

    def functions(self) -> Iterator[Function]:
        """Yield every function and method, nested ones as well."""
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node


@cache
def modules_in(folder: Path) -> tuple[Module, ...]:
    """Return the Python files under *folder*, which many tests look at."""
    return tuple(
        Module(path=path, text=path.read_text("utf-8"))
        for path in sorted(folder.rglob("*.py"))
    )


@cache
def _tree_of(text: str) -> ast.Module:
    return ast.parse(text)


def product_modules() -> tuple[Module, ...]:
    """Return the modules of the product."""
    return modules_in(SOURCE)


def own_modules() -> list[Module]:
    """Return every Python file of the project: product, tests, benchmark, scripts."""
    return [module for folder in OWN_FOLDERS for module in modules_in(ROOT / folder)]


def body_lines(function: Function) -> int:
    """Return how many lines the body of *function* has, without its docstring."""
    first, *rest = function.body
    if ast.get_docstring(function, clean=False) is not None:
        if not rest:
            return 0
        first = rest[0]
    assert function.end_lineno is not None
    return function.end_lineno - first.lineno + 1


def markdown_files() -> list[Path]:
    """Return the project's pages."""
    folders = [
        ROOT / "docs",
        ROOT / "contracts",
        *(ROOT / folder for folder in OWN_FOLDERS),
    ]
    nested = [path for folder in folders for path in folder.rglob("*.md")]
    return sorted([*ROOT.glob("*.md"), *nested])
