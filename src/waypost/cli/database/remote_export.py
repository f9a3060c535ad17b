"""Exports of a running server, over HTTP."""

from collections.abc import Sequence
from pathlib import Path

from waypost.cli.calls.opening import connect
from waypost.cli.exits import CommandError
from waypost.cli.output import show_progress

_MEGABYTE = 1_000_000


def fetch_export(
    name: str,
    query: Sequence[tuple[str, str | None]],
    *,
    output: Path,
    server: str | None,
) -> int:
    """Write the export called *name* to *output*, and return how many bytes it has.

    Of *query*, what is None is left out.

    Raises:
        CommandError: The server refuses or breaks off, or the file cannot be written;
            a file that was there is what it was.
    """
    from waypost.cli.errors import error_text
    from waypost.wiring.offline.exports import opened

    size = 0
    asked = [(one, value) for one, value in query if value is not None]
    with connect(server) as connection:
        try:
            with (
                connection.streamed(f"/api/v1/exports/{name}", asked) as pieces,
                opened(output) as file,
            ):
                for piece in pieces:
                    size += file.write(piece)
                    show_progress(f"Wrote {size / _MEGABYTE:,.1f} MB …")
        except OSError as error:
            raise CommandError(
                f"{output} cannot be written: {error_text(error)}. Check the folder "
                "and the room on the disk."
            ) from error
    return size
