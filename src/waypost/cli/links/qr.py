"""`waypost qr`: the QR code of a short URL, in the terminal or as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, ParamSpec, TypeAlias

import typer

from waypost.cli.exits import CommandError, WrongUsageError
from waypost.cli.links.address import LinkArgument, origin_and_code
from waypost.cli.logo_files import logo_file
from waypost.cli.option_tables import with_options_of
from waypost.cli.options import JsonOption
from waypost.cli.output import json_line, print_error, print_result

if TYPE_CHECKING:
    from waypost.domain.qr.logos import QrLogo
    from waypost.wire.qr_request import QrForm

EXAMPLES = (
    "waypost qr spring26",
    "waypost qr spring26 --output poster.svg",
    "waypost qr https://go.example.com/spring26 -o card.png --size 1024",
    "waypost qr spring26 -o poster.svg --logo logo.svg --color 2f7d32",
)

P = ParamSpec("P")
Wishes: TypeAlias = Mapping[str, str]
"""How an image is to look, by the names of the HTTP API."""

_WISHES: Final = {
    "size": Annotated[
        str | None,
        typer.Option(metavar="PIXELS", help="On each side. Default: 512."),
    ],
    "margin": Annotated[
        str | None,
        typer.Option(metavar="MODULES", help="Empty space around it. Default: 4."),
    ],
    "color": Annotated[
        str | None, typer.Option(metavar="HEX", help="Such as 2f7d32. Default: black.")
    ],
    "background": Annotated[
        str | None, typer.Option(metavar="HEX", help="Or transparent. Default: white.")
    ],
    "level": Annotated[
        str | None,
        typer.Option(
            metavar="LETTER",
            help="How much may be damaged: L 7 %, M 15 %, Q 25 %, H 30 %. Default: M.",
        ),
    ],
}
_NO_WISHES: Final = "The options of images need --output with a file's name."


def with_wishes(command: Callable[P, None]) -> Callable[P, None]:
    """Return *command* with the wishes for an image on its command line."""
    return with_options_of(
        _WISHES,
        command,
        into="wishes",
        read=lambda values: {name: text for name, text in values.items() if text},
    )


@with_wishes
def qr(  # noqa: PLR0913  # each is an option
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
    logo: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A PNG or SVG to draw in its middle."),
    ] = None,
    track: Annotated[
        bool, typer.Option(help="Let reports distinguish scans from other clicks.")
    ] = True,
    as_json: JsonOption = False,
    *,
    wishes: Wishes,
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
    if output is not None:
        _write(output, text, wishes, logo)
        if as_json:
            print_result(json_line({"url": text, "file": str(output)}))
    elif wishes or logo:
        raise WrongUsageError(_NO_WISHES)
    elif as_json:
        print_result(json_line({"url": text, "file": None}))
    else:
        print_result(qr_for_terminal(text).rstrip("\n"))
        print_result(text)


def _write(file: Path, text: str, wishes: Wishes, logo: Path | None) -> None:
    from waypost.edge.pages.drawing import qr_image
    from waypost.wire.qr_request import QrStyleError, qr_form, qr_style

    try:
        form = qr_form(file.suffix.lower().removeprefix("."))
        style = qr_style(wishes)
    except QrStyleError as error:
        raise WrongUsageError(str(error)) from None
    picture = _logo(logo, form) if logo else None
    try:
        image = qr_image(text, form, style, picture)
    except ValueError:
        raise WrongUsageError(
            "The short URL is too long for a QR code of this level."
        ) from None
    try:
        file.write_bytes(image)
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
    print_error(f"wrote {file}: {text}")


def _logo(file: Path, form: QrForm) -> QrLogo:
    from waypost.domain.qr.errors import InvalidLogo
    from waypost.domain.qr.logos import logo_in
    from waypost.wire.qr_request import QrForm as Form

    try:
        logo = logo_in(logo_file(file))
    except InvalidLogo as error:
        raise WrongUsageError(f"{file}: {error}") from None
    if logo.pixels is None and form is Form.PNG:
        raise WrongUsageError("An SVG logo needs an image whose name ends with .svg.")
    return logo
