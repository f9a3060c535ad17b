"""Reports in a terminal, from a server with clicks in memory."""

import csv
import json
from io import StringIO

import pytest

from tests.integration.cli.conftest import Command
from waypost.cli.exits import ExitCode


def test_stats_are_drawn(reports: Command) -> None:
    """The link, its numbers, a chart and the breakdowns that say something."""
    shown = reports("stats", "sale-24").stdout.splitlines()
    assert shown[0] == "short URL  https://go.example.com/sale-24"
    assert "people     6" in shown
    assert "machines   1" in shown
    assert "clicks of people by day" in shown
    assert any(line.startswith("Switzerland") and "100.0%" in line for line in shown)
    assert any(line.startswith("COUNTRY") for line in shown)
    assert not any(line.startswith("REFERRER") for line in shown)
    assert max(shown, key=len)[80:] == ""


def test_stats_need_no_token(waypost: Command, reporting: str) -> None:
    """Without the token there are the numbers that anyone may see."""
    shown = waypost("stats", "sale-24", WAYPOST_SERVER=reporting)
    assert (shown.code, shown.stderr) == (ExitCode.OK, "")
    assert len(shown.stdout.splitlines()) == 5


@pytest.mark.parametrize("option", ["--period=7d", "--tz=Europe/Zurich"])
def test_options_of_reports_are_not_ignored(
    waypost: Command, reporting: str, option: str
) -> None:
    """Without the token they would have no effect, and that is said."""
    refused = waypost("stats", "sale-24", option, WAYPOST_SERVER=reporting)
    assert refused.code != ExitCode.OK
    assert "ADMIN_TOKEN" in refused.stderr


def test_json_of_stats_is_the_link(reports: Command) -> None:
    """Programs get what they have always got."""
    assert json.loads(reports("stats", "sale-24", "--json").stdout)["clicks"] == 0


def test_reports_are_of_all_links_or_some(reports: Command) -> None:
    """Links, a period, a zone and filters choose which clicks are counted."""
    assert "people     7" in reports("report").stdout
    assert "people     1" in reports("report", "spring", "--period", "today").stdout
    both = reports("report", "id:1", "spring", "-f", "not_country=DE")
    assert "people     6" in both.stdout
    zoned = reports("report", "--tz", "Asia/Kathmandu", "--compare").stdout
    assert ", Asia/Kathmandu\n" in zoned
    assert "(0 in the period before)" in zoned


def test_reports_by_value(reports: Command) -> None:
    """With --by a line for each value, the rest in one."""
    lines = reports("report", "--by", "country", "--limit", "1", "--compare").stdout
    assert "Switzerland" in lines
    assert "2 others" in lines
    assert "BEFORE" in lines


def test_reports_for_programs(reports: Command) -> None:
    """JSON is the API's answer; CSV has a line with names, for series and values."""
    body = json.loads(reports("report", "--by", "link", "--json").stdout)
    assert [row["value"] for row in body["data"]] == ["sale-24", "spring"]
    rows = list(
        csv.reader(StringIO(reports("report", "--by", "country", "--csv").stdout))
    )
    assert rows[0] == ["country", "label", "people", "machines", "visitors"]
    assert rows[1] == ["CH", "Switzerland", "6", "0", "6"]
    series = list(csv.reader(StringIO(reports("report", "--csv").stdout)))
    assert series[0] == ["at", "people", "machines", "visitors"]
    assert len(series) == 31
    assert sum(int(row[1]) for row in series[1:]) == 7


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--by", "colour"], ExitCode.REFUSED, "It takes country"),
        (["--by", "contry"], ExitCode.REFUSED, "Did you mean country?"),
        (["--filter", "country"], ExitCode.USAGE, "country=CH"),
        (["--filter", "colour=red"], ExitCode.REFUSED, "no such parameter"),
        (["--limit", "5"], ExitCode.USAGE, "--by"),
        (["--by", "os", "--interval", "day"], ExitCode.USAGE, "choose one"),
        (["--tz", "Europe/Zuerich"], ExitCode.REFUSED, "Did you mean Europe/Zurich?"),
        (["winter"], ExitCode.REFUSED, "No link is called winter"),
        (["--from", "2026-03-01", "--to", "2026-03-01"], ExitCode.REFUSED, "before to"),
    ],
)
def test_wrong_reports_say_what_to_do(
    reports: Command, arguments: list[str], code: int, words: str
) -> None:
    """Wrong arguments are refused in a sentence that helps."""
    refused = reports("report", *arguments)
    assert refused.code == code
    assert words in refused.stderr


def test_reports_need_the_token(waypost: Command, reporting: str) -> None:
    """Without it, the command says where it comes from."""
    for command in (["report"], ["stats", "sale-24", "--watch"]):
        refused = waypost(*command, WAYPOST_SERVER=reporting)
        assert refused.code == ExitCode.USAGE
        assert "set ADMIN_TOKEN" in refused.stderr
