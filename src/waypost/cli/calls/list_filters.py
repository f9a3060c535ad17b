"""Filters of lists of links on the command line: one table, for both commands."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Final, ParamSpec, TypeAlias

import typer

from waypost.cli.option_tables import require_text, with_options_of

P = ParamSpec("P")
Filters: TypeAlias = Sequence[tuple[str, str]]
"""Parameters of `GET /api/v1/links`, with their values."""

FILTERS: Final = {
    "state": Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATE",
            help="Only links in this state: active, scheduled, expired, exhausted, "
            "disabled, quarantined or deleted. May be repeated.",
        ),
    ],
    "not_state": Annotated[
        list[str] | None,
        typer.Option(metavar="STATE", help="No links in this state. May be repeated."),
    ],
    "tag": Annotated[
        list[str] | None,
        typer.Option(metavar="TAG", help="Only links with this tag. May be repeated."),
    ],
    "tag_mode": Annotated[
        str | None,
        typer.Option(metavar="MODE", help="any of the tags (the default), or all."),
    ],
    "not_tag": Annotated[
        list[str] | None,
        typer.Option(metavar="TAG", help="No links with this tag. May be repeated."),
    ],
    "archived": Annotated[
        str | None,
        typer.Option(
            metavar="WHICH", help="Archived links too (any), or only them (true)."
        ),
    ],
    "not_tag_mode": Annotated[
        str | None,
        typer.Option(
            metavar="MODE", help="none of these tags (any, the default), or not all."
        ),
    ],
    "has": Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT",
            help="Only links with one of these: password, rules, variants, "
            "max_clicks, expiry, title. Repeatable.",
        ),
    ],
    "not_has": Annotated[
        list[str] | None,
        typer.Option(metavar="WHAT", help="Only links without it. Repeatable."),
    ],
    "domain": Annotated[
        list[str] | None,
        typer.Option(metavar="HOST", help="Only links of this domain. Repeatable."),
    ],
    "code": Annotated[
        str | None,
        typer.Option(metavar="CODE", help="Only the link of this code."),
    ],
    "external_id": Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Only the link that you call so."),
    ],
    "created_by": Annotated[
        str | None,
        typer.Option(
            metavar="KEY",
            help="Only links that the key with this id made, or anonymous, or "
            "admin_token.",
        ),
    ],
    "host": Annotated[
        str | None,
        typer.Option(metavar="HOST", help="Only links to this host or one below it."),
    ],
    "url": Annotated[
        str | None, typer.Option(metavar="URL", help="Only links to this URL.")
    ],
    "created_from": Annotated[
        str | None,
        typer.Option(
            metavar="MOMENT", help="Made from then on: 2026-03-01T09:30:00Z, -7d."
        ),
    ],
    "created_to": Annotated[
        str | None, typer.Option(metavar="MOMENT", help="Made before.")
    ],
    "updated_from": Annotated[
        str | None, typer.Option(metavar="MOMENT", help="Changed from then on.")
    ],
    "updated_to": Annotated[
        str | None, typer.Option(metavar="MOMENT", help="Changed before.")
    ],
    "valid_until_from": Annotated[
        str | None, typer.Option(metavar="MOMENT", help="Valid until then, or longer.")
    ],
    "valid_until_to": Annotated[
        str | None,
        typer.Option(metavar="MOMENT", help="No longer valid then: +7d, now."),
    ],
    "clicks_min": Annotated[
        int | None, typer.Option(metavar="NUMBER", help="Followed at least so often.")
    ],
    "clicks_max": Annotated[
        int | None, typer.Option(metavar="NUMBER", help="Followed at most so often.")
    ],
    "sort": Annotated[
        str | None,
        typer.Option(
            metavar="ORDER",
            help="created_at, updated_at, code, clicks, valid_until, title or url; "
            "descending with - before it. Default: -created_at.",
        ),
    ],
}
"""What a list may be asked for, by the names of the HTTP API."""


EXPORT_FILTERS: Final = {
    "q": Annotated[
        str | None,
        typer.Option("--search", metavar="WORDS", help="Beginnings of words, as one."),
    ],
    **{name: kind for name, kind in FILTERS.items() if name != "sort"},
    "archived": Annotated[
        str | None,
        typer.Option(
            metavar="WHICH", help="Without archived links (false), or only them (true)."
        ),
    ],
}
"""Which links are exported."""


def _given(values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                require_text(one)
                yield name, str(one)


def with_filters(command: Callable[P, None]) -> Callable[P, None]:
    """Return *command* with every one of `FILTERS` on its command line.

    It gets those that are given as its argument `filters`.
    """
    return with_options_of(
        FILTERS, command, into="filters", read=lambda values: list(_given(values))
    )


def with_export_filters(command: Callable[P, None]) -> Callable[P, None]:
    """Return *command* with `EXPORT_FILTERS`, as `with_filters`."""
    return with_options_of(
        EXPORT_FILTERS,
        command,
        into="filters",
        read=lambda values: list(_given(values)),
    )
