"""The page of the command line, from the tree of commands itself."""

from collections.abc import Iterator
from typing import NamedTuple

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from scripts.reference.markdown import code, page, sentences, table
from waypost.cli.application import app
from waypost.cli.exits import MEANINGS

_INTRODUCTION = """
Results go to stdout, everything else to stderr.
`--json` writes one JSON object per line, for programs.
In a clone, `waypost` is `.venv/bin/waypost`.
`waypost COMMAND --help` says the same as this page.
"""

# Offered by the library in every program; they say nothing about this one.
_OF_THE_LIBRARY = {"--help", "--install-completion", "--show-completion"}


class Parameter(NamedTuple):
    """An option or argument as the page shows it."""

    name: str
    meaning: str


class Invocation(NamedTuple):
    """A command with everything that may follow it."""

    path: str
    """All of its words, such as `waypost journal verify`."""
    meaning: str
    examples: list[str]
    parameters: list[Parameter]


def invocations() -> list[Invocation]:
    """Return every command, the program itself first."""
    return list(_walk("waypost", get_command(app)))


def commands_page() -> str:
    """Return `docs/reference/cli.md`."""
    exits = [(code(str(exit_code.value)), text) for exit_code, text in MEANINGS.items()]
    parts = [part for invocation in invocations() for part in _section(invocation)]
    parts += ["## Exit codes", table(["Exit code", "Meaning"], exits)]
    return page("Command line", _INTRODUCTION, *parts)


def _section(invocation: Invocation) -> Iterator[str]:
    yield f"## {code(invocation.path)}"
    for paragraph in invocation.meaning.split("\n\n"):
        yield sentences(paragraph)
    if invocation.examples:
        yield "\n".join(["```sh", *invocation.examples, "```"])
    if invocation.parameters:
        rows = [(code(name), meaning) for name, meaning in invocation.parameters]
        yield table(["Option or argument", "Meaning"], rows)


def _walk(path: str, command: object) -> Iterator[Invocation]:
    assert isinstance(command, TyperCommand | TyperGroup), f"{path}: {command}"
    yield Invocation(
        path=path,
        meaning=(command.help or "").strip(),
        examples=_examples(command.epilog or ""),
        parameters=[
            parameter
            for declared in command.params
            if isinstance(declared, TyperArgument | TyperOption)
            if (parameter := _parameter(declared)).name not in _OF_THE_LIBRARY
        ],
    )
    if isinstance(command, TyperGroup):
        for name, child in command.commands.items():
            yield from _walk(f"{path} {name}", child)


def _parameter(declared: TyperArgument | TyperOption) -> Parameter:
    meaning = declared.help or ""
    if isinstance(declared, TyperArgument):
        return Parameter(declared.metavar or str(declared.name).upper(), meaning)
    names = "/".join([*declared.opts, *declared.secondary_opts])
    value = f" {declared.metavar}" if declared.metavar and not declared.is_flag else ""
    if declared.default is not None and not declared.is_flag:
        meaning += f" Default: {declared.default}."
    if declared.envvar:
        meaning += f" Environment: `{declared.envvar}`."
    return Parameter(names + value, meaning)


def _examples(epilog: str) -> list[str]:
    lines = [line.strip("\b ") for line in epilog.splitlines()]
    return [line for line in lines if line.startswith("waypost ")]
