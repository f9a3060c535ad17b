"""Links with options from the command line, against a running server."""

import json
from base64 import b64encode
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.process import WaypostProcess
from tests.integration.cli.conftest import Command
from waypost.cli.exits import ExitCode

TOKEN = "the admin token of these tests"


@pytest.fixture(scope="module")
def managed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WaypostProcess]:
    """A server whose links can be managed."""
    settings = {"ADMIN_TOKEN": TOKEN}
    data_dir = tmp_path_factory.mktemp("editing") / "data"
    with WaypostProcess(data_dir, settings=settings) as server:
        yield server


def test_the_life_of_a_link(waypost: Command, managed: WaypostProcess) -> None:
    """Made with options, shown, changed, turned off and on, and deleted."""
    manage = partial(waypost, WAYPOST_SERVER=managed.url, ADMIN_TOKEN=TOKEN)
    made = waypost(
        *("shorten", "https://example.com/sale", "--code", "sale-24"),
        *("--title", "Sale", "--valid-until", "+7d", "--redirect-status", "302"),
        *("--expired-url", "https://example.com/over", "--forward-query"),
        WAYPOST_SERVER=managed.url,
    )
    assert made == (0, f"http://localhost:{managed.port}/sale-24\n", "")
    status, headers, _ = managed.request("/sale-24?a=1")
    assert (status, headers["location"]) == (302, "https://example.com/sale?a=1")

    base = f"http://localhost:{managed.port}"
    shown = manage("show", "sale-24").stdout
    assert "title            Sale\n" in shown
    assert "state            active\n" in shown
    edited = manage(
        *("edit", "sale-24", "--url", "https://example.com/summer", "--json"),
        *("--clear", "valid-until", "--no-forward-query"),
    )
    link = json.loads(edited.stdout)
    assert (link["url"], link["title"]) == ("https://example.com/summer", "Sale")
    assert (link["valid_until"], link["forward_query"]) == (None, False)

    short_url = f"http://localhost:{managed.port}/sale-24"
    assert "disabled\n" in manage("disable", short_url, BASE_URL=base).stdout
    assert managed.request("/sale-24")[0] == 410
    assert "active\n" in manage("enable", "sale-24").stdout
    assert managed.request("/sale-24")[0] == 302
    asked = manage("delete", "sale-24")
    assert (asked.code, asked.stdout) == (ExitCode.USAGE, "")
    assert "deleted\n" in manage("delete", "sale-24", "--yes").stdout
    assert managed.request("/sale-24")[0] == 410


def test_parameters_of_a_campaign(waypost: Command, managed: WaypostProcess) -> None:
    """Each is set, shown, changed and cleared by itself, or all of them at once."""
    manage = partial(waypost, WAYPOST_SERVER=managed.url, ADMIN_TOKEN=TOKEN)
    made = manage(
        *("shorten", "https://example.com/a#top", "--code", "campaign"),
        *("--utm-source", "poster", "--utm-term", "red shoes"),
    )
    assert made.code == 0
    location = "https://example.com/a?utm_source=poster&utm_term=red%20shoes#top"
    for _ in range(2):
        status, headers, _ = managed.request("/campaign?utm_source=mine")
        assert (status, headers["location"]) == (307, location)
    shown = manage("edit", "campaign", "--utm-source", "flyer", "--clear", "utm-term")
    assert "utm source       flyer\n" in shown.stdout
    assert "utm term" not in shown.stdout
    cleared = manage("edit", "campaign", "--clear", "utm", "--json")
    assert json.loads(cleared.stdout)["utm"] is None
    twice = manage("edit", "campaign", "--clear", "utm", "--utm-source", "x")
    assert twice.code == ExitCode.USAGE


def test_a_link_is_reused(waypost: Command, managed: WaypostProcess) -> None:
    """The same short URL is printed again."""
    manage = partial(waypost, WAYPOST_SERVER=managed.url, ADMIN_TOKEN=TOKEN)
    words = ("shorten", "https://example.com/reused", "--reuse")
    first = manage(*words)
    assert first.code == 0
    assert manage(*words) == first
    assert manage(*words, "--title", "Other").stdout != first.stdout


