"""Every operation of the HTTP API has a command, which the reference names."""

import json
import shlex
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from scripts.reference.api import openapi_document
from scripts.reference.operations import COMMANDS, WITHOUT_COMMAND

from tests.integration.cli.conftest import Command
from tests.integration.cli.described_server import DescribedServer, Refusal
from waypost.api.documents.openapi import Document

REFUSED: Final = {
    # It is made where it cannot be changed.
    "say_of_tag": {"change_tag": Refusal(404, "tag-not-found")},
    # Otherwise it would wait for more.
    "report_live": {"report_live": Refusal(409, "feature-off")},
}


@pytest.fixture(scope="module")
def document() -> Document:
    """What the API says of itself."""
    return openapi_document()


@pytest.fixture(scope="module")
def server(document: Document) -> Iterator[DescribedServer]:
    """A server of the document."""
    with DescribedServer(document) as server:
        yield server


def test_every_operation_has_a_command(document: Document) -> None:
    """A new operation needs a command, or a reason why only programs ask for it."""
    operations = [
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
    ]
    assert sorted(operations) == sorted([*COMMANDS, *WITHOUT_COMMAND])


@pytest.mark.parametrize("operation", COMMANDS)
def test_the_command_reaches_the_operation(
    waypost: Command, server: DescribedServer, operation: str
) -> None:
    """It asks for just this, and shows the documented answer to people and programs."""
    Path("links.csv").write_text("url\nhttps://example.com/\n")
    server.refused = refused = REFUSED.get(operation, {})
    server.asked.clear()
    words = shlex.split(COMMANDS[operation].replace("URL", server.url))[1:]
    call = partial(waypost, WAYPOST_SERVER=server.url, WAYPOST_KEY="wp_of_the_test")
    shown = call(*words)
    assert operation in server.asked, shown
    as_json = call(*words, "--json")
    if operation in refused:
        assert json.loads(as_json.stderr)["code"] == refused[operation].code
        return
    assert (shown.code, as_json.code) == (0, 0), shown + as_json
    assert shown.stdout.strip()
    assert [json.loads(line) for line in as_json.stdout.splitlines()]
