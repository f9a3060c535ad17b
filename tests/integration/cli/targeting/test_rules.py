"""Links with rules from the command line, against a running server."""

import json
from functools import partial
from pathlib import Path

from tests.e2e.process import WaypostProcess
from tests.integration.cli.conftest import Command
from waypost.cli.exits import ExitCode

TOKEN = "the admin token of these tests"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Mobile/15E148"


def test_rules_and_variants(waypost: Command, tmp_path: Path) -> None:
    """Made from a file, honoured, shown, simulated, and cleared."""
    rules = tmp_path / "rules.json"
    rules.write_text(
        json.dumps(
            [
                {
                    "name": "Phones",
                    "when": {"device": ["mobile"]},
                    "url": "https://example.com/phone",
                },
                {"when": {"query": {"stop": True}}, "url": None},
            ]
        )
    )
    settings = {"ADMIN_TOKEN": TOKEN}
    with WaypostProcess(tmp_path / "data", settings=settings) as server:
        manage = partial(waypost, WAYPOST_SERVER=server.url, ADMIN_TOKEN=TOKEN)
        made = manage(
            *("shorten", "https://example.com/", "--code", "ruled"),
            *("--rules", str(rules)),
            *("--variant", "name=b,weight=100,url=https://example.com/b?x=1,2"),
        )
        assert made.code == 0, made.stderr

        def location(path: str, agent: str) -> tuple[int, str | None]:
            status, headers, _ = server.request(path, headers={"User-Agent": agent})
            return status, headers.get("location")

        for _ in range(2):
            assert location("/ruled", IPHONE) == (307, "https://example.com/phone")
            assert location("/ruled?stop", "x") == (403, None)
            assert location("/ruled", "x") == (307, "https://example.com/b?x=1,2")

        shown = manage("show", "ruled").stdout
        assert '0. Phones: {"device": ["mobile"]} -> https://example.com/phone' in shown
        assert "b: 100 % -> https://example.com/b?x=1,2" in shown
        simulated = manage("simulate", "ruled", "--user-agent", IPHONE)
        assert simulated.stdout == (
            "rule 0 Phones: holds\n"
            "307 https://example.com/phone (decided by the rule)\n"
        )
        verdict = manage("simulate", "ruled", "--query", "stop", "--json")
        assert json.loads(verdict.stdout)["code"] == "visit-refused"
        rules.write_text('[{"when": {"country": ["XX"]}, "url": null}]')
        refused = manage("edit", "ruled", "--rules", str(rules))
        assert refused.code == ExitCode.REFUSED
        assert "/rules/0/when/country/0: 'XX' is no country" in refused.stderr
        cleared = manage("edit", "ruled", "--clear", "rules", "--clear", "variants")
        assert cleared.code == 0, cleared.stderr
        assert location("/ruled?stop", IPHONE) == (307, "https://example.com/")
