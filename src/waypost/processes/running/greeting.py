"""What a person at a terminal sees of a server that has started.

It goes to standard output: the log, which may be kept and sent elsewhere, has no key.
"""

import sys
from typing import Final

from waypost.config import Settings
from waypost.wiring.program import FirstKey

_EXPOSED: Final = """\
Other machines reach this server, and there is no TLS: put a proxy in front of it, or
keys cross the network readably.
/metrics is for addresses of INTERNAL_ADDRESSES only, which are private networks unless
that is set, and for clients with INTERNAL_TOKEN.
"""
_WITH_KEY: Final = """\
Links are made with a key only. To let every client make them: PUBLIC_CREATION=true.
"""
_WITHOUT_KEY: Final = """\
Every client that reaches it can make links. To demand a key: PUBLIC_CREATION=false.
"""


def is_terminal() -> bool:
    """Return whether a person sees what is printed."""
    return sys.stdout.isatty()


def show_address(settings: Settings) -> None:
    """Print in a terminal where the server is; elsewhere the log has it."""
    if is_terminal():
        _print(f"\nWaypost is at {settings.base_url}/ (Ctrl-C stops it)\n\n")


def show_access(settings: Settings, first: FirstKey | None, *, has_api: bool) -> None:
    """Print in a terminal who may do what, and the first key."""
    if not has_api or not is_terminal():
        return
    if not settings.is_private:
        _print(_EXPOSED)
        _print(_WITHOUT_KEY if settings.is_creation_public else _WITH_KEY)
        _print("\n")
    if first is not None:
        _print(_about(first))


def _about(first: FirstKey) -> str:
    kept = (
        f"The command line uses it from {first.stored_in}."
        if first.stored_in
        else "It could not be stored: log in with `waypost login`."
    )
    return (
        "This server had no keys, so here is one that permits everything. It is shown\n"
        f"only now:\n\n    {first.text}\n\n{kept}\n"
        "Make others with `waypost keys create`.\n\n"
    )


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
