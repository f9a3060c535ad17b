"""Options that are rows of a table, on the command line of every command for them."""

import inspect
from collections.abc import Callable, Mapping
from typing import ParamSpec

from waypost.cli.exits import WrongUsageError

P = ParamSpec("P")


def with_options_of(
    table: Mapping[str, object],
    command: Callable[P, None],
    *,
    into: str,
    read: Callable[[Mapping[str, object]], object],
) -> Callable[P, None]:
    """Return *command* with every option of *table*, which has their types by name.

    It gets what *read* makes of all their values, as its argument *into*.
    """

    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        kwargs[into] = read({name: kwargs.pop(name) for name in table})
        command(*args, **kwargs)

    # The attributes that Typer reads.
    taken = _signature(command, table, without=into)
    run.__signature__ = taken  # type: ignore[attr-defined]  # any function may have one
    run.__annotations__ = {n: one.annotation for n, one in taken.parameters.items()}
    run.__doc__, run.__name__ = command.__doc__, command.__name__
    return run


def require_text(value: object) -> None:
    """Check that *value* is printed as text.

    Raises:
        WrongUsageError: It stands for bytes that are not text.
    """
    try:
        str(value).encode()
    except UnicodeEncodeError:
        raise WrongUsageError("This is not text in UTF-8.") from None


def _signature(
    command: Callable[P, None], table: Mapping[str, object], *, without: str
) -> inspect.Signature:
    signature = inspect.signature(command, eval_str=True)
    keyword = inspect.Parameter.KEYWORD_ONLY
    own = [
        one.replace(kind=keyword)
        for one in signature.parameters.values()
        if one.name != without
    ]
    added = [
        inspect.Parameter(name, keyword, default=None, annotation=kind)
        for name, kind in table.items()
    ]
    return signature.replace(parameters=[*own, *added])
