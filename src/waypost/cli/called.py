"""The part of the command line that a call needs.

Typer prepares every option of every command before it runs one, which takes longer
than most commands.
"""

from collections.abc import Sequence
from copy import copy
from typing import Final

import typer
from typer.main import get_command_name
from typer.models import CommandInfo

_ALONE: Final = "--version"
"""Needs no command."""
_NEEDS_ALL: Final = "help"
"""The command that shows the others."""


def called_part(app: typer.Typer, arguments: Sequence[str]) -> typer.Typer:
    """Return *app* with only the command that *arguments* begin with.

    All of it if they begin with none: then it is its help, or it says what there is.
    """
    first = arguments[0] if arguments else ""
    commands = [one for one in app.registered_commands if _name_of(one) == first]
    groups = [one for one in app.registered_groups if one.name == first]
    if first == _NEEDS_ALL or not (commands or groups or first == _ALONE):
        return app
    part = copy(app)
    part.registered_commands = commands
    part.registered_groups = groups
    return part


def _name_of(command: CommandInfo) -> str:
    if command.name or command.callback is None:
        return command.name or ""
    return get_command_name(command.callback.__name__)
