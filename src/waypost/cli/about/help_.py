"""`waypost help`: the help of a command, for those who type it before its name."""

from typing import Annotated

import typer

EXAMPLES = ("waypost help", "waypost help keys create")


def help_(
    context: typer.Context,
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="[COMMAND]...", help="Default: the program itself."),
    ] = None,
) -> None:
    """Show what a command does, as `waypost COMMAND --help` does."""
    root = context.find_root().command
    root.main([*(command or ()), "--help"], prog_name="waypost", standalone_mode=False)
