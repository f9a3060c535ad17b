"""`waypost version`: which releases run here, and at the server."""

import platform
from importlib.metadata import version as version_of

import msgspec

from waypost.cli.options import JsonOption, ServerOption
from waypost.cli.output import json_line, print_result

EXAMPLES = ("waypost version", "waypost version --server https://go.example.com")


class _Versions(msgspec.Struct, frozen=True):
    """What runs where."""

    version: str
    python: str
    store: str
    """Where the settings keep links."""
    server: str
    """The address of the server."""
    server_version: str | None
    """None: no server says it."""
    server_state: str
    """`running`, or why there is no version."""


def version(as_json: JsonOption = False, server: ServerOption = None) -> None:
    """Show which versions run here and at the server.

    Also where links are kept by the settings. A server that does not answer is no
    error here.
    """
    from waypost.cli.configuration import read_settings
    from waypost.wiring.topology import topology_of

    settings = read_settings()
    address = server or settings.local_url
    server_version, state = _asked(address)
    found = _Versions(
        version=version_of("waypost"),
        python=platform.python_version(),
        store=topology_of(settings).store.value,
        server=address,
        server_version=server_version,
        server_state=state,
    )
    if as_json:
        print_result(json_line(found))
        return
    print_result(f"waypost {found.version}")
    print_result(f"Python  {found.python}")
    print_result(f"store   {found.store}")
    print_result(f"server  {server_version or f'{state} ({address})'}")


def _asked(address: str) -> tuple[str | None, str]:
    """Return the version of the server at *address*, and its state."""
    from waypost.cli.calls.failures import (
        NoAnswerError,
        NotWaypostError,
        RefusedError,
    )
    from waypost.cli.exits import UnreachableError
    from waypost.cli.links.client import ServerClient

    try:
        with ServerClient(address) as client:
            return client.server_version(), "running"
    except NotWaypostError:
        return None, "not Waypost"
    except NoAnswerError:
        return None, "not answering"
    except UnreachableError:
        return None, "not running"
    except RefusedError:
        return None, "of an older release"
