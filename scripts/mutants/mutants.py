"""Every mutant of a file, in a stable order, and a stable sample of them."""

import ast
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.mutants.operators import OPERATORS
from scripts.mutants.source import Edit, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change of one file."""

    file: str
    """Path from the root of the project."""
    operator: str
    within: str
    """The class and function that hold the change, or an empty text."""
    line: int
    before: str
    """The lines that the change touches, joined to one."""
    after: str
    repetition: int
    """How many changes of the same description come before it in the file."""
    content: bytes
    """The whole file with the change made."""

    @property
    def key(self) -> str:
        """A name that stays when other lines of the file change."""
        parts = (self.file, self.within, self.before, self.after, str(self.repetition))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def mutants_of(root: Path, file: str) -> list[Mutant]:
    """Return every mutant of *file*, in the order of its lines.

    Asserts, decorators, annotations and docstrings stay as they are: no behaviour
    that the product promises depends on them.
    """
    source = Source((root / file).read_bytes())
    original = ast.parse(source.content)
    meaning = ast.dump(original)
    seen: Counter[tuple[str, str, str]] = Counter()
    found: dict[bytes, Mutant] = {}
    for within, operator, edit in _edits(original, source):
        content = source.edited(edit)
        if content in found or ast.dump(ast.parse(content)) == meaning:
            continue
        before, after = source.lines_around(edit)
        found[content] = Mutant(
            file=file,
            operator=operator,
            within=within,
            line=source.line_of(edit.span.start),
            before=before,
            after=after,
            repetition=seen[within, before, after],
            content=content,
        )
        seen[within, before, after] += 1
    return sorted(found.values(), key=lambda mutant: mutant.line)


def sample_of(mutants: Iterable[Mutant], *, size: int, seed: int) -> list[Mutant]:
    """Return *size* of *mutants*, chosen by their names; 0: all.

    A change elsewhere in the file moves at most a few mutants in or out.
    """
    every = list(mutants)
    if not size:
        return every
    ranked = sorted(every, key=lambda mutant: _rank(mutant, seed))
    return sorted(ranked[:size], key=lambda mutant: mutant.line)


def _rank(mutant: Mutant, seed: int) -> str:
    return hashlib.sha256(f"{seed}{mutant.key}".encode()).hexdigest()


def _edits(tree: ast.Module, source: Source) -> Iterator[tuple[str, str, Edit]]:
    """Yield every edit with what holds it and the operator's name."""
    for within, node in _changeable(tree, ""):
        for operator in OPERATORS:
            for edit in operator(node, source):
                yield within, operator.__name__.replace("_", " "), edit


def _changeable(node: ast.AST, within: str) -> Iterator[tuple[str, ast.AST]]:
    """Yield the nodes below *node* that may change, with what holds them."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        within = f"{within}.{node.name}".lstrip(".")
    for child in _children(node):
        yield within, child
        yield from _changeable(child, within)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    left_alone = {"annotation", "returns", "decorator_list", "type_params"}
    for field, value in ast.iter_fields(node):
        if field in left_alone or _is_type_alias(node):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_left_alone(child):
                yield child


def _is_left_alone(node: ast.AST) -> bool:
    match node:
        case ast.Assert() | ast.Import() | ast.ImportFrom() | ast.JoinedStr():
            return True
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Assign(targets=[ast.Name(id="__slots__")]):
            return True
    return False


def _is_type_alias(node: ast.AST) -> bool:
    """Return whether *node* gives a type a name, as `Lanes = dict[int, str] | None`."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            is_type = isinstance(value, ast.Subscript | ast.BinOp)
            return is_type and name[0].isupper() and not name.isupper()
    return False
