"""`waypost shorten` and `waypost stats` against a running server, and without one."""

import json
import socket
from pathlib import Path

import httpx
import pytest
from cluster.servers.ports import free_port

from tests.e2e.process import WaypostProcess
from tests.integration.cli.conftest import Command, Stranger
from waypost.cli.exits import ExitCode


def test_shorten_prints_just_the_short_url(
    waypost: Command, server: WaypostProcess
) -> None:
    """What is printed can be piped, and leads to the target."""
    outcome = waypost("shorten", "https://example.com/a", PORT=str(server.port))
    code = outcome.stdout.strip().rpartition("/")[2]

    assert (0, f"http://localhost:{server.port}/{code}\n", "") == outcome
    assert server.request(f"/{code}")[1]["location"] == "https://example.com/a"


def test_shorten_as_json(waypost: Command, server: WaypostProcess) -> None:
    """Programs get the whole answer in one line."""
    outcome = waypost(
        "shorten", "https://example.com/b", "--json", "--server", server.url
    )

    assert outcome.stdout.count("\n") == 1
    link = json.loads(outcome.stdout)
    assert (link["original_url"], link["clicks"]) == ("https://example.com/b", 0)


def test_shorten_with_a_code(waypost: Command, server: WaypostProcess) -> None:
    """The chosen code is used once; then it is refused with its reason."""
    call = ("shorten", "https://example.com/c", "--code", "chosen1")
    first = waypost(*call, WAYPOST_SERVER=server.url)
    second = waypost(*call, WAYPOST_SERVER=server.url)

    assert (0, f"http://localhost:{server.port}/chosen1\n", "") == first
    assert (second.code, second.stdout) == (ExitCode.REFUSED, "")
    assert second.stderr == (
        "waypost: This code already belongs to another link. "
        "Choose a different one. (code-taken)\n"
    )


def test_shorten_many(waypost: Command, server: WaypostProcess) -> None:
    """Of many URLs the valid ones are shortened; the others are reported by line."""
    lines = b"https://example.com/1\n\nnonsense\n\xff\nhttps://example.com/2"
    outcome = waypost("shorten", "-", stdin=lines, WAYPOST_SERVER=server.url)

    assert outcome.code == ExitCode.REFUSED
    assert len(outcome.stdout.splitlines()) == 2
    assert [line.split(": ")[1] for line in outcome.stderr.splitlines()] == [
        "line 3",
        "line 4",
    ]
    assert waypost(
        "shorten", "-", stdin=b"https://example.com/3\n", WAYPOST_SERVER=server.url
    ).code == (ExitCode.OK)


def test_stats(waypost: Command, server: WaypostProcess) -> None:
    """Clicks are shown for a code and for the whole short URL, however it is said."""
    code = server.shorten("https://example.com/stats", "stats1")
    server.request(f"/{code}")
    port = str(server.port)
    output = waypost("stats", code, PORT=port).stdout
    by_public_name = waypost(
        "stats", f"http://localhost:{port}/{code}", "--json", PORT=port
    )
    by_address = waypost("stats", f"{server.url}/{code}", "--json")

    assert "leads to   https://example.com/stats\n" in output
    assert "clicks     1\n" in output
    assert json.loads(by_public_name.stdout)["clicks"] == 1
    assert by_public_name == by_address


def test_stats_of_an_unknown_code(waypost: Command, server: WaypostProcess) -> None:
    """There is no such link: the API's own words, and exit code 1."""
    outcome = waypost("stats", "unknown1", "--server", server.url)

    assert outcome == (
        ExitCode.REFUSED,
        "",
        "waypost: No link has this code. (link-not-found)\n",
    )


