"""Paths below a code: what some links pass on to their target."""

from typing import Final, NamedTuple
from urllib.parse import unquote

from waypost.http.asgi import Scope

_PAGES: Final = frozenset({"qr.svg", "qr.png"})
"""Pages of every link (`edge.pages`), which are never passed on."""


class Below(NamedTuple):
    """A path of more than one segment."""

    first: str
    """The first segment, decoded."""
    rest: str
    """What follows its slash, encoded as it was sent; each character is a byte."""


def below_in(scope: Scope) -> Below | None:
    """Return the path of a request; None: it has one segment, or is a page of ours."""
    first, _, rest = scope["raw_path"][1:].partition(b"/")
    if not rest or unquote(rest) in _PAGES:
        return None
    return Below(unquote(first), rest.decode("latin-1"))
