"""Starting the processes of the distributed product, and refusing what cannot work."""

import pytest
from cluster.servers.ports import free_port

from tests.integration.cli.conftest import Command
from waypost.cli.exits import ExitCode
from waypost.wiring import drivers

POSTGRES = "postgresql://nosuch@127.0.0.1:1/nothing"
KAFKA = "127.0.0.1:1"
AT_KAFKA = {"KAFKA_BOOTSTRAP_SERVERS": KAFKA}
TLS = {"KAFKA_SECURITY_PROTOCOL": "SSL"}
SASL = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}
USER = {"KAFKA_SASL_USERNAME": "me"}
PASSWORD = {"KAFKA_SASL_PASSWORD": "secret"}


@pytest.mark.parametrize(
    ("command", "environment", "remedy"),
    [
        (["run", "app"], {}, "Set DATABASE_URL to postgresql://"),
        (["run", "edge"], {}, "Set DATABASE_URL to postgresql://"),
        (["run", "ingest"], {"DATABASE_URL": POSTGRES}, "KAFKA_BOOTSTRAP_SERVERS"),
        (["run", "ingest"], {}, "Set DATABASE_URL to postgresql://"),
        (["run", "warmer"], {"DATABASE_URL": POSTGRES}, "Set REDIS_URL"),
        (["serve", "--workers", "2"], {}, "Set DATABASE_URL to postgresql://"),
        (["serve"], {"KAFKA_BOOTSTRAP_SERVERS": KAFKA}, "Set DATABASE_URL to"),
        (["serve"], {"REDIS_REPLICA_URL": "redis://127.0.0.1"}, "Set REDIS_URL"),
        (["serve"], SASL, "Set KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD"),
        (["serve"], SASL | USER, "Set KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD"),
        (["serve"], PASSWORD, "Set it to sasl_ssl"),
        (["serve"], {"KAFKA_SSL_CA_FILE": "ca.pem"}, "Set it to ssl or sasl_ssl"),
        (["serve"], TLS | {"KAFKA_SSL_CA_FILE": "secret.pem"}, "-----BEGIN CERT"),
        (["serve"], TLS | {"KAFKA_SSL_CA_FILE": "/dev/null"}, "-----BEGIN CERT"),
        (["dlq", "list"], AT_KAFKA | SASL | USER, "Set KAFKA_SASL_USERNAME"),
    ],
)
def test_wrong_combinations(
    waypost: Command,
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
    environment: dict[str, str],
    remedy: str,
) -> None:
    """What cannot work is refused at once, with the sentence that mends it."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    outcome = waypost(*command)

    assert (outcome.code, outcome.stdout) == (ExitCode.USAGE, "")
    assert remedy in outcome.stderr
    assert "secret" not in outcome.stderr


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("REDIS_URL", "localhost:6379", "redis://"),
        ("REDIS_URL", "redis://:pass/word@localhost", "written as %40"),
        ("KEYGEN_SERVICE_URL", "http://one:8100,two:8100", "http://keygen:8100"),
        ("KEYGEN_SERVICE_URL", "http://one:eighty", "http://keygen:8100"),
        ("BASE_URL", "https://go.example.com:eighty", "https://go.example.com"),
        ("DATABASE_URL", "mysql://host/db", "postgresql://"),
        ("ADMIN_TOKEN", "short", "at least 16 characters"),
        ("KAFKA_SECURITY_PROTOCOL", "tls", "'ssl'"),
        ("KAFKA_SASL_MECHANISM", "GSSAPI", "'SCRAM-SHA-512'"),
    ],
)
def test_wrong_values(
    waypost: Command,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    hint: str,
) -> None:
    """A wrong value is reported by the name of its variable, without the value."""
    monkeypatch.setenv(name, value)
    outcome = waypost("serve")

    assert outcome.code == ExitCode.USAGE
    assert name in outcome.stderr
    assert hint in outcome.stderr
    assert value not in outcome.stderr


def test_help_names_every_process(waypost: Command) -> None:
    """The help lists the processes that exist, and no other."""
    outcome = waypost("run", "--help")

    for name in ("app", "edge", "keygen", "ingest", "warmer"):
        assert f"\n  {name} " in outcome.stdout
    assert "forward" not in outcome.stdout


@pytest.mark.parametrize(
    ("command", "environment", "extra"),
    [
        (["run", "app"], {"DATABASE_URL": POSTGRES}, "postgres"),
        (["serve"], {"REDIS_URL": "redis://127.0.0.1:1"}, "redis"),
        (["dlq", "list"], {"KAFKA_BOOTSTRAP_SERVERS": KAFKA}, "kafka"),
    ],
)
def test_missing_drivers(
    waypost: Command,
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
    environment: dict[str, str],
    extra: str,
) -> None:
    """A driver that is not installed is reported with the command that installs it."""
    monkeypatch.setattr(drivers, "find_spec", lambda _name: None)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    outcome = waypost(*command)

    assert (outcome.code, outcome.stdout) == (ExitCode.USAGE, "")
    remedy = f"Run `make drivers`, or `.venv/bin/pip install -e '.[{extra}]'`.\n"
    assert outcome.stderr.endswith(remedy)


@pytest.mark.slow
@pytest.mark.parametrize("process", ["app", "edge", "ingest"])
def test_database_is_away(waypost_process: Command, process: str) -> None:
    """A process that needs the database says so in a sentence, without a password."""
    outcome = waypost_process(
        *("run", process),
        DATABASE_URL="postgresql://me:hush@127.0.0.1:1/nothing",
        KAFKA_BOOTSTRAP_SERVERS=KAFKA,
        PORT=str(free_port()),
    )

    assert (outcome.code, outcome.stdout) == (ExitCode.REFUSED, "")
    assert outcome.stderr == (
        "waypost: PostgreSQL cannot be reached (Connection refused). Start it, or "
        "correct its host and port in DATABASE_URL.\n"
    )
