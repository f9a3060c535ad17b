"""Rules of the house that no linter knows."""

import ast
import re
from collections.abc import Collection, Iterator
from importlib import import_module

import pytest
from pydantic import BaseModel

from tests.architecture.project import (
    SOURCE,
    Module,
    modules_in,
    own_modules,
    product_modules,
)

# Names under which things gather that have nothing to do with one another.
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager"}
# Assembled, so that this file does not find itself.
LEFTOVER = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3)) + r")\b")
EXCUSE = re.compile(r"#\s*(type:\s*ignore|noqa)(?P<rest>[^#\n]*)(?P<reason>#.*)?")
NAMED_RULE = re.compile(r"\s*(\[[a-z, -]+\]|:\s*[A-Z]+[0-9]+(,\s*[A-Z]+[0-9]+)*)\s*")


def found(module: Module, line: int, what: str) -> str:
    """Return *what* with the place that a person can jump to."""
    return f"{module.name}:{line} {what}"


def calls_of(names: Collection[str], module: Module) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of each call of one of the plain functions."""
    for node in ast.walk(module.tree):
        match node:
            case ast.Call(func=ast.Name(id=called)) if called in names:
                yield node.lineno, called


def test_every_module_says_its_purpose() -> None:
    """Every Python file begins with a docstring."""
    silent = [m.name for m in own_modules() if not ast.get_docstring(m.tree)]
    assert silent == []


def test_no_module_has_a_vague_name() -> None:
    """No file or folder is called after nothing in particular."""
    vague = [
        module.name
        for module in own_modules()
        if VAGUE_NAMES & {module.path.stem.strip("_"), module.path.parent.name}
    ]
    assert vague == []


def test_nothing_prints_outside_the_command_line() -> None:
    """The product logs; only the CLI talks to a terminal."""
    prints = [
        found(module, line, name)
        for module in product_modules()
        if SOURCE / "cli" not in module.path.parents
        for line, name in calls_of({"print"}, module)
    ]
    assert prints == []


def test_nothing_is_left_for_later() -> None:
    """What is still to do stands in the tracker, not in the code."""
    leftovers = [
        found(module, number, line.strip())
        for module in own_modules()
        for number, line in enumerate(module.text.splitlines(), 1)
        if LEFTOVER.search(line)
    ]
    assert leftovers == []


def is_excuse_without_reason(line: str) -> bool:
    """Return whether *line* silences a checker without naming the rule and a reason."""
    excuse = EXCUSE.search(line)
    if excuse is None:
        return False
    rule = NAMED_RULE.match(excuse["rest"])
    return rule is None or not (excuse["reason"] or excuse["rest"][rule.end() :])


def test_every_excuse_names_its_rule_and_reason() -> None:
    """A comment that silences a checker names the rule, and why it does not apply."""
    bare = [
        found(module, number, line.strip())
        for module in own_modules()
        if module.path.name != "test_house_rules.py"
        for number, line in enumerate(module.text.splitlines(), 1)
        if is_excuse_without_reason(line)
    ]
    assert bare == []


@pytest.mark.parametrize(
    ("line", "is_bare"),
    [
        ("x = 1", False),
        ("x = 1  # type: ignore", True),
        ("x = 1  # type: ignore[arg-type]", True),
        ("x = 1  # type: ignore[arg-type]  # Pydantic checks", False),
        ("x = 1  # noqa", True),
        ("x = 1  # noqa: BLE001", True),
        ("x = 1  # noqa: BLE001 - after any error the loop goes on", False),
        ("x = 1  # noqa: BLE001, S110  # after any error the loop goes on", False),
    ],
)
def test_excuses_are_distinguished(line: str, is_bare: bool) -> None:  # noqa: FBT001 - a column of the table above
    """The rule above recognises what it is there to find."""
    assert is_bare == is_excuse_without_reason(line)


def dataclass_options(node: ast.ClassDef) -> dict[str, bool] | None:
    """Return the options of a dataclass that are switched on; None: it is none."""
    for decorator in node.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        name = call.func if call else decorator
        if isinstance(name, ast.Name) and name.id == "dataclass":
            return {
                keyword.arg: True
                for keyword in (call.keywords if call else [])
                if keyword.arg and isinstance(keyword.value, ast.Constant)
            }
    return None


def test_the_domains_values_cannot_be_changed() -> None:
    """Every dataclass of the domain is frozen and has slots."""
    changeable = [
        found(module, node.lineno, node.name)
        for module in modules_in(SOURCE / "domain")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
        if (options := dataclass_options(node)) is not None
        if not {"frozen", "slots"} <= options.keys()
    ]
    assert changeable == []


def test_every_assertion_has_a_message() -> None:
    """An assertion that fails says what the code relied on."""
    silent = [
        found(module, node.lineno, ast.unparse(node.test))
        for module in product_modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Assert) and node.msg is None
    ]
    assert silent == []


def enumerations() -> dict[str, ast.ClassDef]:
    """Return the product's enumerations of text, by name."""
    return {
        node.name: node
        for module in product_modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
        if "StrEnum" in {ast.unparse(base) for base in node.bases}
    }


def test_enumerations_are_parsed_in_one_place() -> None:
    """Text becomes a member where a format or a setting is read, and nowhere else."""
    readers = (SOURCE / "wire", SOURCE / "wiring/topology.py")
    names = enumerations()
    assert "LinkEventKind" in names
    parsed = [
        found(module, line, name)
        for module in product_modules()
        if not any(module.path.is_relative_to(reader) for reader in readers)
        for line, name in calls_of(names, module)
    ]
    assert parsed == []


def test_states_are_compared_as_members() -> None:
    """What has a name is not compared by its text, which can be misspelt."""
    enums = enumerations()
    texts = {
        value.value
        for name in ("HealthState", "LinkEventKind")
        for value in ast.walk(enums[name])
        if isinstance(value, ast.Constant) and value.value != ""
    }
    assert {"healthy", "link.created"} <= texts
    compared = [
        found(module, node.lineno, ast.unparse(node))
        for module in product_modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Compare)
        for side in (node.left, *node.comparators)
        if isinstance(side, ast.Constant) and side.value in texts
    ]
    assert compared == []


def models() -> Iterator[type[BaseModel]]:
    """Yield every Pydantic model of the product."""
    for module in product_modules():
        if "pydantic" in module.text:
            for value in vars(import_module(module.import_name)).values():
                if isinstance(value, type) and issubclass(value, BaseModel):
                    yield value


def test_models_cannot_be_changed() -> None:
    """Bodies of requests and answers, and the settings, are frozen."""
    own = {model for model in models() if model.__module__.startswith("waypost.")}
    assert {"ShortenRequest", "LinkBody", "Settings"} <= {m.__name__ for m in own}
    assert [m.__name__ for m in own if not m.model_config.get("frozen")] == []


def test_only_settings_read_the_environment() -> None:
    """Everything configurable is a field of `Settings`, and arrives as an argument."""
    readers = [
        found(module, node.lineno, ast.unparse(node))
        for module in product_modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
        # A socket that was handed down is not a setting, and neither is what a
        # supervisor hands on to its workers.
        if module.path.name not in {"listener.py", "workers.py"}
    ]
    assert readers == []
