"""Passwords of links on the command line, which never stand on the line itself.

There, other users of the machine would see them, and the shell would keep them.
"""

import sys

import typer

from waypost.cli.exits import WrongUsageError

_MOST_BYTES = 4_096


def read_password() -> str:
    """Return the password that is typed at the terminal, or the first line of stdin.

    Raises:
        WrongUsageError: There is none, or it is not text.
    """
    if sys.stdin.isatty():
        typed: str = typer.prompt(
            "Password", hide_input=True, confirmation_prompt=True, err=True
        )
        return typed
    line = sys.stdin.buffer.readline(_MOST_BYTES).rstrip(b"\r\n")
    if not line:
        raise WrongUsageError("There is no password on stdin.")
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise WrongUsageError("The password is not text in UTF-8.") from None
