"""Options that several commands share, and the blocks of examples in their help."""

from pathlib import Path
from typing import Annotated

import typer

JsonOption = Annotated[
    bool, typer.Option("--json", help="Write JSON for programs, one object per line.")
]

DryRunOption = Annotated[
    bool,
    typer.Option("--dry-run", help="Check everything, and change nothing."),
]

IfVersionOption = Annotated[
    int | None,
    typer.Option(
        "--if-version",
        metavar="NUMBER",
        help="Only if it has this version, as `show` says.",
    ),
]

ServerOption = Annotated[
    str | None,
    typer.Option(
        "--server",
        metavar="URL",
        envvar="WAYPOST_SERVER",
        help="Where the server answers. Default: http:// with HOST and PORT.",
    ),
]

DataDirOption = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="FOLDER",
        help="Folder of the database and the click journal. Default: DATA_DIR.",
    ),
]


HostOption = Annotated[
    str | None,
    typer.Option(
        "--host", metavar="ADDRESS", help="Address to listen on. Default: HOST."
    ),
]

PortOption = Annotated[
    int | None,
    typer.Option(
        "--port", metavar="NUMBER", help="TCP port to listen on. Default: PORT."
    ),
]

YesOption = Annotated[
    bool, typer.Option("--yes", "-y", help="Delete it without asking.")
]

LogLevelOption = Annotated[
    str | None,
    typer.Option(
        "--log-level",
        metavar="LEVEL",
        help="Least severity that is logged: DEBUG, INFO, WARNING or ERROR. "
        "Default: LOG_LEVEL.",
    ),
]


def examples(*lines: str) -> str:
    """Return the epilog of a command: *lines* unchanged, under a heading."""
    # A paragraph that begins with a backspace is not wrapped.
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])
