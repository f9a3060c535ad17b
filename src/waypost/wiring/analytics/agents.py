"""User agents: with the library in Rust where it is installed, else more slowly."""

from importlib.util import find_spec

import structlog

from waypost.adapters.agents.machines import MachineAgents
from waypost.adapters.agents.plain_search import search_plainly
from waypost.ports.analytics.enrichment import Clients, Machines

_log = structlog.get_logger()


def is_fast() -> bool:
    """Return whether user agents are read by the library in Rust."""
    return find_spec("ua_parser_rs") is not None


def open_clients() -> Clients:
    """Return what reads devices, systems and browsers; it takes half a second."""
    from waypost.adapters.agents.clients import ParsedClients

    return ParsedClients()


def open_machines() -> Machines:
    """Return what judges user agents, also when clicks are classified again."""
    if is_fast():
        from waypost.adapters.agents.fast_search import search_fast

        try:
            return MachineAgents(search_fast)
        except ValueError as error:
            # A newer list than the locked one, with an expression of another kind.
            _log.warning("enrichment.list_read_slowly", reason=str(error)[:200])
    return MachineAgents(search_plainly)
