"""What can be set on a domain, on the command line of the commands that set it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Final, ParamSpec, TypeAlias

import typer

from waypost.cli.exits import WrongUsageError
from waypost.cli.logo_files import logo_file
from waypost.cli.option_tables import require_text, with_options_of

P = ParamSpec("P")
Fields: TypeAlias = dict[str, object]
"""Fields of a domain, by the names of the HTTP API."""


def _url(help_: str) -> object:
    return Annotated[str | None, typer.Option(metavar="URL", help=help_)]


def _switch(name: str, help_: str) -> object:
    names = f"--{name}/--no-{name}"
    return Annotated[bool | None, typer.Option(names, help=help_, show_default=False)]


_URLS: Final = {
    "root_url": _url("For visitors of the host itself."),
    "not_found_url": _url("For codes that no link has."),
    "unknown_path_url": _url("For any other path."),
    "expired_url": _url("For links that are over."),
}
_SWITCHES: Final = {
    "on": Annotated[
        bool | None,
        typer.Option(
            "--on/--off", help="Whether its links are followed.", show_default=False
        ),
    ],
    "case_sensitive": Annotated[
        bool | None,
        typer.Option(
            "--case/--no-case",
            help="Whether small and capital letters of codes differ.",
            show_default=False,
        ),
    ],
}
_FILES: Final = {
    "well_known": Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="assetlinks.json or apple-app-site-association, which is served below "
            "/.well-known/. An empty file removes it.",
        ),
    ],
}
_DEFAULTS: Final = {
    "redirect_status": Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER",
            help="Of new links from then on: 301, 302, 307 or 308; so are those below.",
        ),
    ],
    "forward_query": _switch("forward-query", "Add the visitor's query to the URL."),
    "forward_path": _switch("forward-path", "Add what follows the code to the URL."),
    "preview": Annotated[
        str | None, typer.Option(metavar="WHEN", help="on_request, always or off.")
    ],
    "crawlable": _switch("crawlable", "Allow search engines to follow them."),
}
"""What new links get where nothing else is said."""
_LOOKS: Final = {
    "qr_color": Annotated[
        str | None, typer.Option(metavar="HEX", help="Of its QR codes: 2f7d32.")
    ],
    "qr_background": Annotated[
        str | None, typer.Option(metavar="HEX", help="Or transparent.")
    ],
    "qr_margin": Annotated[
        int | None, typer.Option(metavar="MODULES", help="Empty space around them.")
    ],
    "qr_level": Annotated[
        str | None, typer.Option(metavar="LETTER", help="L, M, Q or H.")
    ],
    "qr_logo": Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A PNG or SVG in the middle; '' for none."),
    ],
}
"""How QR codes look where nothing else is asked for."""


def with_fields(command: Callable[P, None]) -> Callable[P, None]:
    """Return *command* with all that can be set on a domain on its command line.

    It gets what is given as its argument `fields`.
    """
    return with_options_of(
        _URLS | _SWITCHES | _FILES | _DEFAULTS | _LOOKS,
        command,
        into="fields",
        read=_fields,
    )


def _fields(values: Mapping[str, object]) -> Fields:
    """Return what is named, as the HTTP API takes it; an empty URL stands for none."""
    require_text(values)
    named = {name: value for name, value in values.items() if value is not None}
    files = named.pop("well_known", None)
    fields: Fields = {
        name: value or None if name in _URLS else value
        for name, value in named.items()
        if name not in _DEFAULTS | _LOOKS and name != "on"
    }
    if "on" in named:
        fields["state"] = "active" if named["on"] else "disabled"
    if defaults := {name: named[name] for name in _DEFAULTS if name in named}:
        fields["defaults"] = defaults
    if isinstance(files, list) and files:
        fields["well_known"] = {path.name: _document_in(path) for path in files}
    if looks := {name: named[name] for name in _LOOKS if name in named}:
        fields["qr"] = _looks(looks)
    return fields


def _document_in(path: Path) -> object:
    """Return the JSON in a file; None: it is empty.

    Raises:
        WrongUsageError: It cannot be read, or is no JSON.
    """
    try:
        text = path.read_bytes().strip()
        return json.loads(text) if text else None
    except OSError as error:
        raise WrongUsageError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise WrongUsageError(f"{path} is no JSON: {error}.") from error


def _looks(values: Mapping[str, object]) -> Fields:
    looks = {name.removeprefix("qr_"): value or None for name, value in values.items()}
    if (margin := values.get("qr_margin")) is not None:
        looks["margin"] = margin
    if file := looks.get("logo"):
        looks["logo"] = logo_file(Path(str(file)))
    return looks
