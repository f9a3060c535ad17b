"""Why a call of a server failed, in one sentence that says what to do."""

import re
from typing import Final
from urllib.parse import urlsplit

import httpx
import msgspec

from waypost.cli.exits import CommandError, UnreachableError

_WITHOUT_KEY: Final = frozenset({"not-authenticated", "key-inactive"})


class NotWaypostError(UnreachableError):
    """The server at this address answers, but not as Waypost does."""


class NoAnswerError(UnreachableError):
    """Something takes connections at this address, and does not answer in time."""


class RefusedError(CommandError):
    """The server refuses; *code* is the stable name of the refusal."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class _WrongField(msgspec.Struct, frozen=True):
    """What is wrong with one field."""

    field: str
    message: str


class _Problem(msgspec.Struct, frozen=True):
    """A refusal: the parts of a problem document that a person needs."""

    detail: str
    code: str
    errors: list[_WrongField] = []


def failure_of(
    error: httpx.HTTPError, server: str, *, may_be_done: bool
) -> UnreachableError:
    """Return what has gone wrong on the way to *server*.

    *may_be_done*: the call changes something, and may have done so.
    """
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return _no_connection(error, server)
    unsure = (
        " Whether it was done is not known: look before you send it again."
        if may_be_done
        else ""
    )
    if isinstance(error, httpx.TimeoutException):
        return NoAnswerError(
            f"{server} takes connections, but does not answer: it is busy or hangs. "
            f"Its log may say why; try again in a moment.{unsure}"
        )
    return NotWaypostError(
        f"{server} does not answer as it should ({_reason(error)}): if that is another "
        f"program, name the address of Waypost with --server.{unsure}"
    )


def _no_connection(error: httpx.HTTPError, server: str) -> UnreachableError:
    if "[SSL" in str(error):
        return NotWaypostError(
            f"{server} does not speak TLS as it should ({_reason(error)}): if it has "
            "no certificate, begin its address with http://."
        )
    return UnreachableError(
        f"Nothing answers at {server} ({_reason(error)}): start it with "
        "`waypost serve`, or name its address with --server."
    )


def refusal_in(answer: httpx.Response, server: str, *, key: str) -> CommandError:
    """Return what the *answer* of *server* to a call with *key* refuses."""
    try:
        problem = msgspec.json.decode(answer.content, type=_Problem)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return not_waypost(answer, server)
    details = "".join(
        f" {one.field}: {one.message.removesuffix('.')}."
        for one in problem.errors
        if one.message not in problem.detail
    )
    hint = _about_key(server, key) if problem.code in _WITHOUT_KEY else ""
    request = answer.headers.get("x-request-id", "")
    if answer.is_server_error and request:
        hint = f" The request's id is {request}."
    return RefusedError(
        f"{problem.detail}{details}{hint} ({problem.code})", code=problem.code
    )


def not_waypost(answer: httpx.Response, server: str) -> NotWaypostError:
    """Return that the *answer* of *server* is none that Waypost gives."""
    said = f"(it said {answer.status_code} {answer.reason_phrase})"
    if other := _elsewhere(answer, server):
        return NotWaypostError(
            f"{server} sends you to {other}: name that address with --server."
        )
    if answer.is_server_error:
        return NotWaypostError(
            f"What answers at {server} has failed, and not as Waypost does {said}: it "
            "may be a proxy that does not reach Waypost. Look whether that runs, or "
            "name its address with --server."
        )
    return NotWaypostError(
        f"What answers at {server} is not Waypost {said}: "
        "name the address of Waypost with --server."
    )


def _elsewhere(answer: httpx.Response, server: str) -> str:
    """Return the server that a redirect leads to; empty: to none, or to itself."""
    try:
        parts = urlsplit(answer.headers.get("location", ""))
    except ValueError:
        return ""
    if not answer.is_redirect or not parts.netloc:
        return ""
    other = f"{parts.scheme}://{parts.netloc}"
    return "" if other == server else other


def _about_key(server: str, key: str) -> str:
    """Return what to do about a *key* that is not accepted."""
    from waypost.cli.configuration import read_settings

    if key and key == read_settings().WAYPOST_KEY:
        return " It is the key in WAYPOST_KEY: set another one, or unset it."
    return f" Log in with `waypost login {server}`."


def _reason(error: httpx.HTTPError) -> str:
    """Return the error's text without its number or place in the system's sources."""
    text = re.sub(r"^\[[^]]*\] | \(_ssl\.c:\d+\)$", "", str(error))
    return text.rstrip(".") or type(error).__name__
