"""Redirects and the API: `waypost run app`, and by itself the whole product.

`waypost serve` is the same process without others beside it: it does itself what no
setting assigns to another process (a shared cache, a bus, ingest workers).
"""

from waypost.config import Settings
from waypost.processes.running import data_plane
from waypost.wiring.programs.app import open_application


def run(settings: Settings) -> None:
    """Serve redirects and the API until a signal comes.

    Raises:
        As `data_plane.run`.
    """
    data_plane.run(settings, open_application)