@pytest.mark.parametrize("words", [["shorten", "-"], ["stats", "abc"]])
def test_no_server_answers(waypost: Command, words: list[str]) -> None:
    """Without a server one sentence says what to do, and the exit code is 3."""
    address = f"http://127.0.0.1:{free_port()}"
    outcome = waypost(*words, "--server", address, stdin=b"https://a.example\n")

    assert (
        ExitCode.UNREACHABLE,
        "",
        f"waypost: Nothing answers at {address} (Connection refused): start it with "
        "`waypost serve`, or name its address with --server.\n",
    ) == outcome


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"<html>"), (200, b"{}"), (200, b"\xff"), (404, b"no"), (301, b"")],
)
def test_another_program_answers(
    waypost: Command, stranger: Stranger, status: int, body: bytes
) -> None:
    """Another program on the port is recognised by any answer."""
    outcome = waypost(
        "shorten", "https://a.example", "--server", stranger(status, body)
    )

    assert outcome.code == ExitCode.UNREACHABLE
    assert f"is not Waypost (it said {status} " in outcome.stderr


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_proxy_answers_alone(
    waypost: Command, stranger: Stranger, status: int
) -> None:
    """A proxy without a server behind it is not taken for another program."""
    outcome = waypost(
        "stats", "abc", "--json", "--server", stranger(status, b"<html>Bad Gateway")
    )

    assert (outcome.code, outcome.stdout) == (ExitCode.UNREACHABLE, "")
    error = json.loads(outcome.stderr)
    assert "a proxy that does not reach Waypost" in error["error"]
    assert (error["code"], error["exit_code"]) == (None, ExitCode.UNREACHABLE)


def test_the_key_of_the_environment_is_named(
    waypost: Command, stranger: Stranger
) -> None:
    """A login would not help where `WAYPOST_KEY` goes before it."""
    problem = b'{"detail": "It has expired.", "code": "key-inactive"}'
    outcome = waypost(
        "list", "--server", stranger(401, problem), WAYPOST_KEY="wp_of_the_test"
    )

    assert outcome.code == ExitCode.REFUSED
    assert "It is the key in WAYPOST_KEY: set another one, or unset it." in (
        outcome.stderr
    )


def test_the_server_hangs(waypost: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes connections only is waited for no longer than it should."""
    monkeypatch.setattr(
        "waypost.cli.calls.connection._TIMEOUT", httpx.Timeout(0.1, connect=60)
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        outcome = waypost("shorten", "https://a.example", "--server", address)

    assert (outcome.code, outcome.stdout) == (ExitCode.UNREACHABLE, "")
    assert "does not answer: it is busy or hangs." in outcome.stderr
    assert "Whether it was done is not known" in outcome.stderr


def test_the_server_breaks_off(waypost: Command, stranger: Stranger) -> None:
    """An answer that is not HTTP is reported, too."""
    address = stranger(99, b"")  # no such status: h11 refuses it
    outcome = waypost("stats", "abc", "--server", address)

    assert outcome.code == ExitCode.UNREACHABLE
    assert outcome.stderr.startswith(f"waypost: {address} does not answer as it should")


@pytest.mark.parametrize("address", ["localhost:8000", "ftp://x", "http://[::1", ""])
def test_the_address_must_be_a_url(waypost: Command, address: str) -> None:
    """An address that cannot be one is refused before anything is sent."""
    outcome = waypost("stats", "abc", "--server", address or "http://")

    assert outcome.code == ExitCode.USAGE
    assert "is not the URL of a server" in outcome.stderr


def test_proxies_are_left_out_on_this_machine(
    waypost: Command, server: WaypostProcess
) -> None:
    """A proxy of the environment would ask its own loopback, not ours."""
    nowhere = f"http://127.0.0.1:{free_port()}"
    outcome = waypost("doctor", "--server", server.url, http_proxy=nowhere)

    assert f"server: {server.url} is healthy." in outcome.stdout


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"PORT=eighty\n", "PORT is wrong: "),
        (b"PORT=\xff\n", "The file .env is not text in UTF-8."),
    ],
)
def test_wrong_settings(
    waypost: Command, tmp_path: Path, content: bytes, complaint: str
) -> None:
    """A wrong value, also one in .env, is reported by name and exits with 2."""
    (tmp_path / ".env").write_bytes(content)
    outcome = waypost("shorten", "https://a.example")

    assert (outcome.code, outcome.stdout) == (ExitCode.USAGE, "")
    assert outcome.stderr.startswith(f"waypost: {complaint}")


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ("prod", "The file .env.prod is not text in UTF-8."),
        ("../prod", "ENVIRONMENT is wrong: it must consist of letters, digits, "),
    ],
)
def test_wrong_environments(
    waypost: Command, tmp_path: Path, environment: str, complaint: str
) -> None:
    """A faulty file that `ENVIRONMENT` names is reported by name; a path is refused."""
    (tmp_path / ".env.prod").write_bytes(b"PORT=\xff\n")
    outcome = waypost("shorten", "https://a.example", ENVIRONMENT=environment)

    assert (outcome.code, outcome.stdout) == (ExitCode.USAGE, "")
    assert outcome.stderr.startswith(f"waypost: {complaint}")
