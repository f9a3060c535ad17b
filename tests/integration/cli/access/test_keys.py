"""Logging in to a server, and managing its keys."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.process import WaypostProcess
from tests.integration.cli.conftest import Command
from waypost.cli.exits import ExitCode
from waypost.domain.access.key_text import is_key_text

TOKEN = "the admin token of this test"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WaypostProcess]:
    """A running server that makes no link without a key."""
    settings = {"ADMIN_TOKEN": TOKEN, "PUBLIC_CREATION": "false", "REPORTS": "false"}
    data_dir = tmp_path_factory.mktemp("keys") / "data"
    with WaypostProcess(data_dir, settings=settings) as server:
        yield server


@pytest.fixture
def call(waypost: Command, guarded: WaypostProcess) -> Command:
    """The command line for that server, without any key."""
    return partial(waypost, WAYPOST_SERVER=guarded.url)


def made(call: Command, *arguments: str) -> dict[str, object]:
    """Return the key that `keys create` makes for an admin."""
    outcome = call("keys", "create", *arguments, "--json", ADMIN_TOKEN=TOKEN)
    assert (outcome.code, outcome.stderr) == (ExitCode.OK, "")
    key: dict[str, object] = json.loads(outcome.stdout)
    assert is_key_text(str(key["key"]))
    return key


def test_a_login_is_used_by_other_commands(
    call: Command, guarded: WaypostProcess
) -> None:
    """From login to logout, commands send the key; it is never printed."""
    key = made(call, "shop", "--scope", "links:write")
    secret = str(key["key"])
    shorten = ("shorten", "https://example.com/", "--code", "withkey")
    refused = call(*shorten)
    assert refused.code == ExitCode.REFUSED
    assert "waypost login" in refused.stderr

    login = call("login", guarded.url, stdin=f"{secret}\n".encode())
    assert login.stdout == f"Logged in to {guarded.url} as 'shop': links:write.\n"
    assert call(*shorten).code == ExitCode.OK
    assert call("disable", "withkey").code == ExitCode.OK
    report = call("report")
    assert "reports:read" in report.stderr
    assert secret not in f"{login.stdout}{login.stderr}{report.stderr}"

    assert call("logout").code == ExitCode.OK
    again = call("enable", "withkey")
    assert (again.code, call("logout").code) == (ExitCode.USAGE, ExitCode.REFUSED)
    assert "waypost login" in again.stderr


def test_which_key_is_sent(call: Command, guarded: WaypostProcess) -> None:
    """`WAYPOST_KEY` goes before the login, and the login before `ADMIN_TOKEN`."""
    reader = str(made(call, "--scope", "links:read")["key"])
    assert call("login", stdin=reader.encode()).code == ExitCode.OK
    by_login = call("keys", "list", ADMIN_TOKEN=TOKEN)
    assert "lacks the scope admin" in by_login.stderr
    assert call("keys", "list", WAYPOST_KEY=TOKEN).code == ExitCode.OK
    call("logout")
    assert call("keys", "list", ADMIN_TOKEN=TOKEN).code == ExitCode.OK


@pytest.mark.parametrize(
    ("stdin", "code", "says"),
    [
        (b"", ExitCode.USAGE, "begins with wp_"),
        ("é".encode(), ExitCode.USAGE, "begins with wp_"),
        (b"wp_mistyped\n", ExitCode.REFUSED, "mistyped"),
    ],
)
def test_a_key_that_does_not_work_is_not_kept(
    call: Command, stdin: bytes, code: ExitCode, says: str
) -> None:
    """The server is asked first."""
    outcome = call("login", stdin=stdin)
    assert outcome.code == code
    assert says in outcome.stderr
    assert call("logout").code == ExitCode.REFUSED


def test_keys_live_on_the_command_line(call: Command) -> None:
    """Made, listed, rotated with an overlap, and revoked."""
    admin = partial(call, ADMIN_TOKEN=TOKEN)
    key = made(call, "form", "--scope", "links:create", "--expires", "+365d")
    listed = admin("keys", "list", "--state", "active").stdout
    assert str(key["id"]) in listed
    assert "links:create" in listed
    assert str(key["key"]) not in listed
    assert max(map(len, listed.splitlines())) <= 80
    rotated = admin("keys", "rotate", str(key["id"]), "--overlap", "+24h")
    assert is_key_text(rotated.stdout.strip())
    assert "only now" in rotated.stderr
    for secret in (str(key["key"]), rotated.stdout.strip()):
        assert call("shorten", "https://example.com/", WAYPOST_KEY=secret).code == 0
    assert admin("keys", "revoke", str(key["id"])).code == ExitCode.OK
    after = call("shorten", "https://example.com/", WAYPOST_KEY=rotated.stdout.strip())
    assert "revoked at" in after.stderr
    (line,) = [
        json.loads(line)
        for line in admin("keys", "list", "--json").stdout.splitlines()
        if json.loads(line)["id"] == key["id"]
    ]
    assert (line["state"], line["key"]) == ("revoked", None)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("create", "x"), "--scope"),
        (("create", "x", "--admin", "--scope", "admin"), "leave --scope out"),
        (("create", "x", "--scope", "admin", "--login"), "with --admin only"),
        (("create", "x", "--scope", "links:delete"), "links:read"),
        (("revoke", "unknown"), "key-not-found"),
        (("list", "--state", "gone"), "active"),
    ],
)
def test_wrong_use_is_explained(
    call: Command, arguments: tuple[str, ...], says: str
) -> None:
    """Every refusal says what to do."""
    outcome = call("keys", *arguments, ADMIN_TOKEN=TOKEN)
    assert outcome.code in {ExitCode.USAGE, ExitCode.REFUSED}
    assert says in outcome.stderr


def test_an_admin_key_without_a_server(
    waypost: Command, database: Path, tmp_path: Path
) -> None:
    """It is made in the database of this machine, and the login goes with it."""
    outcome = waypost("keys", "create", "--admin", "--login")
    secret = outcome.stdout.strip()
    assert is_key_text(secret)
    logins = tmp_path / "config" / "waypost" / "logins.json"
    assert json.loads(logins.read_text()) == {"http://127.0.0.1:8000": secret}
    port = {"HOST": "127.0.0.1", "PUBLIC_CREATION": "false", "REPORTS": "false"}
    with WaypostProcess(database.parent, settings=port) as server:
        keys = waypost("keys", "list", "--json", WAYPOST_SERVER=server.url)
        assert keys.code == ExitCode.USAGE
        listed = waypost(
            "keys", "list", "--json", WAYPOST_SERVER=server.url, WAYPOST_KEY=secret
        )
        assert json.loads(listed.stdout)["name"] == "admin"
        second = waypost("keys", "create", "second", "--admin").stdout.strip()
        running = waypost("keys", "list", WAYPOST_SERVER=server.url, WAYPOST_KEY=second)
        assert running.code == ExitCode.OK


def test_no_database_yet(waypost: Command) -> None:
    """The refusal says how to make one, and none is made."""
    outcome = waypost("keys", "create", "--admin")
    assert outcome.code == ExitCode.REFUSED
    assert "waypost serve" in outcome.stderr
