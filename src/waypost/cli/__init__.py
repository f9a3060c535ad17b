"""The `waypost` command line.

Each command is a file with its signature and help; what it runs is imported when it
runs, so that the help and refusals of wrong usage come at once.
"""

import sys
from collections.abc import Sequence
from typing import NoReturn

import typer

from waypost.cli.application import app
from waypost.cli.exits import CommandError
from waypost.cli.output import print_error, replace_unprintable


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line, and end the process with its exit code."""
    replace_unprintable()
    command = typer.main.get_command(app)
    try:
        code = command.main(arguments, prog_name="waypost", standalone_mode=False)
    except CommandError as failure:
        print_error(str(failure))
        sys.exit(failure.exit_code)
    except typer.TyperException as error:
        print_error(_usage(error))
        sys.exit(error.exit_code)
    sys.exit(code)


def _usage(error: typer.TyperException) -> str:
    """Return what was wrong with the call, and where the right usage is explained."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "waypost"
    message = error.format_message()
    sentence = message if message.endswith((".", "?")) else f"{message}."
    return f"{sentence} See `{path} --help`."
