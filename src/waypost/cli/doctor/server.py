"""The doctor's checks of how visitors and this command line reach the server."""

from waypost.cli.calls.failures import NoAnswerError, NotWaypostError
from waypost.cli.doctor.findings import Check, Status
from waypost.cli.exits import UnreachableError, WrongUsageError
from waypost.cli.links.client import HealthReport, ServerClient
from waypost.config import Settings
from waypost.config.urls import is_loopback
from waypost.telemetry.health import HealthState


def check_base_url(settings: Settings) -> Check:
    """Check whether visitors on other machines can follow the short URLs."""
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
        remedy="Set BASE_URL to the URL at which visitors reach this server.",
    )


def check_server(settings: Settings, *, server: str | None) -> Check:
    """Check what answers at *server*, by default at the address of the settings."""
    check = _ask(server or settings.local_url)
    if check.status is Status.NOTE and server is None:
        return _check_port(settings) or check
    return check


def _check_port(settings: Settings) -> Check | None:
    """Check whether a server could listen where nothing answers; None: it could."""
    from waypost.processes.running.listener import CannotListenError, require_free

    try:
        require_free(settings.HOST, settings.PORT)
    except CannotListenError as failure:
        return _problem(str(failure), "")
    return None


def _ask(server: str) -> Check:
    try:
        with ServerClient(server) as client:
            health = client.health()
    except NoAnswerError as failure:
        return _problem(str(failure), "If it hangs, start it again.")
    except NotWaypostError as failure:
        return _problem(str(failure), "Stop that program, or set another PORT.")
    except UnreachableError as failure:
        return Check(name="server", status=Status.NOTE, finding=str(failure))
    except WrongUsageError as failure:
        return _problem(str(failure), "Give --server the address of a server.")
    if health.status is not HealthState.HEALTHY:
        return _problem(
            f"{server} is {health.status}: database {health.database}, "
            f"journal {health.journal}, cache {health.cache}.",
            "Its log says why.",
        )
    return _of_parts(server, health)


def _of_parts(server: str, health: HealthReport) -> Check:
    """Look at the parts without which everything else goes on."""
    if health.readers is not HealthState.HEALTHY:
        return Check(
            name="server",
            status=Status.WARNING,
            finding=f"{server} is healthy, but a reader of its click journal stands "
            "still.",
            remedy="Its log says which (`journal.reader_stalled`) and why. Clicks are "
            "kept until JOURNAL_MAX_MEGABYTES is reached.",
        )
    if health.blocklists is not HealthState.HEALTHY:
        return Check(
            name="server",
            status=Status.WARNING,
            finding=f"{server} is healthy, but cannot read a file of BLOCKLIST_FILES "
            "any more, and goes on with what it read before.",
            remedy="Its log says which line is wrong (`blocklist.unreadable`).",
        )
    if health.audit is not HealthState.HEALTHY:
        return Check(
            name="server",
            status=Status.WARNING,
            finding=f"{server} is healthy, but the files of its audit trail lack "
            "entries. The database has all of them.",
            remedy="Its log says why (`audit.not_filed`): make room on the disk of "
            "DATA_DIR, or check who may write in its folder audit.",
        )
    return Check(name="server", status=Status.OK, finding=f"{server} is healthy.")


def _problem(finding: str, remedy: str) -> Check:
    return Check(name="server", status=Status.PROBLEM, finding=finding, remedy=remedy)
