"""What a person sees who starts a server in a terminal."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cluster.servers.ports import free_port


@pytest.mark.slow
def test_a_start_shows_the_address(tmp_path: Path) -> None:
    """Where to look is a line of its own, besides the log."""
    ours, theirs = pty.openpty()
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "waypost", "serve"],
        cwd=tmp_path,
        env={
            **os.environ,
            "PORT": str(port),
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
        },
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    shown = b""
    try:
        while b"stops it" not in shown:
            shown += os.read(ours, 1_000)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
        os.close(ours)
    assert f"Waypost is at http://localhost:{port}/ (Ctrl-C stops it)" in shown.decode()
