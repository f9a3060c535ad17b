"""The command line as a process: pipes, signals, and starts that fail."""

import os
import signal
import socket
import subprocess
import sys

import pytest
from cluster.servers.ports import free_port

from tests.e2e.process import WaypostProcess
from tests.integration.cli.conftest import Command
from waypost.cli.exits import ExitCode

WAYPOST = [sys.executable, "-m", "waypost"]


@pytest.mark.slow
def test_the_first_minute(waypost_process: Command, server: WaypostProcess) -> None:
    """Shorten, list and look: each command works as a process of its own."""
    port, folder = str(server.port), str(server.data_dir)
    short = waypost_process("shorten", "https://example.com/minute", PORT=port)
    code = short.stdout.strip().rpartition("/")[2]

    assert short == (0, f"http://localhost:{server.port}/{code}\n", "")
    assert f"{code}  0 " in waypost_process("links", DATA_DIR=folder).stdout
    assert "clicks     0\n" in waypost_process("stats", short.stdout.strip()).stdout


def test_a_closed_pipe_is_quiet(clean: None) -> None:
    """`waypost … | head` leaves no traceback behind."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        ended = subprocess.run(
            [*WAYPOST, "--help"],
            stdout=closed,
            stderr=subprocess.PIPE,
            timeout=300,
            check=False,
        )

    assert ended.stderr == b""


@pytest.mark.slow
def test_characters_that_a_terminal_lacks(
    waypost_process: Command, server: WaypostProcess
) -> None:
    """A terminal without the character for "cut off" gets a question mark."""
    server.shorten("https://example.com/" + "x" * 100)
    outcome = waypost_process(
        *("links", "--limit", "1", "--data-dir", str(server.data_dir)),
        PYTHONIOENCODING="latin-1",
    )

    assert (outcome.code, outcome.stderr) == (ExitCode.OK, "")
    assert outcome.stdout.endswith("xxx?\n")


@pytest.mark.slow
def test_bytes_that_are_no_text(server: WaypostProcess, clean: None) -> None:
    """An argument that is not UTF-8 is refused before anything is sent."""
    ended = subprocess.run(
        [*WAYPOST, "shorten", b"https://example.com/\xff", "--server", server.url],
        capture_output=True,
        timeout=300,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (ExitCode.USAGE, b"")
    assert ended.stderr == b"waypost: This is not text in UTF-8.\n"


@pytest.mark.slow
def test_ctrl_c(clean: None) -> None:
    """Ctrl-C ends a command that waits for a server, quietly, with 130."""
    # Where tests run in the background, processes begin with the signal ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with subprocess.Popen(
            [*WAYPOST, "stats", "abc", "--server", address],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            connection, _ = silent.accept()
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=300)
            connection.close()

    assert (process.returncode, stdout, stderr) == (ExitCode.INTERRUPTED, b"", b"")


@pytest.mark.slow
def test_the_port_is_taken(waypost_process: Command, server: WaypostProcess) -> None:
    """A second server on the port says so, and what to do."""
    outcome = waypost_process("serve", "--port", str(server.port))

    assert (outcome.code, outcome.stdout) == (ExitCode.REFUSED, "")
    assert outcome.stderr == (
        f"waypost: Port {server.port} of 127.0.0.1 is in use by another program. "
        "Stop it, or set PORT to a free one.\n"
    )


@pytest.mark.slow
def test_the_folder_is_taken(waypost_process: Command, server: WaypostProcess) -> None:
    """A second server on a data folder is kept off it."""
    outcome = waypost_process(
        *("serve", "--port", str(free_port()), "--data-dir", str(server.data_dir))
    )

    assert outcome.code == ExitCode.REFUSED
    assert str(server.data_dir) in outcome.stderr
    assert f"is in use by process {server.pid}." in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert server.request("/health")[0] == 200
