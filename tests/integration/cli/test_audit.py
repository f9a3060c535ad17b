"""The audit trail on the command line."""

import json
from collections.abc import Iterator
from functools import partial

import pytest

from tests.e2e.process import WaypostProcess
from tests.integration.cli.conftest import Command

TOKEN = "the admin token of these tests"


@pytest.fixture(scope="module")
def managed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WaypostProcess]:
    """A server whose links can be managed."""
    settings = {"ADMIN_TOKEN": TOKEN}
    data_dir = tmp_path_factory.mktemp("audit") / "data"
    with WaypostProcess(data_dir, settings=settings) as server:
        yield server


def test_changes_are_listed(waypost: Command, managed: WaypostProcess) -> None:
    """As a table of 80 columns, as JSON, of one link, page after page, and refused."""
    manage = partial(waypost, WAYPOST_SERVER=managed.url, ADMIN_TOKEN=TOKEN)
    assert "No link" in manage("audit", "--link", "nothing").stderr
    assert manage("audit").stdout == "There are no such changes.\n"
    url = f"https://example.com/{'a' * 90}"
    for code in ("sale-1", "sale-2"):
        manage("shorten", url, "--code", code, "--title", "Sale", "--tag", "spring")
    manage("edit", "sale-1", "--title", "Sale!")
    lines = manage("audit").stdout.splitlines()
    assert lines[0].split() == ["AT", "(UTC)", "WHO", "WHAT", "OF", "CHANGES"]
    assert [line.split()[3] for line in lines[1:]] == [
        "link.updated",
        "link.created",
        "link.created",
    ]
    assert max(map(len, lines)) <= 80
    of_one = manage("audit", "--link", "sale-1", "--json").stdout.splitlines()
    assert [json.loads(line)["action"] for line in of_one] == [
        "link.updated",
        "link.created",
    ]
    assert len(manage("audit", "--limit", "2").stdout.splitlines()) == 3
    none = manage("audit", "--action", "link.created", "--to=-7d")
    assert none.stdout == "There are no such changes.\n"
    assert "Did you mean" in manage("audit", "--action", "link.create").stderr
