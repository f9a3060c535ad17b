"""`waypost doctor` finds links that lead back to the server since it was renamed."""

import asyncio
import json
from pathlib import Path

from cluster.servers.ports import free_port

from tests.integration.cli.conftest import Command
from tests.integration.cli.links.test_links import link, store
from waypost.cli.exits import ExitCode


def loop_check(waypost: Command, *options: str, **settings: str) -> dict[str, str]:
    """Return the doctor's check of loops."""
    settings["PORT"] = str(free_port())
    outcome = waypost("doctor", "--json", *options, stdin=b"", **settings)
    assert outcome.code == ExitCode.OK
    checks = {each["name"]: each for each in json.loads(outcome.stdout)["checks"]}
    check: dict[str, str] = checks["loops"]
    return check


def test_after_a_new_base_url(waypost: Command, database: Path) -> None:
    """A link that leads to the server's new name is listed by its code."""
    targets = ["https://new.example/a", "https://other.example/", "http://two.example/"]
    links = [link(number, target) for number, target in enumerate(targets, 1)]
    asyncio.run(store(database, links))

    before = loop_check(waypost, BASE_URL="https://old.example")
    after = loop_check(waypost, BASE_URL="https://new.example", OWN_HOSTS="two.example")

    assert before["status"] == "ok"
    assert before["finding"] == "Of 3 links, none leads back to this server."
    assert after["status"] == "warning"
    assert after["finding"] == "Of 3 links, 2 lead back to this server: c3, c1."
    assert "PATCH" in after["remedy"]


def test_the_scan_is_bounded(waypost: Command, database: Path) -> None:
    """As many links as asked for are checked, and the finding says that."""
    links = [link(number, "http://localhost:8001/x") for number in range(1, 31)]
    asyncio.run(store(database, links))

    bounded = loop_check(waypost, "--links", "2", OWN_HOSTS="localhost:8001")
    everything = loop_check(waypost, OWN_HOSTS="localhost:8001")

    assert bounded["finding"] == (
        "Of the newest 2 links (--links sets how many), 2 lead back to this server: "
        "c30, c29."
    )
    assert everything["finding"].endswith("c12, c11 and 10 more.")


def test_other_schemes_are_no_loops(waypost: Command, database: Path) -> None:
    """A target that is not a web address leads nowhere near the server."""
    asyncio.run(store(database, [link(1, "mailto:a@new.example")]))

    assert loop_check(waypost, BASE_URL="https://new.example")["status"] == "ok"


def test_without_links_to_look_at(waypost: Command, database: Path) -> None:
    """With `--links 0` nothing is checked, and nothing is reported."""
    assert database.exists()
    outcome = waypost("doctor", "--json", "--links", "0", PORT=str(free_port()))
    names = [each["name"] for each in json.loads(outcome.stdout)["checks"]]
    assert "loops" not in names
