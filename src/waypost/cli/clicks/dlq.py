"""`waypost dlq …`: list records that could not be counted, and count them again."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from waypost.cli.exits import CommandError, UnreachableError, WrongUsageError
from waypost.cli.options import JsonOption, examples
from waypost.cli.output import json_line, plural, print_done, print_result, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waypost.config import Settings
    from waypost.wiring.offline.dead_letters import DeadLetter

app = typer.Typer(rich_markup_mode=None)


class LetterReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A dead letter in JSON output."""

    id: str
    reason: str
    attempts: int
    kept_at: datetime
    bytes: int
    origin: str
    content: str | None = None
    """In Base64. It may hold data of a visitor, so only `show` prints it."""


@app.callback(invoke_without_command=True)
def dlq(context: typer.Context) -> None:
    """List records that could not be counted, and count them again.

    Ingest workers keep such records in the Kafka topic of the clicks with `.dlq`
    behind its name. A record that is no click, and a click on a link that the
    database does not know, come there at once; a click that the database refuses,
    after three attempts. These commands remove nothing from the topic.
    """
    if context.invoked_subcommand is None:
        print_result(context.get_help())


@app.command("list", epilog=examples("waypost dlq list", "waypost dlq list --json"))
def list_letters(as_json: JsonOption = False) -> None:
    """List the records and why they are here, the oldest first."""
    letters = _all()
    if as_json:
        for letter in letters:
            print_result(json_line(_report(letter)))
        return
    if not letters:
        print_result("There are no dead letters.")
        return
    header = ("ID", "KEPT (UTC)", "BYTES", "ATTEMPTS", "REASON")
    for line in table(header, map(_row, letters)):
        print_result(line)


@app.command(epilog=examples("waypost dlq show 0-17", "waypost dlq show 0-17 --json"))
def show(
    letter_id: Annotated[
        str, typer.Argument(metavar="ID", help="As `waypost dlq list` shows it.")
    ],
    as_json: JsonOption = False,
) -> None:
    r"""Show a record with its content, which may identify a visitor.

    Bytes that are not printable ASCII are shown as \x00, so that they cannot control
    the terminal. With --json the content is in Base64.
    """
    (letter,) = _chosen([letter_id])
    if as_json:
        print_result(
            json_line(_report(letter, content=b64encode(letter.content).decode()))
        )
        return
    print_result(f"id        {letter.id}")
    print_result(f"kept      {letter.kept_at:%Y-%m-%d %H:%M:%S} UTC")
    print_result(f"attempts  {letter.attempts}")
    print_result(f"reason    {_safe(letter.reason.encode())}")
    print_result(f"origin    {_safe(letter.origin.encode()) or 'unknown'}")
    print_result(f"key       {_safe(letter.key)}")
    print_result(f"content   {_safe(letter.content)}")


@app.command(
    epilog=examples("waypost dlq replay 0-17 0-18", "waypost dlq replay --all")
)
def replay(
    letter_ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID", help="As `waypost dlq list` shows them."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Replay all that there are.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Send records to the ingest workers again.

    Do it once the cause is repaired. Each record is produced unchanged to the topic
    of the clicks. A click that is counted already is recognised, so it does no harm
    to replay one twice. A record that still cannot be counted gets a new id.
    """
    if bool(letter_ids) == everything:
        raise WrongUsageError("Name the records to replay, or use --all.")
    letters = _all() if everything else _chosen(letter_ids or [])
    if letters:
        from waypost.wiring.offline.dead_letters import replay_letters

        with _kafka() as settings:
            asyncio.run(replay_letters(settings, letters))
    print_done(
        f"Replayed {plural(len(letters), 'record')}.",
        as_json=as_json,
        replayed=len(letters),
    )


def _all() -> Sequence[DeadLetter]:
    from waypost.wiring.offline.dead_letters import all_letters

    with _kafka() as settings:
        return asyncio.run(all_letters(settings))


def _chosen(ids: Sequence[str]) -> Sequence[DeadLetter]:
    from waypost.wiring.offline.dead_letters import chosen_letters

    with _kafka() as settings:
        found = asyncio.run(chosen_letters(settings, ids))
    missing = [letter_id for letter_id, letter in found.items() if letter is None]
    if missing:
        raise CommandError(
            f"There is no dead letter {_safe(missing[0].encode())}. "
            "`waypost dlq list` shows those that exist."
        )
    return [letter for letter in found.values() if letter is not None]


@contextmanager
def _kafka() -> Iterator[Settings]:
    """Yield the settings; raise in one sentence why Kafka cannot be used.

    Raises:
        WrongUsageError: The settings name no Kafka.
        UnreachableError: It does not answer.
    """
    from waypost.cli.configuration import read_settings
    from waypost.config import SettingsError
    from waypost.domain.errors import BackendUnavailable

    try:
        yield read_settings()
    except SettingsError as error:
        raise WrongUsageError(str(error)) from error
    except BackendUnavailable as error:
        raise UnreachableError(
            "Kafka does not answer. Is KAFKA_BOOTSTRAP_SERVERS right, and does it run? "
            "`waypost doctor` shows more."
        ) from error


def _row(letter: DeadLetter) -> tuple[str, ...]:
    return (
        letter.id,
        f"{letter.kept_at:%Y-%m-%d %H:%M:%S}",
        f"{len(letter.content):,}",
        str(letter.attempts),
        _safe(letter.reason.encode()),
    )


def _report(letter: DeadLetter, content: str | None = None) -> LetterReport:
    return LetterReport(
        id=letter.id,
        reason=letter.reason,
        attempts=letter.attempts,
        kept_at=letter.kept_at,
        bytes=len(letter.content),
        origin=letter.origin,
        content=content,
    )


def _safe(content: bytes) -> str:
    """Return *content* with all bytes escaped that could control a terminal."""
    return "".join(chr(at) if 32 <= at < 127 else f"\\x{at:02x}" for at in content)
