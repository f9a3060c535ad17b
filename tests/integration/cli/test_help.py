"""Help teaches every command, at once and in 80 columns."""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version

import pytest
import typer

from tests.integration.cli.conftest import Command
from waypost.cli.application import app
from waypost.cli.called import called_part
from waypost.cli.exits import MEANINGS, ExitCode

HEAVY = ["alembic", "fastapi", "httpx", "pydantic_settings", "sqlalchemy", "uvicorn"]


def words_of_every_command() -> Iterator[list[str]]:
    """Yield the words that call each command and group."""
    root = typer.main.get_command(app)
    yield []
    for name, command in root.commands.items():  # type: ignore[attr-defined]  # a group
        yield [name]
        for inner in getattr(command, "commands", {}):
            yield [name, inner]


GROUPS = [
    ["abuse"],
    ["domains"],
    ["analytics"],
    ["dlq"],
    ["export"],
    ["ids"],
    ["jobs"],
    ["journal"],
    ["keys"],
    ["run"],
    ["tags"],
    ["utm"],
]
"""Commands that only hold others."""
EVERY_COMMAND = list(words_of_every_command())
EVERY_NAME = {words[0] for words in EVERY_COMMAND if words}


@pytest.mark.parametrize("words", EVERY_COMMAND, ids=" ".join)
def test_every_command_has_help(waypost: Command, words: list[str]) -> None:
    """Help says what the command does, in 80 columns, and ends with calls to copy."""
    outcome = waypost(*words, "--help")

    assert (outcome.code, outcome.stderr) == (ExitCode.OK, "")
    assert outcome.stdout.startswith(f"Usage: {' '.join(['waypost', *words])} ")
    assert [line for line in outcome.stdout.splitlines() if len(line) > 80] == []
    # Arguments that may be repeated have dots of their own.
    assert "..." not in outcome.stdout.replace("]...", "").replace("}...", "")
    _, _, examples = outcome.stdout.partition("  Examples:\n")
    is_an_example = f"    {' '.join(['waypost', *words])}" in examples
    assert is_an_example or words in GROUPS


def test_a_call_prepares_its_own_command_only() -> None:
    """What is called is there, and nothing beside it; a wrong name gets everything."""
    for words in EVERY_COMMAND:
        part = typer.main.get_command(called_part(app, [*words, "--help"]))
        names = set(part.commands)  # type: ignore[attr-defined]  # a group
        alone = bool(words) and words[0] != "help"
        assert names == ({words[0]} if alone else EVERY_NAME), words
    assert called_part(app, ["shortn"]) is app


def test_every_command_has_json() -> None:
    """All commands have results for programs, except those that run until they end."""
    without = {"serve", "help", "app", "edge", "keygen", "ingest", "rows", "warmer"}
    root = typer.main.get_command(app)
    for words in EVERY_COMMAND:
        command = root
        for word in words:
            command = command.commands[word]  # type: ignore[attr-defined]  # a group
        if words and words not in GROUPS and words[-1] not in without:
            options = [name for one in command.params for name in one.opts]
            assert "--json" in options, words


@pytest.mark.parametrize("words", [[], *GROUPS], ids=" ".join)
def test_a_group_alone_shows_its_help(waypost: Command, words: list[str]) -> None:
    """A call without a command prints the commands."""
    assert waypost(*words) == waypost(*words, "-h")


def test_help_lists_the_exit_codes(waypost: Command) -> None:
    """Every exit code stands in the help with its meaning."""
    output = waypost("--help").stdout

    assert set(ExitCode) == MEANINGS.keys()
    for code, meaning in MEANINGS.items():
        assert f"    {code:<4} {meaning}\n" in output


def test_version(waypost: Command) -> None:
    """The version is the installed one, and nothing else is printed."""
    outcome = waypost("--version")

    assert (0, f"waypost {version('waypost')}\n", "") == outcome


def test_help_loads_nothing_heavy() -> None:
    """Libraries that take long to load are loaded by the commands that need them."""
    script = "import json, sys, waypost.cli; print(json.dumps(list(sys.modules)))"
    loaded = json.loads(subprocess.check_output([sys.executable, "-c", script]))

    assert [name for name in HEAVY if name in loaded] == []


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (
            ["shortne"],
            "No such command 'shortne'. Did you mean 'shorten'? See `waypost --help`.",
        ),
        (
            ["create"],
            "No such command 'create'. Did you mean 'shorten'? See `waypost -",
        ),
        (
            ["undo"],
            "No such command 'undo'. Did you mean 'undelete'? See `waypost --he",
        ),
        (["shorten"], "Missing argument 'URL'. See `waypost shorten --help`."),
        (["run", "apps"], "No such command 'apps'. Did you mean 'app'? See `waypost r"),
        (["shorten", "--colour"], "No such option: --colour."),
        (["links", "--limit", "0"], "Invalid value for '--limit'"),
        (["serve", "--port", "http"], "Invalid value for '--port'"),
        (["shorten", "-", "--code", "abc"], "--code is for one URL"),
        (["stats", "http://x/a/b"], "'http://x/a/b' is neither a short code nor"),
        (["stats", "http://[/abc"], "'http://[/abc' is neither a short code nor"),
    ],
)
def test_wrong_usage(waypost: Command, words: list[str], complaint: str) -> None:
    """A wrong call is reported in one sentence and exits with 2."""
    outcome = waypost(*words)

    assert (outcome.code, outcome.stdout) == (ExitCode.USAGE, "")
    assert outcome.stderr.startswith(f"waypost: {complaint}")
    assert outcome.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [["--log-level", "LOUD"], ["--port", "0"], ["--base-url", "go.example.com"]],
    ids=" ".join,
)
def test_options_of_serve_are_settings(waypost: Command, words: list[str]) -> None:
    """A wrong option is reported by the name of the setting that it sets."""
    outcome = waypost("serve", *words)
    name = words[0].removeprefix("--").replace("-", "_").upper()

    assert (outcome.code, outcome.stdout) == (ExitCode.USAGE, "")
    assert outcome.stderr.startswith(f"waypost: {name} is wrong: ")
    assert outcome.stderr.count("\n") == 1
