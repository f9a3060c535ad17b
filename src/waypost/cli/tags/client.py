"""Requests about tags to a running server."""

from collections.abc import Iterator, Mapping

import msgspec

from waypost.cli.calls.connection import Connection, in_path

_TAGS = "/api/v1/tags"


class Clicks(msgspec.Struct, frozen=True):
    """How often the links of a tag were followed."""

    all: int


class TagReport(msgspec.Struct, frozen=True):
    """A tag, as the server shows it."""

    name: str
    color: str | None
    description: str | None
    links: int | None
    """Null in a dry run that joins two, as their clicks."""
    clicks: Clicks | None
    created_at: str | None


_decode_tag = msgspec.json.Decoder(TagReport).decode


class TagClient(Connection):
    """One server, for as long as a command runs; calls raise as `Connection`'s."""

    def tags(self, *, text: str | None, sort: str) -> Iterator[TagReport]:
        """Yield the tags whose names hold *text*, in an order."""
        query = [("sort", sort), *([("q", text)] if text else [])]
        return self._listed(_TAGS, query, TagReport, limit=None)

    def tag(self, name: str) -> TagReport:
        """Return a tag."""
        return self._read(self._send("GET", _address(name)), _decode_tag)

    def say(self, name: str, fields: Mapping[str, object]) -> TagReport:
        """Set what is said of a tag, which need not be there, and return it."""
        return self._read(self._send("PUT", _address(name), fields), _decode_tag)

    def change(
        self, name: str, fields: Mapping[str, object], *, is_merge: bool = False
    ) -> TagReport:
        """Change a tag, and return it."""
        query = [("merge", "true")] if is_merge else []
        answer = self._send("PATCH", _address(name), fields, query=query)
        return self._read(answer, _decode_tag)

    def remove(self, name: str) -> None:
        """Delete a tag."""
        self.done("DELETE", _address(name))


def _address(name: str) -> str:
    return f"{_TAGS}/{in_path(name)}"
