"""`waypost whoami`: the key that commands send, and what it permits."""

from waypost.cli.options import JsonOption, ServerOption
from waypost.cli.output import json_line, print_result, rows_of

EXAMPLES = ("waypost whoami", "waypost whoami --server https://go.example.com")


def whoami(as_json: JsonOption = False, server: ServerOption = None) -> None:
    """Show which key commands send to a server, and what it permits.

    That is WAYPOST_KEY, or else the key of `waypost login`, or else ADMIN_TOKEN.
    """
    from waypost.cli.calls.opening import connect
    from waypost.cli.configuration import server_address

    with connect(server) as connection:
        found = connection.record("GET", "/api/v1/me")
    if as_json:
        print_result(json_line(found))
        return
    for line in rows_of({"server": server or server_address(), **found}):
        print_result(line)
