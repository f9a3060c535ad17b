"""`waypost bulk`: files of links."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.e2e.process import WaypostProcess
from tests.integration.cli.conftest import Command

TOKEN: Final = "the token of the test"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WaypostProcess]:
    """A server whose admin's token is known."""
    data, settings = tmp_path_factory.mktemp("bulk") / "data", {"ADMIN_TOKEN": TOKEN}
    with WaypostProcess(data, settings=settings) as server:
        yield server


@pytest.fixture(autouse=True)
def key(server: WaypostProcess, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key and the address of the server."""
    monkeypatch.setenv("WAYPOST_SERVER", server.url)
    monkeypatch.setenv("WAYPOST_KEY", TOKEN)


def link(waypost: Command, code: str) -> dict[str, object]:
    """Return the link of *code*."""
    fields: dict[str, object] = json.loads(waypost("show", code, "--json").stdout)
    return fields


def test_a_csv_file_makes_links(waypost: Command) -> None:
    """Cells have the types of their columns; empty ones are left out."""
    Path("links.csv").write_text(
        "\ufeffurl,code,title,tags,redirect_status,forward_query,utm_source\r\n"
        'https://example.com/1,csv-1,"One, two\nlines","a, b",301,yes,\r\n'
        "\r\n"
        "https://example.com/2,csv-2,,,,,\r\n"
    )
    made = waypost("bulk", "links.csv")
    assert made.code == 1
    assert "line 2: title has control characters. (option-conflict)" in made.stderr
    (short_url,) = made.stdout.splitlines()
    assert short_url.endswith("/csv-2")
    assert "2 rows, 1 failed." in made.stderr
    assert not Path("links.csv.progress").exists()


def test_types_of_cells(waypost: Command) -> None:
    """Numbers, switches, lists and parts of objects are what the API takes."""
    rows = (
        b"url,code,tags,redirect_status,forward_query,utm_source\n"
        b'https://example.com/,typed,"print, spring",301,yes,poster\n'
    )
    made = waypost("bulk", "-", stdin=rows)
    assert (made.code, made.stderr) == (0, "waypost: 1 row, 0 failed.\n")
    found = link(waypost, "typed")
    assert found["tags"] == ["print", "spring"]
    assert (found["redirect_status"], found["forward_query"]) == (301, True)
    utm = found["utm"]
    assert isinstance(utm, dict)
    assert utm["source"] == "poster"


def test_rows_change_links_as_well(waypost: Command) -> None:
    """By op and link, in CSV and in JSON Lines."""
    lines = b"""{"url": "https://example.com/", "code": "changing"}
{"op": "update", "link": "changing", "title": "Changed"}
"""
    assert waypost("bulk", "-", "--format", "jsonl", stdin=lines).code == 0
    assert link(waypost, "changing")["title"] == "Changed"
    rows = b"op,link\ndelete,changing\n"
    assert waypost("bulk", "-", stdin=rows).code == 0
    assert link(waypost, "changing")["state"] == "deleted"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "code,url\nfails-1,nothing\nworks-1,https://example.com\n"),
        (
            "b.jsonl",
            '{"code": "fails-2", "url": "nothing"}\n{"code": "works-2", '
            '"url": "https://example.com"}\nno json\n',
        ),
    ],
)
def test_failed_rows_can_be_corrected_and_sent_again(
    waypost: Command, name: str, text: str
) -> None:
    """They are in a file of the same form, with why they failed."""
    Path(name).write_text(text)
    failed = f"failed-{name}"
    first = waypost("bulk", name, "--errors", failed)
    assert first.code == 1
    assert "target-malformed" in first.stderr
    if name == "b.jsonl":
        assert "line 3: The line is no valid JSON at character 1" in first.stderr
    left = Path(failed).read_text()
    assert "works" not in left
    assert "target-malformed" in left
    corrected = left.replace("nothing", "https://example.com/")
    Path(failed).write_text(corrected.replace("no json\n", ""))
    again = waypost("bulk", failed, "--errors", "none.txt")
    assert again.code == 0, again.stderr


def test_a_wrong_column_is_refused(waypost: Command) -> None:
    """With the nearest name, before anything is sent."""
    Path("links.csv").write_text("ulr,titel\nhttps://example.com,A\n")
    refused = waypost("bulk", "links.csv")
    assert refused.code == 2
    assert "There is no column 'ulr'. Did you mean url?" in refused.stderr
    assert not Path("links.csv.progress").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("missing.csv",), "missing.csv cannot be read"),
        (("empty.csv",), "The file is empty"),
        (("twice.csv",), "The column url is there twice"),
        (("good.csv", "--resume"), "this file was not interrupted"),
        (("good.csv", "--format", "xml"), "--format is csv or jsonl"),
        (("-", "--resume"), "stdin cannot be resumed"),
        (("good.csv", "--errors", "no/such/folder.csv"), "cannot be written"),
    ],
)
def test_wrong_usage(waypost: Command, arguments: tuple[str, ...], says: str) -> None:
    """Says what to do."""
    Path("empty.csv").write_text("")
    Path("twice.csv").write_text("url,url\n")
    Path("good.csv").write_text("url\nhttps://example.com/\n")
    refused = waypost("bulk", *arguments, stdin=b"url\n")
    assert refused.code == 2
    assert says in refused.stderr
    assert not Path("good.csv.progress").exists()


def test_a_file_that_changed_is_not_resumed(waypost: Command) -> None:
    """Its rows would not be those that were sent."""
    Path("links.csv").write_text("url\nhttps://example.com/\n")
    Path("links.csv.progress").write_text('{"run": "a", "bytes": 7, "rows": 1}')
    refused = waypost("bulk", "links.csv", "--resume")
    assert refused.code == 2
    assert "The file has changed since" in refused.stderr
