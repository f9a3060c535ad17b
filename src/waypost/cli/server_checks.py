"""The doctor's checks of how visitors and this command line reach the server."""

from waypost.cli.client import NotWaypostError, ServerClient
from waypost.cli.configuration import is_loopback
from waypost.cli.diagnosis import Check, Status
from waypost.cli.exits import UnreachableError, WrongUsageError
from waypost.config import Settings
from waypost.telemetry.health import HealthState


def check_base_url(settings: Settings) -> Check:
    """Look at whether visitors elsewhere can follow the short URLs."""
    if settings.BASE_URL or is_loopback(settings.HOST):
        return Check(
            name="base URL",
            status=Status.OK,
            finding=f"Short URLs begin with {settings.base_url}/.",
        )
    return Check(
        name="base URL",
        status=Status.WARNING,
        finding=f"The server listens on {settings.HOST}, but short URLs begin with "
        f"{settings.base_url}/, which only works on this machine.",
        remedy="Set BASE_URL to what visitors call this server.",
    )


def check_server(server: str) -> Check:
    """Look at what answers where the server should be, if anything."""
    try:
        with ServerClient(server) as client:
            health = client.health()
    except NotWaypostError as failure:
        return _problem(str(failure), "Stop that program, or set another PORT.")
    except UnreachableError as failure:
        return Check(name="server", status=Status.NOTE, finding=str(failure))
    except WrongUsageError as failure:
        return _problem(str(failure), "Give --server such an address.")
    if health.status is not HealthState.HEALTHY:
        return _problem(
            f"{server} is {health.status}: database {health.database}, "
            f"cache {health.cache}.",
            "Its log tells why.",
        )
    return Check(name="server", status=Status.OK, finding=f"{server} is healthy.")


def _problem(finding: str, remedy: str) -> Check:
    return Check(name="server", status=Status.PROBLEM, finding=finding, remedy=remedy)
