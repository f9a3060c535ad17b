"""`waypost doctor`: it finds what is wrong, says how to mend it, changes nothing."""

import json
import socket
import sqlite3
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from cluster.servers.ports import free_port

from tests.e2e.process import WaypostProcess
from tests.integration.cli.conftest import Command, Stranger
from waypost.cli.exits import ExitCode
from waypost.config import Settings
from waypost.domain.clicks import LANES
from waypost.wire.journal_record import encode_header


def checks_of(outcome: tuple[int, str, str]) -> dict[str, dict[str, str]]:
    """Return the checks of a diagnosis in JSON by their names."""
    return {check["name"]: check for check in json.loads(outcome[1])["checks"]}


def test_a_healthy_server(waypost: Command, server: WaypostProcess) -> None:
    """Where everything works, every check is ok and the exit code 0."""
    outcome = waypost(
        "doctor", "--json", PORT=str(server.port), DATA_DIR=str(server.data_dir)
    )

    assert outcome.code == ExitCode.OK
    assert {check["status"] for check in checks_of(outcome).values()} == {"ok"}


def test_nothing_is_there_yet(waypost: Command, tmp_path: Path) -> None:
    """Before the first start there are notes but no problems, and nothing is made."""
    outcome = waypost("doctor", "--json", PORT=str(free_port()))
    statuses = {name: check["status"] for name, check in checks_of(outcome).items()}

    assert outcome.code == ExitCode.OK
    assert statuses == {
        "versions": "ok",
        "data folder": "ok",
        "database": "note",
        "journal": "note",
        "ids": "note",
        "places": "ok",
        "base URL": "ok",
        "server": "note",
    }
    assert list(tmp_path.iterdir()) == []


def test_where_values_come_from(waypost: Command, tmp_path: Path) -> None:
    """Each setting is shown with its source; secrets are masked everywhere."""
    (tmp_path / ".env").write_text("LOG_LEVEL=error\nCODE_KEY=sixteen-characters\n")
    (tmp_path / ".env.prod").write_text("KEEP_ALIVE_SECONDS=9\n")
    outcome = waypost(
        *("doctor", "--json", "--data-dir", "here"),
        HOST="127.0.0.2",
        ENVIRONMENT="prod",
    )
    settings = {one["name"]: one for one in json.loads(outcome.stdout)["settings"]}

    assert settings.keys() == Settings.model_fields.keys()
    assert (settings["LOG_LEVEL"]["value"], settings["LOG_LEVEL"]["source"]) == (
        "ERROR",
        ".env",
    )
    assert settings["KEEP_ALIVE_SECONDS"]["source"] == ".env.prod"
    assert settings["HOST"]["source"] == "environment"
    assert settings["DATA_DIR"] == {
        "name": "DATA_DIR",
        "value": "here",
        "source": "option",
    }
    assert (settings["PORT"]["value"], settings["PORT"]["source"]) == (
        "8000",
        "default",
    )
    assert settings["CODE_KEY"]["value"] == "********"
    assert settings["ALLOWED_SCHEMES"]["value"] == "http,https"


def test_output_for_a_person(waypost: Command) -> None:
    """The text has the same settings and checks, with the remedies."""
    port = str(free_port())
    output = waypost("doctor", HOST="0.0.0.0", PORT=port).stdout
    everything = waypost("doctor", "--all", HOST="0.0.0.0", PORT=port).stdout

    assert output.startswith("1 warning: see below.\n\nChecks\n  warning  base URL: ")
    assert "  environment  HOST=0.0.0.0\n" in output
    assert "LOG_LEVEL" not in output
    assert "  default      LOG_LEVEL=INFO\n" in everything
    assert "  ok       versions: Waypost " in output
    assert "  warning  base URL: The server listens on 0.0.0.0, but " in output
    assert (
        "\n           Set BASE_URL to the URL at which visitors reach this server.\n"
        in output
    )


@pytest.mark.parametrize(("columns", "width"), [("", 80), ("60", 60)])
def test_lines_fit_the_terminal(waypost: Command, columns: str, width: int) -> None:
    """What is longer goes on below its beginning; without a terminal, after 80."""
    outcome = waypost(
        "doctor", "--all", COLUMNS=columns, PORT=str(free_port()), DATA_DIR="d" * 8
    )
    lines = outcome.stdout.splitlines()
    long = [line for line in lines if len(line) > width]

    assert not [line for line in long if len(line.split()) > 2]
    assert "\n  note     server: Nothing answers at " in outcome.stdout
    assert "\n           " in outcome.stdout.split("server: Nothing answers")[1]


def test_wrong_settings(waypost: Command) -> None:
    """A wrong setting is a problem found, in JSON as well."""
    outcome = waypost("doctor", "--json", PORT="eighty")

    assert outcome.code == ExitCode.REFUSED
    assert checks_of(outcome)["settings"]["finding"].startswith("PORT is wrong: ")
    output = waypost("doctor", PORT="eighty").stdout
    assert output.startswith("1 problem: see below.\n\nChecks\n")
    assert "Settings" not in output


def test_a_folder_that_is_a_file(waypost: Command, tmp_path: Path) -> None:
    """A data folder that cannot be written is a problem."""
    (tmp_path / "file").touch()
    outcome = waypost("doctor", "--json", "--data-dir", "file")

    assert outcome.code == ExitCode.REFUSED
    assert checks_of(outcome)["data folder"]["status"] == "problem"


@pytest.mark.parametrize(
    ("free", "status"), [(1_000_000_000, "warning"), (1_000_000, "problem")]
)
def test_little_room(
    waypost: Command, monkeypatch: pytest.MonkeyPatch, free: int, status: str
) -> None:
    """Less room than the journal may take is a warning, hardly any is a problem."""
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free))
    outcome = waypost("doctor", "--json", PORT=str(free_port()))

    assert checks_of(outcome)["data folder"]["status"] == status


