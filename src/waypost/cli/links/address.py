"""Which link a command is about: its code, or its whole short URL."""

from typing import Annotated
from urllib.parse import unquote, urlsplit

import typer

from waypost.cli.exits import WrongUsageError
from waypost.domain.naming.external_ids import PREFIX, RULE, external_id_in

LinkArgument = Annotated[
    str,
    typer.Argument(
        metavar="CODE", help="A code, go.acme.com:code, or the whole short URL."
    ),
]


def origin_and_code(link: str) -> tuple[str, str]:
    """Return `scheme://host` (empty for a code alone) and the short code.

    Raises:
        WrongUsageError: *link* is neither a short code nor a short URL.
    """
    if link.startswith(PREFIX) and external_id_in(link) is None:
        raise WrongUsageError(f"{link!r} names no link: {RULE}.")
    if "/" not in link:
        return "", link
    try:
        parts = urlsplit(link if "://" in link else f"//{link}")
    except ValueError:
        parts = urlsplit("")
    code = unquote(parts.path.strip("/"))
    if not parts.netloc or not code or "/" in code:
        raise WrongUsageError(f"{link!r} is neither a short code nor a short URL.")
    return (f"{parts.scheme}://{parts.netloc}" if parts.scheme else ""), code


def server_of(origin: str) -> str:
    """Return the server of a short URL; our visitors' name for it is our own server."""
    from waypost.cli.configuration import read_settings

    settings = read_settings()
    if origin in {"", settings.base_url}:
        return settings.local_url
    return origin


def own_code(link: str, *, server: str | None) -> str:
    """Return the code of a *link* of the server that gets the key.

    Raises:
        WrongUsageError: It is a short URL of another server, which must not get it.
    """
    from waypost.cli.configuration import read_settings

    origin, code = origin_and_code(link)
    if origin in {"", read_settings().base_url, (server or "").rstrip("/")}:
        return code
    raise WrongUsageError(
        f"{origin} is not the server of the settings (BASE_URL), and only that gets "
        "a key. To trust that server, name it with --server."
    )
