"""Options of links on the command line: one table, for all commands that take them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Final, ParamSpec, TypeAlias

import typer

from waypost.cli.exits import WrongUsageError
from waypost.cli.links.targeting.values import read_rules, read_variant
from waypost.cli.option_tables import require_text, with_options_of
from waypost.cli.passwords import read_password

P = ParamSpec("P")
Values: TypeAlias = dict[str, str | int | Sequence[object] | None]
Fields: TypeAlias = dict[str, str | int | Sequence[object] | Values | None]


def _utm(metavar: str, what: str) -> object:
    return Annotated[str | None, typer.Option(metavar=metavar, help=what)]


OPTIONS: Final = {
    "title": Annotated[
        str | None, typer.Option(metavar="TEXT", help="A title, for lists.")
    ],
    "notes": Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Notes for those who may change the link."),
    ],
    "valid_since": Annotated[
        str | None,
        typer.Option(
            metavar="MOMENT",
            help="Before this moment the link leads nowhere: 2026-03-01T09:30:00Z, or "
            "from now +30m, +2h, +7d, +4w.",
        ),
    ],
    "valid_until": Annotated[
        str | None,
        typer.Option(
            metavar="MOMENT", help="From this moment on the link has expired."
        ),
    ],
    "max_clicks": Annotated[
        int | None,
        typer.Option(metavar="NUMBER", help="How many people may pass."),
    ],
    "expired_url": Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Where visitors go once the link has expired or is used up.",
        ),
    ],
    "redirect_status": Annotated[
        int | None,
        typer.Option(metavar="NUMBER", help="301, 302, 307 or 308. Default: 307."),
    ],
    "forward_query": Annotated[
        bool | None,
        typer.Option(
            "--forward-query/--no-forward-query",
            help="Add the visitor's query to the URL.",
            show_default=False,
        ),
    ],
    "forward_path": Annotated[
        bool | None,
        typer.Option(
            "--forward-path/--no-forward-path",
            help="Add what follows the code in the visitor's path to that of the URL.",
            show_default=False,
        ),
    ],
    "utm_source": _utm("NAME", "Set utm_source in the URL, in place of its own."),
    "utm_medium": _utm("NAME", "The same for utm_medium."),
    "utm_campaign": _utm("NAME", "The same for utm_campaign."),
    "utm_term": _utm("TEXT", "The same for utm_term."),
    "utm_content": _utm("TEXT", "The same for utm_content."),
    "preview": Annotated[
        str | None,
        typer.Option(
            metavar="WHEN",
            help="on_request (the default): the short URL with + shows where the link "
            "leads; always: each visitor sees that first; or off.",
        ),
    ],
    "password": Annotated[
        bool | None,
        typer.Option(
            "--password",
            help="Visitors need a password: it is asked for, or read from stdin.",
            show_default=False,
        ),
    ],
    "rules": Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="A file in JSON with the rules of the link, or - for stdin.",
        ),
    ],
    "variants": Annotated[
        list[str] | None,
        typer.Option(
            "--variant",
            metavar="VARIANT",
            help="A share of the visitors who go elsewhere, as "
            "name=b,weight=30,url=https://example.com/b. May be repeated.",
        ),
    ],
    "crawlable": Annotated[
        bool | None,
        typer.Option(
            "--crawlable/--no-crawlable",
            help="Allow search engines to follow it, in /robots.txt, or not.",
            show_default=False,
        ),
    ],
    "tags": Annotated[
        list[str] | None,
        typer.Option(
            "--tag", metavar="TAG", help="A tag of the link. May be repeated."
        ),
    ],
    "archived": Annotated[
        bool | None,
        typer.Option(
            "--archived/--no-archived",
            help="Leave the link out of lists, or not.",
            show_default=False,
        ),
    ],
    "disabled": Annotated[
        bool | None,
        typer.Option(
            "--disabled/--no-disabled",
            help="Keep the link off, or turn it on.",
            show_default=False,
        ),
    ],
}
"""What may be set on a link, by the names of the HTTP API; of a field of an object, by
the names of both."""
UTM_TEMPLATE: Final = "utm_template"
_ONCE: Final = {
    UTM_TEMPLATE: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="A template for what the options --utm-… leave out."
        ),
    ],
    "fetch_title": Annotated[
        bool | None,
        typer.Option(
            "--fetch-title/--no-fetch-title",
            help="Let the server fetch the title of the page, if it has none.",
            show_default=False,
        ),
    ],
    "external_id": Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help="Your own id of the link, called ext:TEXT then."
        ),
    ],
}
"""What is done with a link once, and is no option of it."""
_OBJECT: Final = "utm"
_PREFIX: Final = f"{_OBJECT}_"


def nested(values: Values) -> Fields:
    """Return *values*, by names of `OPTIONS`, as the HTTP API takes them."""
    inner = {
        name.removeprefix(_PREFIX): value
        for name, value in values.items()
        if name.startswith(_PREFIX) and name not in _ONCE
    }
    outer: Fields = {
        name: value
        for name, value in values.items()
        if not name.startswith(_PREFIX) or name in _ONCE
    }
    return outer | {_OBJECT: inner} if inner else outer


def flat(fields: Mapping[str, object]) -> dict[str, object]:
    """Return *fields*, as the HTTP API answers them, by the names of `OPTIONS`."""
    shown = {**fields, "password": fields.get("has_password")}
    inner = fields.get(_OBJECT)
    if not isinstance(inner, dict):
        return shown
    return {**shown, **{f"{_PREFIX}{name}": value for name, value in inner.items()}}


def cleared(names: Iterable[str]) -> Values:
    """Return the values that clear the options of these *names*, as they are typed."""
    plain = [name.replace("-", "_") for name in names]
    whole = [name for name in OPTIONS if name.startswith(_PREFIX)]
    return dict.fromkeys(
        one for name in plain for one in (whole if name == _OBJECT else [name])
    )


def given(**values: object) -> Values:
    """Return those *values* that are set: texts, numbers, lists and switches.

    Raises:
        WrongUsageError: One of them stands for bytes that are not text.
    """
    for value in values.values():
        require_text(value)
    return {
        name: value
        for name, value in values.items()
        if isinstance(value, str | int) or (isinstance(value, list) and value)
    }


def with_link_options(command: Callable[P, None]) -> Callable[P, None]:
    """Return *command* with every one of `OPTIONS` on its command line.

    It gets those that are given as its argument `options`.
    """
    return with_options_of(
        OPTIONS | _ONCE,
        command,
        into="options",
        read=lambda values: _read(given(**values)),
    )


def _read(values: Values) -> Values:
    """Return *values* with rules, variants and password as the HTTP API takes them."""
    if values.get("password") is True:
        if values.get("rules") == "-":
            raise WrongUsageError("Rules and a password cannot both come from stdin.")
        values["password"] = read_password()
    if isinstance(source := values.get("rules"), str):
        values["rules"] = read_rules(source)
    if isinstance(variants := values.get("variants"), list):
        values["variants"] = [read_variant(one) for one in variants]
    return values
