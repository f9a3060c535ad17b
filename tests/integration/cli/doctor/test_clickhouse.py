"""`waypost doctor` on ClickHouse."""

import pytest

from tests.clickhouse.server import ClickHouseServer
from tests.integration.cli.conftest import Command
from tests.integration.cli.doctor.test_backends import NOWHERE, checks_of


def check_of(waypost: Command, url: str) -> dict[str, str]:
    """Return the check of the server at *url*."""
    outcome = waypost("doctor", "--json", CLICKHOUSE_URL=url)
    assert "hush" not in outcome.stdout + outcome.stderr
    return checks_of(outcome)["ClickHouse"]


def test_a_server_that_is_away(waypost: Command) -> None:
    """It is a problem with a remedy, and the password does not show."""
    check = check_of(waypost, f"http://me:hush@{NOWHERE}")
    assert check["status"] == "problem"
    assert "CLICKHOUSE_URL" in check["remedy"]


def test_a_server_without_a_password(waypost: Command) -> None:
    """A URL that is none is refused before anything is asked."""
    outcome = waypost("doctor", "--json", CLICKHOUSE_URL="clickhouse:8123")
    assert "CLICKHOUSE_URL" in outcome.stdout
    assert "http://clickhouse:8123" in outcome.stdout


@pytest.mark.parametrize(
    ("version", "status", "words"),
    [
        (None, "note", "will be made"),
        (1, "ok", "answers, version"),
        (99, "problem", "newer release"),
    ],
)
def test_the_tables(
    waypost: Command,
    clickhouse_server: ClickHouseServer,
    version: int | None,
    status: str,
    words: str,
) -> None:
    """Tables of a newer release are a problem; missing ones are made later."""
    clickhouse_server.query("CREATE DATABASE doctor")
    if version is not None:
        clickhouse_server.query(
            "CREATE TABLE waypost_schema ENGINE = MergeTree ORDER BY version AS "
            f"SELECT toUInt32({version}) AS version",
            database="doctor",
        )
    check = check_of(waypost, f"{clickhouse_server.url}/doctor")
    clickhouse_server.query("DROP DATABASE doctor")
    assert (check["status"], words in check["finding"]) == (status, True)
