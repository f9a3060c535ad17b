"""A server of reports, and the command line with its token."""

import subprocess
import sys
from collections.abc import Iterator
from functools import partial

import pytest

from tests.integration.cli.conftest import Command
from tests.integration.cli.reports import serving
from tests.integration.cli.reports.serving import TOKEN


@pytest.fixture(scope="module")
def reporting() -> Iterator[str]:
    """The address of a server with reports."""
    program = [sys.executable, "-m", serving.__name__]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        server.terminate()


@pytest.fixture
def reports(waypost: Command, reporting: str) -> Command:
    """The command line with the token of that server."""
    return partial(waypost, WAYPOST_SERVER=reporting, ADMIN_TOKEN=TOKEN)
