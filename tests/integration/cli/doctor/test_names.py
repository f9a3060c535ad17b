"""`waypost doctor` names what looks like a setting and has no effect."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cluster.servers.ports import free_port

from tests.e2e.process import WaypostProcess
from tests.integration.cli.conftest import Command
from waypost.cli.exits import ExitCode
from waypost.config import UNUSED

# The reference system's file: its names and values, with hosts of this machine.
REFERENCE = """\
APP_NAME=url-shortener
APP_ENV=development
BASE_URL=http://localhost:8000

POSTGRES_USER=urlshortener
POSTGRES_PASSWORD=urlshortener
POSTGRES_DB=urlshortener
DATABASE_URL={database}

REDIS_URL={redis}
REDIS_REPLICA_URL={redis}

SHORT_CODE_LENGTH=7
ID_ALLOCATOR_KEY=id_allocator:url
ID_BLOCK_SIZE=1000
KEYGEN_SERVICE_URL=http://127.0.0.1:{nowhere}
KEYGEN_PRIMARY_REDIS_URL={redis}
KEYGEN_SECONDARY_REDIS_URL={redis}

CLICK_BUFFER_KEY_PREFIX=click_buffer
CLICK_BUFFER_TTL_SECONDS=300
CLICK_FLUSH_THRESHOLD=100
CLICK_STREAM_KEY=click_events
INGESTION_CONSUMER_GROUP=click_ingestion_group
INGESTION_CONSUMER_NAME=ingestion-consumer-1
INGESTION_BATCH_SIZE=500
INGESTION_BLOCK_MS=1000
INGESTION_FLUSH_INTERVAL_SECONDS=5
INGESTION_AGG_KEY_PREFIX=ingestion_agg

KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:{nowhere}
KAFKA_CLICK_TOPIC=click_events

CLICKHOUSE_URL=http://clickhouse:8123
CLICKHOUSE_USERNAME=default
CLICKHOUSE_PASSWORD=clickhouse
CLICKHOUSE_DATABASE=default

CACHE_WARMER_INTERVAL_SECONDS=30
CACHE_WARMER_TOP_N=5000

CACHE_LOCK_TTL_SECONDS=3
CACHE_LOCK_RETRY_COUNT=3
CACHE_LOCK_RETRY_DELAY_SECONDS=0.05
"""


def reference_file(database: str, redis: str) -> str:
    """Return the reference system's settings, over these servers."""
    typed = urlsplit(database)._replace(scheme="postgresql+asyncpg").geturl()
    return REFERENCE.format(database=typed, redis=redis, nowhere=free_port())


@pytest.mark.slow
def test_settings_of_the_reference_system(
    waypost: Command, tmp_path: Path, migrated_postgres_url: str, redis_url: str
) -> None:
    """They are taken as they are, and each one without effect is named with why."""
    (tmp_path / ".env").write_text(reference_file(migrated_postgres_url, redis_url))
    checks = json.loads(waypost("doctor", "--json").stdout)["checks"]

    assert [c for c in checks if c["name"] in {"settings", "unknown setting"}] == []
    unused = [check for check in checks if check["name"] == "unused setting"]
    findings = "".join(check["finding"] for check in unused)
    written = {line.partition("=")[0] for line in REFERENCE.splitlines()}
    assert {name for name in UNUSED if name in findings} == written & UNUSED.keys()
    assert all(check["status"] == "note" and check["remedy"] for check in unused)
    database = next(check for check in checks if check["name"] == "database")
    assert database["status"] == "ok"


@pytest.mark.slow
def test_a_server_with_settings_of_the_reference_system(
    tmp_path: Path, migrated_postgres_url: str, redis_url: str
) -> None:
    """An app starts with them, and serves."""
    lines = reference_file(migrated_postgres_url, redis_url).splitlines()
    settings = dict(line.split("=", 1) for line in lines if line)
    with WaypostProcess(
        tmp_path / "data", settings=settings, command=("run", "app")
    ) as app:
        code = app.shorten("https://example.com")
        status, headers, _ = app.request(f"/{code}")
    assert (status, headers["location"]) == (307, "https://example.com")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("LOGLEVEL", "Did you mean LOG_LEVEL?"),
        ("log_level", "Did you mean LOG_LEVEL?"),
        ("REDIS_URLS", "Did you mean REDIS_URL?"),
        ("DATABASE_URI", "Did you mean DATABASE_URL?"),
        ("COMPOSE_PROJECT_NAME", "Take it out."),
    ],
)
def test_misspelt_names(
    waypost: Command, tmp_path: Path, name: str, advice: str
) -> None:
    """A name in `.env` that is none is a warning, with the one that was meant."""
    (tmp_path / ".env").write_text(f"{name}=x\nWAYPOST_SERVER=http://127.0.0.1:1\n")
    outcome = waypost("doctor", "--json", PORT=str(free_port()))
    found = [
        check
        for check in json.loads(outcome.stdout)["checks"]
        if check["name"] == "unknown setting"
    ]

    assert outcome.code == ExitCode.OK
    assert [(check["status"], check["remedy"]) for check in found] == [
        ("warning", advice)
    ]
    assert f"{name} in .env" in found[0]["finding"]


def test_misspelt_names_of_an_environment(waypost: Command, tmp_path: Path) -> None:
    """A name in `.env.<ENVIRONMENT>` that is none is a warning like one in `.env`."""
    (tmp_path / ".env.staging").write_text("LOGLEVEL=x\n")
    outcome = waypost("doctor", "--json", ENVIRONMENT="staging", PORT=str(free_port()))
    found = json.loads(outcome.stdout)["checks"]
    assert [
        (check["status"], check["finding"], check["remedy"])
        for check in found
        if check["name"] == "unknown setting"
    ] == [
        (
            "warning",
            "LOGLEVEL in .env.staging is not a setting, and has no effect.",
            "Did you mean LOG_LEVEL?",
        )
    ]


def test_an_environment_without_a_file(waypost: Command) -> None:
    """A file that `ENVIRONMENT` names and that is missing is worth a note."""
    outcome = waypost("doctor", "--json", ENVIRONMENT="prdo", PORT=str(free_port()))
    found = json.loads(outcome.stdout)["checks"]
    notes = [check for check in found if check["name"] == "environment"]
    assert [check["status"] for check in notes] == ["note"]
    assert "no file .env.prdo in the working folder" in notes[0]["finding"]


@pytest.mark.slow
def test_a_start_names_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that starts logs them in one line."""
    (tmp_path / ".env").write_text("LOGLEVEL=DEBUG\nENVIRONMENT=prod\n")
    (tmp_path / ".env.prod").write_text("API_KEYS=secret\n")
    monkeypatch.chdir(tmp_path)
    with WaypostProcess(tmp_path / "data") as server:
        lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    logged = [line for line in lines if line["event"] == "settings.unknown"]
    assert [line["names"] for line in logged] == ["LOGLEVEL, API_KEYS"]
    assert logged[0]["files"] == ".env, .env.prod"
    assert logged[0]["perhaps_meant"] == "LOG_LEVEL for LOGLEVEL"
    assert "secret" not in server.log.read_text()
