"""`waypost help`, `version` and `open`, and errors for programs."""

import json
import platform
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.e2e.process import WaypostProcess
from tests.integration.cli.conftest import Command, Stranger
from waypost.cli.exits import ExitCode

NOWHERE = "http://127.0.0.1:1"


@pytest.mark.parametrize("words", [[], ["keys"], ["keys", "create"], ["help"]])
def test_help_shows_what_the_option_shows(waypost: Command, words: list[str]) -> None:
    """It makes no difference where the word stands."""
    assert waypost("help", *words) == waypost(*words, "--help")


def test_help_on_what_there_is_not(waypost: Command) -> None:
    """The sentence is the one that the command itself gets."""
    outcome = waypost("help", "shorten", "create")
    assert outcome.code == ExitCode.OK
    outcome = waypost("help", "shroten")
    assert (outcome.code, outcome.stdout) == (ExitCode.USAGE, "")
    assert "No such command 'shroten'" in outcome.stderr


@pytest.mark.slow
def test_version_names_the_server_s_too(
    server: WaypostProcess, waypost: Command
) -> None:
    """All versions that a report of a fault needs, in one answer."""
    outcome = waypost("version", "--json", "--server", server.url)
    assert outcome.code == ExitCode.OK
    assert json.loads(outcome.stdout) == {
        "version": version("waypost"),
        "python": platform.python_version(),
        "store": "sqlite",
        "server": server.url,
        "server_version": version("waypost"),
        "server_state": "running",
    }


@pytest.mark.parametrize(
    ("status", "body", "state"),
    [
        (200, b"<html>", "not Waypost"),
        (404, b'{"detail": "No.", "code": "not-found"}', "of an older release"),
    ],
)
def test_version_of_another_server(
    waypost: Command, stranger: Stranger, status: int, body: bytes, state: str
) -> None:
    """It is no error: this program has a version all the same."""
    outcome = waypost("version", "--server", stranger(status, body))
    assert outcome.code == ExitCode.OK
    assert f"server  {state} (http://" in outcome.stdout


def test_version_without_a_server(waypost: Command) -> None:
    """The same."""
    outcome = waypost(
        "version", "--server", NOWHERE, DATABASE_URL="postgresql://u:p@h/d"
    )
    assert outcome.code == ExitCode.OK
    assert outcome.stdout.splitlines() == [
        f"waypost {version('waypost')}",
        f"Python  {platform.python_version()}",
        "store   postgresql",
        f"server  not running ({NOWHERE})",
    ]


@pytest.mark.parametrize(
    ("arguments", "url"),
    [
        (("spring",), "https://go.example.com/spring+"),
        (("spring", "--follow"), "https://go.example.com/spring"),
        (("https://l.example.org/a",), "https://l.example.org/a+"),
    ],
)
def test_open_opens_the_link_s_page(
    waypost_process: Command, tmp_path: Path, arguments: tuple[str, ...], url: str
) -> None:
    """The browser gets the address, and so does the terminal."""
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\necho \"$1\" > '{tmp_path}/opened'\n", "utf-8")
    browser.chmod(0o755)
    outcome = waypost_process(
        "open", *arguments, BASE_URL="https://go.example.com", BROWSER=f"{browser} %s"
    )
    assert (outcome.code, outcome.stdout) == (ExitCode.OK, f"{url}\n")
    assert (tmp_path / "opened").read_text("utf-8") == f"{url}\n"


def test_open_without_a_browser_says_the_address(
    waypost_process: Command, tmp_path: Path
) -> None:
    """It can be opened elsewhere."""
    outcome = waypost_process(
        "open", "spring", BASE_URL="https://go.example.com", BROWSER="false %s", PATH=""
    )
    assert (outcome.code, outcome.stdout) == (ExitCode.REFUSED, "")
    assert "Open https://go.example.com/spring+" in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code"),
    [
        (("stats", "nothing", "--json"), ExitCode.REFUSED, "link-not-found"),
        (("stats", "--json"), ExitCode.USAGE, None),
        (("stats", "a/b/c", "--json"), ExitCode.USAGE, None),
        (("frobnicate", "--json"), ExitCode.USAGE, None),
    ],
)
def test_errors_are_json_where_results_are(
    server: WaypostProcess,
    waypost: Command,
    arguments: tuple[str, ...],
    exit_code: ExitCode,
    code: str | None,
) -> None:
    """A program reads one object from stderr, and nothing from stdout."""
    outcome = waypost(*arguments, WAYPOST_SERVER=server.url)
    assert (outcome.code, outcome.stdout) == (exit_code, "")
    error = json.loads(outcome.stderr)
    assert error["exit_code"] == exit_code
    assert error["code"] == code
    assert error["error"]


def test_errors_are_sentences_otherwise(waypost: Command) -> None:
    """What stands behind `--` is no option."""
    outcome = waypost("stats", "--server", NOWHERE, "--", "--json")
    assert outcome.code == ExitCode.UNREACHABLE
    assert outcome.stderr.startswith("waypost: ")
