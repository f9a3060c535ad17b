"""The first start at a terminal makes a key; a service makes none."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cluster.servers.ports import free_port

from tests.e2e.process import WaypostProcess

KEY = re.compile(r"wp_[0-9A-Za-z]{38}")


@contextmanager
def at_terminal(folder: Path, port: int, **settings: str) -> Iterator[tuple[int, Path]]:
    """Run `waypost serve` with a terminal as its stdout; yield that, and its log."""
    master, terminal = pty.openpty()
    log = folder / "log"
    environment = {
        **os.environ,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "DATA_DIR": str(folder / "data"),
        "LOGINS_FILE": str(folder / "logins.json"),
        "REPORTS": "false",
        "LOG_FORMAT": "json",
        **settings,
    }
    with log.open("ab") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "waypost", "serve"],
            env=environment,
            stdout=terminal,
            stderr=stderr,
        )
    os.close(terminal)
    try:
        yield master, log
    finally:
        process.terminate()
        process.wait(120)
        os.close(master)


def shown(terminal: int, last: str) -> str:
    """Return what is printed, up to a line with *last*."""
    text = ""
    with suppress(OSError):
        while last not in text:
            text += os.read(terminal, 4096).decode()
    assert last in text
    return text.replace("\r\n", "\n")


def command(folder: Path, port: int, *words: str) -> str:
    """Return what a command of the same user prints."""
    done = subprocess.run(
        [sys.executable, "-m", "waypost", *words],
        env={
            **os.environ,
            "PORT": str(port),
            "LOGINS_FILE": str(folder / "logins.json"),
        },
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_the_first_start_shows_a_key_once(tmp_path: Path) -> None:
    """It permits everything, commands use it by themselves, and no log has it."""
    port = free_port()
    with at_terminal(tmp_path, port) as (terminal, log):
        text = shown(terminal, "keys create")
        (key,) = KEY.findall(text)
        assert "Waypost is at" in text
        assert str(tmp_path / "logins.json") in text
        listed = json.loads(command(tmp_path, port, "keys", "list", "--json"))
        assert (listed["name"], listed["scopes"]) == ("first admin", ["admin"])
        assert KEY.search(command(tmp_path, port, "keys", "list")) is None
    with at_terminal(tmp_path, port) as (terminal, log):
        again = shown(terminal, "Ctrl-C stops it")
        command(tmp_path, port, "keys", "list")
        assert KEY.search(again) is None
    assert key not in log.read_text()
    assert '"server.ready"' in log.read_text()
    for path in (tmp_path / "data").rglob("*"):
        assert not path.is_file() or key.encode() not in path.read_bytes()


def test_a_server_with_a_token_makes_no_key(tmp_path: Path) -> None:
    """There is a way in already."""
    settings = {"ADMIN_TOKEN": "the admin token of this test"}
    with at_terminal(tmp_path, free_port(), **settings) as (terminal, _):
        assert KEY.search(shown(terminal, "Ctrl-C stops it")) is None
    assert not (tmp_path / "logins.json").exists()


@pytest.mark.parametrize("is_public", [True, False])
def test_a_reachable_server_says_what_that_means(
    tmp_path: Path, *, is_public: bool
) -> None:
    """To a person at a terminal, and in the log."""
    settings = {"HOST": "0.0.0.0"} | ({"PUBLIC_CREATION": "true"} if is_public else {})
    with at_terminal(tmp_path, free_port(), **settings) as (terminal, log):
        text = shown(terminal, "keys create")
    assert "no TLS" in text
    assert ("PUBLIC_CREATION=false" if is_public else "PUBLIC_CREATION=true") in text
    events = [json.loads(line) for line in log.read_text().splitlines()]
    (reachable,) = [one for one in events if one["event"] == "server.reachable"]
    assert reachable["links_without_key"] is is_public


def test_a_service_makes_no_key(tmp_path: Path) -> None:
    """Without a terminal none would see it: it is made by a command, when wanted."""
    settings = {
        "LOGINS_FILE": str(tmp_path / "logins.json"),
        "BASE_URL": "https://go.example.com",
        "REPORTS": "false",
    }
    with WaypostProcess(tmp_path / "data", settings=settings) as server:
        status, headers, body = server.request("/api/shorten", body={"url": "x"})
        assert (status, json.loads(body)["code"]) == (401, "not-authenticated")
        assert headers["www-authenticate"] == 'Bearer realm="waypost"'
        made = command(
            tmp_path,
            server.port,
            *("keys", "create", "--admin", "--data-dir", str(server.data_dir)),
        )
        status, _, body = server.request(
            "/api/shorten",
            body={"url": "https://example.com/"},
            headers={"X-API-Key": made.strip()},
        )
        assert status == 201, body
    assert not (tmp_path / "logins.json").exists()
    assert KEY.search(server.log.read_text()) is None
