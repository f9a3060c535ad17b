"""The `waypost` command line.

Each command is a file with its signature and help; what it runs is imported when it
runs, so that the help and refusals of wrong usage come at once.
"""

import sys
from collections.abc import Sequence
from typing import Final, NoReturn

import msgspec
import typer

from waypost.cli.application import app
from waypost.cli.called import called_part
from waypost.cli.exits import CommandError, ExitCode
from waypost.cli.other_names import no_such_command
from waypost.cli.output import (
    asks_for_json,
    print_error,
    print_error_json,
    replace_unprintable,
)

_UNKNOWN_FORM: Final = (
    "The server's answer has another form than this release knows: {}. "
    "`waypost version` compares the releases."
)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line, and end the process with its exit code."""
    replace_unprintable()
    given = sys.argv[1:] if arguments is None else arguments
    command = typer.main.get_command(called_part(app, given))
    try:
        code = command.main(given, prog_name="waypost", standalone_mode=False)
    except CommandError as failure:
        _fail(str(failure), failure.exit_code, given, code=failure.code)
    except typer.TyperException as error:
        _fail(_usage(error, given), error.exit_code, given)
    except msgspec.ValidationError as error:
        _fail(_UNKNOWN_FORM.format(error), ExitCode.UNREACHABLE, given)
    sys.exit(code)


def _fail(
    sentence: str, exit_code: int, arguments: Sequence[str], *, code: str = ""
) -> NoReturn:
    """Say what went wrong in the form of the results, and end the process."""
    if asks_for_json(arguments):
        print_error_json(sentence, exit_code=exit_code, code=code)
    else:
        print_error(sentence)
    sys.exit(exit_code)


def _usage(error: typer.TyperException, arguments: Sequence[str]) -> str:
    """Return what was wrong with the call, and where the right usage is explained."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "waypost"
    message = error.format_message()
    if arguments and message.startswith(f"No such command '{arguments[0]}'"):
        message = no_such_command(arguments[0]) or message
    sentence = message if message.endswith((".", "?")) else f"{message}."
    return f"{sentence} See `{path} --help`."