def test_memory_is_reported(waypost: Command) -> None:
    """Links in memory cause a warning that they end with the server."""
    check = checks_of(waypost("doctor", "--json", DATABASE_URL="memory://"))["database"]

    assert check["status"] == "warning"
    assert check["remedy"]


def test_a_database_that_refuses(waypost: Command, database: Path) -> None:
    """A database of a newer release is a problem; the journal is looked at anyway."""
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    (database.parent / "journal").mkdir()
    (database.parent / "journal" / f"{1:020d}-{'0' * 32}.seg").write_bytes(b"")
    checks = checks_of(waypost("doctor", "--json", PORT=str(free_port())))

    assert checks["database"]["status"] == "problem"
    assert "an unknown number of clicks not counted yet" in checks["journal"]["finding"]


def test_an_old_schema(waypost: Command, database: Path) -> None:
    """A schema behind this release is a note: the next start upgrades it."""
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    connection.close()
    check = checks_of(waypost("doctor", "--json", PORT=str(free_port())))["database"]

    assert check["status"] == "note"
    assert "waypost migrate" in check["remedy"]


def test_a_journal_that_is_damaged(waypost: Command, database: Path) -> None:
    """Damage is a warning; a folder without segments is of a start that failed."""
    folder = database.parent / "journal"
    folder.mkdir()
    none = checks_of(waypost("doctor", "--json", PORT=str(free_port())))["journal"]
    (folder / "id").write_text("0" * 32)
    (folder / f"{1:020d}.seg").write_bytes(b"x" * 1_000)
    damaged = checks_of(waypost("doctor", "--json", PORT=str(free_port())))["journal"]

    assert (none["status"], damaged["status"]) == ("note", "warning")
    assert "`waypost journal verify`" in damaged["remedy"]


def test_a_journal_that_takes_no_clicks(waypost: Command, database: Path) -> None:
    """What keeps a server from starting, or clicks from being kept, is a problem."""
    folder = database.parent / "journal"
    folder.mkdir()
    header = encode_header(journal="0" * 32, number=1, last=[0] * LANES)
    (folder / f"{1:020d}-{'0' * 32}.seg").write_bytes(header + bytes(1_000_000))
    port = str(free_port())
    checks = checks_of(
        waypost("doctor", "--json", PORT=port, JOURNAL_MAX_MEGABYTES="1")
    )
    full, reader = checks["journal"], checks["reader counts"]
    (folder / f"{2:020d}-{'0' * 32}.seg").mkdir()
    strange = checks_of(waypost("doctor", "--json", PORT=port))["journal"]

    assert (full["status"], strange["status"]) == ("problem", "problem")
    assert "JOURNAL_MAX_MEGABYTES is reached" in full["finding"]
    assert reader["status"] == "warning"
    assert reader["finding"].startswith("It has 1,000,000 bytes of clicks to read.")
    assert f"{2:020d}-{'0' * 32}.seg" in strange["finding"]
    assert "`waypost journal replay --from FOLDER`" in strange["remedy"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"status":"healthy","database":"healthy","cache":"healthy"}', "ok"),
        (
            b'{"status":"healthy","database":"healthy","cache":"healthy",'
            b'"readers":"unhealthy"}',
            "warning",
        ),
        (b'{"status":"unhealthy","database":"unhealthy","cache":"healthy"}', "problem"),
        (b"<html>", "problem"),
    ],
)
def test_what_answers(
    waypost: Command, stranger: Stranger, body: bytes, status: str
) -> None:
    """A server that is ill is a problem, and so is another program on its port."""
    outcome = waypost("doctor", "--json", "--server", stranger(503, body))

    assert checks_of(outcome)["server"]["status"] == status


@contextmanager
def taken_port(*, hangs_up: bool) -> Iterator[str]:
    """A port of a program that speaks no HTTP: it hangs up, or never accepts."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if hangs_up:
            taken.listen()
            threading.Thread(target=hang_up, args=[taken], daemon=True).start()
        yield str(taken.getsockname()[1])
        if hangs_up:
            taken.shutdown(socket.SHUT_RDWR)


def hang_up(listener: socket.socket) -> None:
    """Reset each connection."""
    with suppress(OSError):  # the test is over
        while True:
            connection, _ = listener.accept()
            connection.recv(1_000)
            option = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
            connection.close()


@pytest.mark.parametrize("hangs_up", [True, False])
def test_a_port_of_another_program(waypost: Command, *, hangs_up: bool) -> None:
    """A server cannot start there: a problem, with any protocol of that program."""
    with taken_port(hangs_up=hangs_up) as port:
        outcome = waypost("doctor", "--json", PORT=port)

    assert outcome.code == ExitCode.REFUSED
    check = checks_of(outcome)["server"]
    assert check["status"] == "problem"
    assert ".." not in check["finding"]
    assert "another PORT" in check["remedy"] or "set PORT to a" in check["finding"]


def test_tls_that_is_none(waypost: Command, stranger: Stranger) -> None:
    """A server without TLS at an address that begins with https is recognised."""
    address = stranger(200, b"").replace("http:", "https:")
    output = waypost("stats", "abc", "--server", address).stderr

    assert f"{address} does not speak TLS as it should" in output
    assert "begin its address with http://." in output
    assert "[SSL" not in output


def test_an_address_that_is_none(waypost: Command) -> None:
    """An unusable --server is found like everything else."""
    outcome = waypost("doctor", "--json", "--server", "somewhere")

    assert (
        checks_of(outcome)["server"]["remedy"]
        == "Give --server the address of a server."
    )
