"""How a command ends: the exit codes, and failures in one sentence."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The result of a command, for programs."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    UNREACHABLE = 3
    BUSY = 4
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.OK: "done",
    ExitCode.REFUSED: "refused, failed, or a problem was found",
    ExitCode.USAGE: "wrong usage or wrong settings",
    ExitCode.UNREACHABLE: "the server cannot be reached",
    ExitCode.BUSY: "another process does it at the moment",
    ExitCode.INTERRUPTED: "interrupted with Ctrl-C",
}
"""What each exit code means, as the help says it."""


class CommandError(Exception):
    """A command cannot do its work; the text is one sentence for the user."""

    exit_code = ExitCode.REFUSED
    code = ""
    """The stable name of a server's refusal; empty: no server has refused."""


class WrongUsageError(CommandError):
    """The command was called wrongly, or a setting is wrong."""

    exit_code = ExitCode.USAGE


class UnreachableError(CommandError):
    """No Waypost server answers at the address."""

    exit_code = ExitCode.UNREACHABLE


class BusyError(CommandError):
    """Another process does the same at the moment."""

    exit_code = ExitCode.BUSY
