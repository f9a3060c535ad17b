"""Options of links on the command line, as `shorten` and `edit` take them."""

from typing import Annotated, TypeAlias

import typer

from waypost.cli.exits import WrongUsageError

Values: TypeAlias = dict[str, str | int | bool | None]


def _text(name: str, metavar: str, says: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(name, metavar=metavar, help=says)
    return option


TitleOption = Annotated[str | None, _text("--title", "TEXT", "A title, for lists.")]
NotesOption = Annotated[
    str | None, _text("--notes", "TEXT", "Notes for those who may change the link.")
]
SinceOption = Annotated[
    str | None,
    _text(
        "--valid-since",
        "MOMENT",
        "Before this moment the link leads nowhere: 2026-03-01T09:30:00Z, or from now "
        "+30m, +2h, +7d, +4w.",
    ),
]
UntilOption = Annotated[
    str | None,
    _text("--valid-until", "MOMENT", "From this moment on the link has expired."),
]
ExpiredUrlOption = Annotated[
    str | None,
    _text("--expired-url", "URL", "Where visitors go once the link has expired."),
]
StatusOption = Annotated[
    int | None,
    typer.Option(
        "--redirect-status",
        metavar="NUMBER",
        help="301, 302, 307 or 308. Default: 307.",
    ),
]
ForwardQueryOption = Annotated[
    bool | None,
    typer.Option(
        "--forward-query/--no-forward-query",
        help="Add the visitor's query to the URL.",
        show_default=False,
    ),
]
DisabledOption = Annotated[
    bool | None,
    typer.Option("--disabled", help="Keep the link off.", show_default=False),
]


def given(**values: str | int | bool | None) -> Values:
    """Return those of *values* that are not None.

    Raises:
        WrongUsageError: One of them stands for bytes that are no text.
    """
    for value in values.values():
        try:
            str(value).encode()
        except UnicodeEncodeError:
            raise WrongUsageError("This is not text in UTF-8.") from None
    return {name: value for name, value in values.items() if value is not None}
