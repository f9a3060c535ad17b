"""`waypost qr`: the QR code of a short URL, in the terminal or as a file."""

from pathlib import Path
from typing import Annotated, Final

import typer

from waypost.cli.exits import CommandError, WrongUsageError
from waypost.cli.links.address import LinkArgument, origin_and_code
from waypost.cli.output import print_error, print_result

EXAMPLES = (
    "waypost qr spring26",
    "waypost qr spring26 --output poster.svg",
    "waypost qr https://go.example.com/spring26 -o card.png --size 1024",
)

_NO_WISHES: Final = "The options of images need --output with a file's name."


def qr(  # noqa: PLR0913, PLR0917  # each is an option
    link: LinkArgument,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="The image to write: its name ends with .svg or .png.",
        ),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(metavar="PIXELS", help="On each side. Default: 512."),
    ] = None,
    margin: Annotated[
        str | None,
        typer.Option(metavar="MODULES", help="Empty space around it. Default: 4."),
    ] = None,
    color: Annotated[
        str | None, typer.Option(metavar="HEX", help="Such as 2f7d32. Default: black.")
    ] = None,
    background: Annotated[
        str | None, typer.Option(metavar="HEX", help="Or transparent. Default: white.")
    ] = None,
    level: Annotated[
        str | None,
        typer.Option(
            metavar="LETTER",
            help="How much may be damaged: L 7 %, M 15 %, Q 25 %, H 30 %. Default: M.",
        ),
    ] = None,
    track: Annotated[
        bool, typer.Option(help="Let reports distinguish scans from other clicks.")
    ] = True,
) -> None:
    """Show the QR code of a short URL, or write it as an image.

    It is drawn here, and asks no server. A server has the same images at
    /CODE/qr.svg and /CODE/qr.png.
    """
    from waypost.cli.configuration import read_settings
    from waypost.domain.links import path_of
    from waypost.edge.pages.drawing import qr_for_terminal

    origin, code = origin_and_code(link)
    url = (origin or read_settings().base_url) + path_of(code)
    text = f"{url}?qr" if track else url
    wishes = {
        name: value
        for name, value in {
            "size": size,
            "margin": margin,
            "color": color,
            "background": background,
            "level": level,
        }.items()
        if value is not None
    }
    if output is not None:
        _write(output, text, wishes)
    elif wishes:
        raise WrongUsageError(_NO_WISHES)
    else:
        print_result(qr_for_terminal(text).rstrip("\n"))
        print_result(text)


def _write(file: Path, text: str, wishes: dict[str, str]) -> None:
    from waypost.edge.pages.drawing import qr_image
    from waypost.wire.qr_request import QrStyleError, qr_form, qr_style

    try:
        form = qr_form(file.suffix.lower().removeprefix("."))
        style = qr_style(wishes)
    except QrStyleError as error:
        raise WrongUsageError(str(error)) from None
    try:
        image = qr_image(text, form, style)
    except ValueError:
        raise WrongUsageError(
            "The short URL is too long for a QR code of this level."
        ) from None
    try:
        file.write_bytes(image)
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
    print_error(f"wrote {file}: {text}")
