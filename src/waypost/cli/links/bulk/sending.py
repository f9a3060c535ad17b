"""Send rows, some hundred at a time, until the server has answered each."""

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from waypost.cli.calls.failures import RefusedError
from waypost.cli.exits import UnreachableError
from waypost.cli.links.bulk.rows import Row
from waypost.cli.links.client import ServerClient

_MOST_ROWS: Final = 500
_MOST_BYTES: Final = 4 * 1024 * 1024
_PAUSES: Final = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds before the same is sent again to a server that cannot do it now."""
_LATER: Final = frozenset(
    {"backend-unavailable", "idempotency-in-progress", "rate-limited"}
)
"""Refusals that another attempt may not meet."""


class ResultLink(msgspec.Struct):
    """The link of a row."""

    short_url: str | None
    """None: in a dry run, of a code that would be generated."""


class ResultError(msgspec.Struct):
    """Why a row failed."""

    code: str
    detail: str
    errors: list["ResultField"] = []


class ResultField(msgspec.Struct):
    """A field that is wrong."""

    field: str
    message: str
    code: str = ""
    pointer: str | None = None


class Result(msgspec.Struct):
    """What became of a row."""

    link: ResultLink | None
    error: ResultError | None

    @property
    def why(self) -> str:
        """Why it failed, for a person."""
        if self.error is None:
            return ""
        fields = "".join(
            f" {one.field}: {one.message.removesuffix('.')}."
            for one in self.error.errors
            if one.message not in self.error.detail
        )
        return f"{self.error.detail}{fields} ({self.error.code})"


def _no_item(row: Row) -> Result:
    return Result(link=None, error=ResultError("malformed-json", row.fault))


def chunks_of(rows: Iterable[Row]) -> Iterator[Sequence[Row]]:
    """Yield *rows* in the portions in which they are sent, always the same ones."""
    chunk: list[Row] = []
    size = 0
    for row in rows:
        length = len(row.item or b"")
        if chunk and (len(chunk) == _MOST_ROWS or size + length > _MOST_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(row)
        size += length
    if chunk:
        yield chunk


def send(chunk: Sequence[Row], *, key: str, client: ServerClient) -> Sequence[Result]:
    """Return the results of *chunk*, which is sent under the Idempotency-Key *key*.

    Raises:
        UnreachableError: The server does not answer, also after a while.
        RefusedError: It refuses all of it.
    """
    items = [row.item for row in chunk if row.item is not None]
    answered = iter(_answered(items, key=key, client=client) if items else [])
    return [_no_item(row) if row.item is None else next(answered) for row in chunk]


def _answered(
    items: Sequence[bytes], *, key: str, client: ServerClient
) -> Sequence[Result]:
    body = b'{"items":[' + b",".join(items) + b"]}"
    for pause in (*_PAUSES, None):
        try:
            results = client.bulk(body, key=key, kind=Result)
        except UnreachableError:
            if pause is None:
                raise
        except RefusedError as error:
            if pause is None or error.code not in _LATER:
                raise
        else:
            if pause is None or not any(map(_is_for_later, results)):
                return results
        time.sleep(pause or 0)
    raise AssertionError("the last attempt returns or raises")


def _is_for_later(result: Result) -> bool:
    return result.error is not None and result.error.code in _LATER
