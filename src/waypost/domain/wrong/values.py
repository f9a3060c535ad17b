"""A value of a request that is refused."""

from typing import NamedTuple, TypeAlias

Place: TypeAlias = tuple[str | int, ...]
"""Names and positions from the top of a link, or of a body, down to a field."""


class WrongValue(NamedTuple):
    """A field that is refused."""

    place: Place
    code: str
    """Stable: a `FieldCode`, or the code of the refusal that it is by itself."""
    detail: str
    """What is wrong, and what to do about it."""

    @property
    def pointer(self) -> str:
        """Where it is, as a JSON pointer (RFC 6901)."""
        return "".join(
            f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in self.place
        )

    @property
    def field(self) -> str:
        """Where it is, with dots between the names."""
        return ".".join(map(str, self.place))