def test_paths_are_passed_on(waypost: Command, managed: WaypostProcess) -> None:
    """While the link says so, cached or not, as they were sent."""
    manage = partial(waypost, WAYPOST_SERVER=managed.url, ADMIN_TOKEN=TOKEN)
    manage(
        *("shorten", "https://example.com/shop/?a=b", "--code", "shop"),
        "--forward-path",
    )
    location = "https://example.com/shop/red%2Fshoes?a=b"
    for _ in range(2):
        status, headers, _ = managed.request("/shop/red%2Fshoes")
        assert (status, headers["location"]) == (307, location)
    assert managed.request("/shop/%2e%2E/x")[0] == 404
    assert managed.request("/shop/qr.svg")[0] == 200
    assert "forward path     yes\n" in manage("show", "shop").stdout
    assert manage("edit", "shop", "--no-forward-path").code == 0
    assert managed.request("/shop/red")[0] == 404
    assert managed.request("/shop")[0] == 307


@pytest.mark.parametrize("words", [["show"], ["edit", "--title", "x"], ["disable"]])
def test_without_a_token(waypost: Command, words: list[str]) -> None:
    """One sentence says what is missing, before a server is asked."""
    outcome = waypost(*words, "some")

    assert (outcome.code, outcome.stdout) == (ExitCode.USAGE, "")
    assert outcome.stderr.startswith(
        "waypost: This needs a key of http://127.0.0.1:8000: "
    )
    assert outcome.stderr.count("\n") == 1


def test_a_refusal_names_the_field(waypost: Command, managed: WaypostProcess) -> None:
    """What the server says of a wrong value is printed."""
    outcome = waypost(
        *("shorten", "https://example.com", "--valid-until", "soon"),
        WAYPOST_SERVER=managed.url,
    )

    assert outcome.code == ExitCode.REFUSED
    assert "valid_until: a moment is written as 2026-03-01T09:30:00Z" in outcome.stderr


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["edit", "some"], "Nothing to change"),
        (["edit", "some", "--title", "x", "--clear", "title"], "title cannot be set"),
        (["shorten", "-", "--title", "x"], "Options are for one URL"),
        (
            ["show", "https://other.example/a"],
            "https://other.example is not the server",
        ),
        (["delete", "//"], "'//' is neither a short code nor a short URL"),
    ],
)
def test_wrong_usage(waypost: Command, words: list[str], complaint: str) -> None:
    """A call that means nothing is refused before a server is asked."""
    outcome = waypost(*words, ADMIN_TOKEN=TOKEN)

    assert (outcome.code, outcome.stdout) == (ExitCode.USAGE, "")
    assert outcome.stderr.startswith(f"waypost: {complaint}")


def test_quarantine(waypost: Command, managed: WaypostProcess) -> None:
    """A link is blocked, warned of and released, with whole sentences if it fails."""
    manage = partial(waypost, WAYPOST_SERVER=managed.url, ADMIN_TOKEN=TOKEN)
    assert manage("shorten", "https://example.com/a", "--code", "suspect").code == 0
    blocked = manage("quarantine", "suspect", "--reason", "phishing", "--note", "4711")
    assert "state            quarantined\n" in blocked.stdout
    assert "quarantine       block, phishing, 4711, 20" in blocked.stdout
    assert managed.request("/suspect")[0] == 403
    warn = ("--mode", "warn", "--reason", "spam")
    assert manage("quarantine", "suspect", *warn, "--json").code == 0
    status, _, body = managed.request("/suspect")
    assert (status, "sent to people who did not ask" in body.decode()) == (403, True)
    assert "suspect" in manage("list", "--state", "quarantined").stdout
    wrong = manage("quarantine", "suspect", "--reason", "boredom")
    assert wrong.code == ExitCode.REFUSED
    assert "reason" in wrong.stderr
    missing = manage("quarantine", "suspect")
    assert (missing.code, "--reason" in missing.stderr) == (ExitCode.USAGE, True)
    assert "state            active\n" in manage("release", "suspect").stdout
    assert managed.request("/suspect")[0] == 307


