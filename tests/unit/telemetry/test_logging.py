"""What a configured process writes to stderr."""

import json
import os
import subprocess
import sys
from textwrap import dedent

import pytest

from waypost.telemetry.logging import FORBIDDEN_FIELDS, REDACTED, redact

pytestmark = pytest.mark.slow  # each starts a process


def stderr_of(program: str, *, as_json: bool = True, level: str = "INFO") -> str:
    """Run *program* in a process with logging configured; return its stderr.

    A process of its own, because logging is configured for a whole process.
    """
    prelude = f"""
        import logging, os, sys, warnings
        import structlog
        from waypost.telemetry.logging import configure_logging
        configure_logging(level={level!r}, as_json={as_json})
        log = structlog.get_logger()
    """
    done = subprocess.run(
        [sys.executable, "-c", dedent(prelude) + dedent(program)],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    return done.stderr


def test_events_and_records_are_json_lines() -> None:
    """Own events and libraries' records come out in the same form."""
    output = stderr_of("""
        structlog.contextvars.bind_contextvars(request_id="r1")
        log.info("link.created", code="abc")
        logging.getLogger("uvicorn.error").warning("library %s", "speaks")
        warnings.warn("watch out")
    """)

    event, record, warning = map(json.loads, output.splitlines())
    for line in (event, record):
        assert isinstance(line.pop("line"), int)
        assert (line.pop("module"), line.pop("function")).count("<module>") == 1
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "link.created",
        "code": "abc",
        "level": "info",
        "request_id": "r1",
    }
    assert record.pop("timestamp").endswith("Z")
    assert record == {
        "event": "library speaks",
        "level": "warning",
        "logger": "uvicorn.error",
        "request_id": "r1",
    }
    assert warning["logger"] == "py.warnings"


def test_a_line_says_where_it_was_logged() -> None:
    """Programs read the module, the function and the line of every log call."""
    output = stderr_of("""
        def begin():
            log.info("own.event")
            try:
                raise ValueError
            except ValueError:
                log.bind(code="abc").exception("own.failure")
            logging.getLogger("asyncio").warning("theirs")
        begin()
        log.info("at.the.top")
    """)
    places = [
        (line["module"], line["function"])
        for line in map(json.loads, output.splitlines())
    ]
    lines = [json.loads(line)["line"] for line in output.splitlines()]
    assert places == [
        ("__main__", "begin"),
        ("__main__", "begin"),
        ("<string>", "begin"),
        ("__main__", "<module>"),
    ]
    assert [line - lines[0] for line in lines] == [0, 4, 5, 7]


def test_a_terminal_does_not_get_the_places() -> None:
    """They are for programs; a person reads short lines."""
    assert "module" not in stderr_of('log.info("own.event")', as_json=False)


def test_the_least_severity_is_kept() -> None:
    """Own events from the level on; libraries from WARNING on, or the level."""
    program = """
        log.debug("own.debug")
        log.info("own.info")
        logging.getLogger("httpx").info("GET https://example.com")
        logging.getLogger("sqlalchemy.engine").info("INSERT")
        logging.getLogger("uvicorn.access").warning("203.0.113.7 GET /")
        logging.getLogger("asyncio").warning("slow")
        log.error("own.error")
    """

    def events(level: str) -> list[str]:
        lines = stderr_of(program, level=level).splitlines()
        return [json.loads(line)["event"] for line in lines]

    assert events("DEBUG") == ["own.debug", "own.info", "slow", "own.error"]
    assert events("INFO") == ["own.info", "slow", "own.error"]
    assert events("ERROR") == ["own.error"]


@pytest.mark.parametrize("as_json", [True, False])
def test_tracebacks_are_plain_and_without_values(*, as_json: bool) -> None:
    """A traceback has the lines of the code, but no local variables and no URLs."""
    output = stderr_of(
        """
        def fail(local):
            raise ValueError("postgresql://user:word@db.example/x?y is not a database")
        try:
            fail("local-" + "value")
        except ValueError:
            log.exception("it.failed")
            logging.getLogger("asyncio").exception("see sqlite:///some/file")
        """,
        as_json=as_json,
    )

    assert output.count("ValueError: [url] is not a database") == 2
    assert output.count("in fail") == 2
    assert "see [url]" in output
    assert "local-value" not in output


def test_the_terminal_gets_short_lines() -> None:
    """What matters of a request stands in the first 80 columns, without colours."""
    output = stderr_of(
        """
        log.info("http.request", method="POST", route="/api/shorten", status=201,
                 duration_ms=12.34)
        """,
        as_json=False,
    )

    line = output[:80]
    assert line[8:].startswith(
        " [info] http.request method=POST route=/api/shorten status=201 "
    )


def test_a_closed_stderr_stops_nothing() -> None:
    """When no process reads the log any more, this one goes on."""
    output = stderr_of("""
        log.info("first")
        spare = os.dup(2)
        reader, writer = os.pipe()
        os.close(reader)
        os.dup2(writer, 2)
        log.info("lost")
        logging.getLogger("asyncio").warning("lost")
        os.dup2(spare, 2)
    """)

    assert "first" in output
    assert "Traceback" not in output


def test_forbidden_fields_are_withheld() -> None:
    """A mistake in a log call is shown, but its values are not."""
    event = dict.fromkeys(FORBIDDEN_FIELDS, "secret") | {"event": "e", "code": "abc"}

    redacted = redact(None, "info", event)

    assert redacted["code"] == "abc"
    assert {redacted[name] for name in FORBIDDEN_FIELDS} == {REDACTED}


@pytest.mark.parametrize(
    "name",
    ["address", "url", "target", "query", "key", "authorization", "cookie", "referrer"],
)
def test_what_is_forbidden(name: str) -> None:
    """Addresses, targets, queries and keys are."""
    assert name in FORBIDDEN_FIELDS
