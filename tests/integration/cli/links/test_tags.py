"""Tags from the command line."""

import json
from collections.abc import Iterator
from functools import partial

import pytest

from tests.e2e.process import WaypostProcess
from tests.integration.cli.conftest import Command
from waypost.cli.exits import ExitCode

TOKEN = "the admin token of these tests"


@pytest.fixture(scope="module")
def managed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WaypostProcess]:
    """A server whose links can be managed."""
    settings = {"ADMIN_TOKEN": TOKEN}
    data_dir = tmp_path_factory.mktemp("tags") / "data"
    with WaypostProcess(data_dir, settings=settings) as server:
        yield server


def test_tags_are_managed(waypost: Command, managed: WaypostProcess) -> None:
    """Described, listed in 80 columns, renamed, joined, and deleted when confirmed."""
    manage = partial(waypost, WAYPOST_SERVER=managed.url, ADMIN_TOKEN=TOKEN)
    for code, tags in (("one", ["Print", "x"]), ("two", ["print", "y"])):
        options = [word for tag in tags for word in ("--tag", tag)]
        manage("shorten", "https://example.com/", "--code", code, *options)

    edited = manage("tags", "edit", "print", "--description", "d" * 100)
    assert edited.stdout.startswith("Print  2 links, 0 clicks\n")
    made = manage("tags", "edit", "new tag", "--color", "#ABCDEF", "--json")
    assert json.loads(made.stdout)["color"] == "#abcdef"
    lines = manage("tags", "list", "--sort", "-links").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["TAG", "Print", "y", "x", "new"]
    assert max(map(len, lines)) <= 80

    assert "paper  2 links" in manage("tags", "rename", "PRINT", "paper").stdout
    assert manage("tags", "show", "print").code == ExitCode.REFUSED
    assert "tag-exists" in manage("tags", "rename", "x", "Y").stderr
    assert "y  2 links" in manage("tags", "merge", "x", "y").stdout
    assert "--yes" in manage("tags", "delete", "y").stderr
    assert "deleted" in manage("tags", "delete", "y", "--yes").stdout
    assert "tags             paper\n" in manage("show", "two").stdout
    assert manage("tags", "edit", "paper").code == ExitCode.USAGE
