"""`waypost migrate`: bring the database's schema up to date."""

from typing import Annotated

import typer

from waypost.cli.exits import CommandError
from waypost.cli.options import DataDirOption, JsonOption
from waypost.cli.output import print_done

EXAMPLES = (
    "waypost migrate",
    "waypost migrate --check && waypost serve",
)


def migrate(
    check: Annotated[
        bool,
        typer.Option("--check", help="Change nothing; exit with 1 if it is needed."),
    ] = False,
    as_json: JsonOption = False,
    data_dir: DataDirOption = None,
) -> None:
    """Upgrade the database's schema to what this version needs.

    `waypost serve` does so by itself when it starts. It may be repeated, and it
    keeps all data.
    """
    from waypost.cli.configuration import read_settings
    from waypost.cli.errors import readable_errors
    from waypost.wiring.offline.schema import read_schema, upgrade_schema
    from waypost.wiring.parts.embedded import require_nothing_left_behind

    settings = read_settings(DATA_DIR=data_dir)
    with readable_errors():
        require_nothing_left_behind(settings)
        before = read_schema(settings)
    if before.is_current:
        print_done(
            f"The database is up to date, at revision {before.current}.",
            as_json=as_json,
            before=before.current,
            revision=before.current,
        )
        return
    change = f"from {before.current or 'nothing'} to {before.newest}"
    if check:
        raise CommandError(
            f"The database needs an upgrade {change}: run `waypost migrate`."
        )
    with readable_errors():
        upgrade_schema(settings)
    print_done(
        f"Upgraded the database {change}.",
        as_json=as_json,
        before=before.current,
        revision=before.newest,
    )