def test_passwords_come_from_stdin(waypost: Command, managed: WaypostProcess) -> None:
    """They never stand on the command line, and are never printed."""
    manage = partial(waypost, WAYPOST_SERVER=managed.url, ADMIN_TOKEN=TOKEN)
    url = "https://example.com/minutes"
    made = manage(
        *("shorten", url, "--code", "minutes", "--password", "--json"),
        stdin="Crème brûlée\n".encode(),
    )
    assert json.loads(made.stdout)["has_password"] is True
    assert "brûlée" not in made.stdout + made.stderr
    assert managed.request("/minutes")[0] == 401
    credentials = b64encode("me:Crème brûlée".encode()).decode()
    right = {"Authorization": f"Basic {credentials}"}
    assert managed.request("/minutes", headers=right)[0] == 307
    shown = manage("show", "minutes").stdout
    assert "password         yes\n" in shown
    cleared = manage("edit", "minutes", "--clear", "password", "--preview", "always")
    assert "password" not in cleared.stdout
    assert "preview          always\n" in cleared.stdout
    assert managed.request("/minutes")[0] == 200
    for stdin in (b"", b"\n", b"\xff\n"):
        refused = manage("edit", "minutes", "--password", stdin=stdin)
        assert (refused.code, refused.stdout) == (ExitCode.USAGE, "")
    both = manage("edit", "minutes", "--password", "--rules", "-", stdin=b"x\n[]")
    assert both.code == ExitCode.USAGE


def test_a_dry_run_changes_nothing(waypost: Command, managed: WaypostProcess) -> None:
    """All is checked, the link is shown as it would be, and stays as it is."""
    manage = partial(waypost, WAYPOST_SERVER=managed.url, ADMIN_TOKEN=TOKEN)
    new = manage("shorten", "https://example.com/dry", "--dry-run")
    assert (new.code, new.stdout) == (0, "")
    assert "the link can be made, and was not" in new.stderr
    made = manage("shorten", "https://example.com/dry", "--code", "dry", "--dry-run")
    assert made.stdout.endswith("/dry\n")
    assert manage("show", "dry").code == ExitCode.REFUSED
    assert manage("shorten", "https://example.com/dry", "--code", "dry").code == 0
    would = manage("edit", "dry", "--title", "Dürre 乾燥", "--dry-run")
    assert "title            Dürre 乾燥\n" in would.stdout
    assert "nothing was changed" in would.stderr
    assert manage("delete", "dry", "--dry-run").code == 0
    shown = json.loads(manage("show", "dry", "--json").stdout)
    assert (shown["title"], shown["state"], shown["version"]) == (None, "active", 1)
    late = manage("edit", "dry", "--title", "x", "--if-version", "7")
    assert late.code == ExitCode.REFUSED
    late = manage("delete", "dry", "--yes", "--if-version", "7")
    assert (late.code, "(precondition-failed)" in late.stderr) == (1, True)


