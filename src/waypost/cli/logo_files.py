"""A file with a logo for QR codes, named on the command line."""

from pathlib import Path

from waypost.cli.exits import CommandError


def logo_file(file: Path) -> str:
    """Return what is in *file* as a data URL.

    Raises:
        CommandError: It cannot be read.
    """
    from waypost.domain.qr.logos import MAX_LOGO_LENGTH, logo_url

    try:
        with file.open("rb") as opened:
            # A little more than a logo may have, so that the refusal says so.
            return logo_url(opened.read(MAX_LOGO_LENGTH))
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
