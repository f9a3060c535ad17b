"""Finding, deleting and restoring links from the command line."""

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
    data_dir = tmp_path_factory.mktemp("finding") / "data"
    with WaypostProcess(data_dir, settings=settings) as server:
        yield server


def test_links_are_found_on_a_server(waypost: Command, managed: WaypostProcess) -> None:
    """As a table of 80 columns, as JSON, page after page, by words and by filters."""
    manage = partial(waypost, WAYPOST_SERVER=managed.url, ADMIN_TOKEN=TOKEN)
    assert manage("list").stdout == "There are no such links.\n"
    for number in range(4):
        url = f"https://example.com/{'a' * 90}/{number}"
        manage("shorten", url, "--code", f"sale-{number}", "--title", f"Sale {number}")
    manage("disable", "sale-2")

    table = manage("list", "--limit", "2")
    lines = table.stdout.splitlines()
    assert lines[0].split() == ["CODE", "CLICKS", "STATE", "CREATED", "LEADS", "TO"]
    assert [line.split()[0] for line in lines[1:]] == ["sale-3", "sale-2"]
    assert max(map(len, lines)) <= 80
    assert "--all" in table.stderr
    found = manage("search", "sale", "3", "--json").stdout.splitlines()
    assert [json.loads(line)["code"] for line in found] == ["sale-3"]
    every = manage("list", "--all", "--json", "--sort", "code", "--state", "active")
    codes = [json.loads(line)["code"] for line in every.stdout.splitlines()]
    assert codes == ["sale-0", "sale-1", "sale-3"]
    assert "Did you mean" in manage("list", "--sort", "clics").stderr
    refused = manage("list", "--state", "gone").stderr
    assert "exhausted" in refused
    assert ".." not in refused


def test_links_of_another_domain(waypost: Command, managed: WaypostProcess) -> None:
    """They are listed by a name that every other command understands."""
    manage = partial(waypost, WAYPOST_SERVER=managed.url, ADMIN_TOKEN=TOKEN)
    manage("domains", "add", "go.acme.com")
    url = "https://example.com/acme"
    manage("shorten", url, "--domain", "go.acme.com", "--code", "spring")
    _, line = manage("list", "--domain", "go.acme.com").stdout.splitlines()
    assert line.split()[0] == "go.acme.com:spring"
    assert "clicks     0\n" in manage("stats", "go.acme.com:spring").stdout
    assert "link-not-found" in manage("stats", "go.acme.com:summer").stderr


def test_an_external_id_is_no_address(
    waypost: Command, managed: WaypostProcess
) -> None:
    """One with a slash is refused, and not taken for a short URL."""
    manage = partial(waypost, WAYPOST_SERVER=managed.url, ADMIN_TOKEN=TOKEN)
    refused = manage("put", "ext:orders/77", "https://example.com/")
    assert refused.code != 0
    assert "slash" in refused.stderr


def test_tags_of_links(waypost: Command, managed: WaypostProcess) -> None:
    """Given with a link, added, removed, shown, and searched for."""
    manage = partial(waypost, WAYPOST_SERVER=managed.url, ADMIN_TOKEN=TOKEN)
    url = "https://example.com/tagged"
    manage("shorten", url, "--code", "tagged", "--tag", "Print", "--tag", "old")
    edited = manage("edit", "tagged", "--add-tag", "new", "--remove-tag", "OLD")
    assert "tags             Print, new\n" in edited.stdout
    found = manage("list", "--tag", "print", "--tag", "new", "--tag-mode", "all")
    assert "tagged" in found.stdout
    manage("edit", "tagged", "--archived")
    assert "tagged" not in manage("list", "--tag", "print").stdout


def test_a_deletion_is_undone(waypost: Command, managed: WaypostProcess) -> None:
    """The link leads again where it did."""
    manage = partial(waypost, WAYPOST_SERVER=managed.url, ADMIN_TOKEN=TOKEN)
    manage("shorten", "https://example.com/", "--code", "backagain")
    assert "restorable" in manage("delete", "backagain", "--yes").stdout
    assert managed.request("/backagain")[0] == 410
    assert "active\n" in manage("undelete", "backagain").stdout
    assert managed.request("/backagain")[0] == 307
    assert "not-restorable" in manage("undelete", "backagain").stderr
