"""What other command lines call the commands of this one, for those who try it."""

from collections.abc import Mapping
from typing import Final

_NAMES: Final[Mapping[str, str]] = {
    "add": "shorten",
    "change": "edit",
    "create": "shorten",
    "find": "search",
    "get": "show",
    "import": "bulk",
    "info": "show",
    "ls": "list",
    "make": "shorten",
    "new": "shorten",
    "remove": "delete",
    "rm": "delete",
    "start": "serve",
    "undo": "undelete",
    "update": "edit",
}


def no_such_command(name: str) -> str | None:
    """Return what to say of *name*, which is no command; None: it is not known."""
    meant = _NAMES.get(name)
    return meant and f"No such command '{name}'. Did you mean '{meant}'?"
