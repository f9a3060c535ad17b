"""The `waypost` command and its subcommands, with their help."""

from importlib.metadata import version
from typing import Annotated

import typer

from waypost.cli.about import help_, open_
from waypost.cli.about import system as systems
from waypost.cli.about import version as versions
from waypost.cli.abuse import command as abuse
from waypost.cli.access import audit, history, key_changes, login, whoami
from waypost.cli.campaigns import command as campaigns
from waypost.cli.clicks import dlq, journal, missing
from waypost.cli.database import backup, demo, export, ids, migrate, promote, restore
from waypost.cli.doctor import command as doctor
from waypost.cli.domains import command as domains
from waypost.cli.exits import MEANINGS
from waypost.cli.jobs import analytics, asked
from waypost.cli.links import edit, find, links, qr, quarantine, shorten
from waypost.cli.links.bulk import command as bulk
from waypost.cli.links.putting import put
from waypost.cli.links.reports import clicks, orphans, stats
from waypost.cli.links.reports import command as report
from waypost.cli.links.visits import simulate
from waypost.cli.options import examples
from waypost.cli.output import print_result
from waypost.cli.server import run, serve
from waypost.cli.tags import command as tags

EXIT_CODES = "\n".join(
    ["\b", "Exit codes:", *(f"  {code:<4} {text}" for code, text in MEANINGS.items())]
)

# Help is plain text: it starts several times faster than with rich, and looks the
# same in a terminal, in a pipe and in the documentation.
app = typer.Typer(
    rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]}
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print_result(f"waypost {version('waypost')}")
        raise typer.Exit


@app.callback(
    invoke_without_command=True,
    epilog=examples(
        "waypost serve",
        "waypost shorten https://example.com/a/long/page",
        "waypost doctor",
    )
    + f"\n\n{EXIT_CODES}",
)
def waypost(
    context: typer.Context,
    show_version: Annotated[  # noqa: ARG001 - its callback does the work
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    """Waypost shortens URLs, and never loses or double-counts a click.

    Settings are environment variables or lines of a file named .env in the working
    folder; `waypost doctor --all` lists all of them.
    """
    if context.invoked_subcommand is None:
        print_result(context.get_help())


app.command(epilog=examples(*serve.EXAMPLES))(serve.serve)
app.add_typer(run.app, name="run")
app.command(epilog=examples(*shorten.EXAMPLES))(shorten.shorten)
app.command(epilog=examples(*bulk.EXAMPLES))(bulk.bulk)
app.command(epilog=examples(*stats.EXAMPLES))(stats.stats)
app.command(epilog=examples(*report.EXAMPLES))(report.report)
app.command(epilog=examples(*clicks.EXAMPLES))(clicks.clicks)
app.command(epilog=examples(*orphans.EXAMPLES))(orphans.orphans)
app.command(epilog=examples(*edit.SHOW_EXAMPLES))(edit.show)
app.command(epilog=examples(*edit.EDIT_EXAMPLES))(edit.edit)
app.command(epilog=examples(*put.PUT_EXAMPLES))(put.put)
app.command(epilog=examples(*edit.ENABLE_EXAMPLES))(edit.enable)
app.command(epilog=examples(*edit.DISABLE_EXAMPLES))(edit.disable)
app.command(epilog=examples(*edit.DELETE_EXAMPLES))(edit.delete)
app.command(epilog=examples(*edit.UNDELETE_EXAMPLES))(edit.undelete)
app.command(epilog=examples(*quarantine.QUARANTINE_EXAMPLES))(quarantine.quarantine)
app.command(epilog=examples(*quarantine.RELEASE_EXAMPLES))(quarantine.release)
app.command(epilog=examples(*simulate.EXAMPLES))(simulate.simulate)
app.command("list", epilog=examples(*find.LIST_EXAMPLES))(find.list_)
app.command(epilog=examples(*find.SEARCH_EXAMPLES))(find.search)
app.command(epilog=examples(*links.EXAMPLES))(links.links)
app.add_typer(tags.app, name="tags")
app.add_typer(campaigns.app, name="utm")
app.command(epilog=examples(*qr.EXAMPLES))(qr.qr)
app.command("open", epilog=examples(*open_.EXAMPLES))(open_.open_)
app.command(epilog=examples(*login.LOGIN_EXAMPLES))(login.login)
app.command(epilog=examples(*login.LOGOUT_EXAMPLES))(login.logout)
app.command(epilog=examples(*whoami.EXAMPLES))(whoami.whoami)
app.add_typer(domains.app, name="domains")
app.add_typer(key_changes.app, name="keys")
app.command(epilog=examples(*audit.EXAMPLES))(audit.audit)
app.command(epilog=examples(*history.EXAMPLES))(history.history)
app.add_typer(abuse.app, name="abuse")
app.command(epilog=examples(*doctor.EXAMPLES))(doctor.doctor)
app.command(epilog=examples(*systems.EXAMPLES))(systems.system)
app.command(epilog=examples(*missing.EXAMPLES))(missing.missing)
app.command(epilog=examples(*migrate.EXAMPLES))(migrate.migrate)
app.command(epilog=examples(*backup.EXAMPLES))(backup.backup)
app.command(epilog=examples(*restore.EXAMPLES))(restore.restore)
app.command(epilog=examples(*demo.EXAMPLES))(demo.demo)
app.command(epilog=examples(*promote.EXAMPLES))(promote.promote)
app.add_typer(export.app, name="export")
app.add_typer(asked.app, name="jobs")
app.add_typer(analytics.app, name="analytics")
app.add_typer(journal.app, name="journal")
app.add_typer(dlq.app, name="dlq")
app.add_typer(ids.app, name="ids")
app.command("help", epilog=examples(*help_.EXAMPLES))(help_.help_)
app.command(epilog=examples(*versions.EXAMPLES))(versions.version)