def test_dry_runs_of_other_commands(
    waypost: Command, managed: WaypostProcess, tmp_path: Path
) -> None:
    """All that changes a server can be tried; the audit trail stays as it is."""
    manage = partial(waypost, WAYPOST_SERVER=managed.url, ADMIN_TOKEN=TOKEN)
    for command in (
        ("domains", "add", "tried.acme.com"),
        ("tags", "edit", "tried", "--color", "#2f7d32"),
        ("tags", "edit", "other", "--color", "#2f7d32"),
        ("utm", "set", "tried", "--source", "mail"),
        ("keys", "create", "tried", "--scope", "links:read"),
        ("shorten", "https://example.com/tried", "--code", "tried"),
        ("abuse", "report", "tried", "--reason", "spam"),
    ):
        assert manage(*command).code == 0, command
    key = json.loads(manage("keys", "list", "--json").stdout.splitlines()[0])["id"]
    report = json.loads(manage("abuse", "list", "--json").stdout.splitlines()[0])["id"]
    rows = tmp_path / "rows.csv"
    rows.write_text("url,code\nhttps://example.com/,\nhttps://example.com/,row\n")
    before = manage("audit", "--json").stdout
    for tried_command, says in (
        (("domains", "add", "more.acme.com"), "more.acme.com"),
        (("domains", "edit", "tried.acme.com", "--off"), "disabled"),
        (("domains", "delete", "tried.acme.com"), "would be deleted"),
        (("tags", "edit", "tried", "--clear", "color"), "tried"),
        (("tags", "edit", "new", "--color", "#2f7d32"), "#2f7d32"),
        (("tags", "rename", "tried", "more"), "more"),
        (("tags", "merge", "tried", "other"), "other"),
        (("tags", "delete", "tried"), "would be deleted"),
        (("utm", "set", "more", "--source", "mail"), "mail"),
        (("utm", "delete", "tried"), "would be deleted"),
        (("keys", "create", "more", "--scope", "links:read"), "links:read"),
        (("keys", "edit", key, "--name", "more"), "more"),
        (("keys", "rotate", key), "tried"),
        (("keys", "revoke", key), "would be revoked"),
        (("disable", "tried"), "disabled"),
        (("enable", "tried"), "active"),
        (("abuse", "confirm", report), "confirmed"),
        (("abuse", "dismiss", report), "dismissed"),
        (("bulk", str(rows)), "/row\n"),
    ):
        tried = manage(*tried_command, "--dry-run")
        assert (tried.code, says in tried.stdout) == (0, True), (tried_command, tried)
        assert "nothing was changed" in tried.stderr, tried_command
    assert "(feature-off)" in manage("orphans", "--delete", "--dry-run").stderr
    assert manage("audit", "--json").stdout == before
    assert manage("show", "row").code == ExitCode.REFUSED
    assert [one.name for one in tmp_path.glob("rows.csv*")] == ["rows.csv"]
    for wrong in (
        ("bulk", str(rows), "--dry-run", "--resume"),
        ("keys", "create", "--admin", "--dry-run"),
        ("orphans", "--dry-run"),
    ):
        assert manage(*wrong).code == ExitCode.USAGE
    document = tmp_path / "assetlinks.json"
    serving = ("domains", "edit", "tried.acme.com", "--well-known", str(document))
    for text, says in (("[]", "well known        assetlinks.json\n"), ("", "URL")):
        document.write_text(text)
        shown = manage(*serving, "--dry-run")
        assert (shown.code, says in shown.stdout) == (0, True), shown
    document.write_text("[")
    assert "is no JSON" in manage(*serving).stderr
    document.unlink()
    assert "cannot be read" in manage(*serving).stderr
    edit = ("domains", "edit", "tried.acme.com", "--off", "--if-version")
    assert "(precondition-failed)" in manage(*edit, "7").stderr
    assert "disabled" in manage(*edit, "1").stdout
    delete = ("domains", "delete", "tried.acme.com", "--if-version")
    assert "--yes" in manage(*delete, "2").stderr
    assert "(precondition-failed)" in manage(*delete, "1", "--yes").stderr
    assert manage(*delete, "2", "--yes").code == 0


def test_a_link_is_put(waypost: Command, managed: WaypostProcess) -> None:
    """Made, found by its own id, and replaced, with defaults for what is left out."""
    manage = partial(waypost, WAYPOST_SERVER=managed.url, ADMIN_TOKEN=TOKEN)
    put = ("put", "ext:order-77", "https://example.com/77")
    first = json.loads(manage(*put, "--title", "Order", "--json").stdout)
    assert (first["external_id"], first["title"]) == ("order-77", "Order")
    again = json.loads(manage(*put, "--json").stdout)
    assert (again["id"], again["title"], again["version"]) == (first["id"], None, 3)
    assert json.loads(manage("show", "ext:order-77", "--json").stdout) == again
    edited = manage("edit", "ext:order-77", "--external-id", "order-78", "--json")
    assert json.loads(edited.stdout)["external_id"] == "order-78"
