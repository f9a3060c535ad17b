"""Visits that belong to no link, in a terminal."""

import json

import pytest

from tests.integration.cli.conftest import Command
from waypost.cli.exits import ExitCode


def test_mistyped_codes_are_listed(reports: Command) -> None:
    """Each in a line of 80 columns, with the link that was meant."""
    lines = reports("orphans").stdout.splitlines()
    assert lines[0].split() == [
        *("PATH", "PEOPLE", "MACHINES", "SINCE", "LAST", "NEAREST")
    ]
    assert lines[1].split()[:3] == ["/sale-42", "5", "1"]
    assert lines[1].endswith("/sale-24")
    assert lines[3].split()[0] == "/spring/more"
    assert lines[4].split()[0] == "/"
    assert lines[5] == "and 1,000 visits of codes that are not kept one by one"
    assert max(map(len, lines)) <= 80


def test_programs_get_an_object_a_line(reports: Command) -> None:
    """With the fields of the API, page by page up to the limit."""
    lines = reports("orphans", "--json", "--limit", "3").stdout.splitlines()
    assert [json.loads(line)["clicks"]["people"] for line in lines] == [5, 4, 3]
    assert json.loads(lines[0])["nearest"] == "sale-24"
    found = reports("orphans", "SPRING", "--from", "-1d", "--json").stdout
    assert json.loads(found)["kind"] == "unknown_path"


def test_kinds_are_chosen(reports: Command) -> None:
    """One or several; where there is nothing, that is said."""
    shown = reports("orphans", "--kind", "base_url", "--kind", "unknown_path")
    assert len(shown.stdout.splitlines()) == 3
    shown = reports("orphans", "nothing like this")
    assert shown.stdout == "There are no such visits.\n"


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--kind", "unknown", "Did you mean unknown_path?"),
        ("--sort", "-click", "Did you mean -clicks?"),
        ("--from", "yesterday", "from is no moment"),
        ("--domain", "none.example", "There is no such domain here"),
    ],
)
def test_wrong_options_say_what_to_do(
    reports: Command, option: str, value: str, words: str
) -> None:
    """The server's answer is shown."""
    refused = reports("orphans", option, value)
    assert refused.code == ExitCode.REFUSED
    assert words in refused.stderr
