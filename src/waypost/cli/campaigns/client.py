"""Requests about UTM templates to a running server."""

from collections.abc import Iterator, Mapping
from urllib.parse import quote

import msgspec

from waypost.cli.links.client import ServerClient

_TEMPLATES = "/api/v1/utm-templates"


class TemplateReport(msgspec.Struct, frozen=True):
    """A template, as the server shows it."""

    name: str
    source: str | None
    medium: str | None
    campaign: str | None
    term: str | None
    content: str | None
    updated_at: str


class _Page(msgspec.Struct, frozen=True):
    data: list[TemplateReport]
    next_cursor: str | None


_decode_template = msgspec.json.Decoder(TemplateReport).decode
_decode_page = msgspec.json.Decoder(_Page).decode


class TemplateClient(ServerClient):
    """One server, for as long as a command runs; calls raise as `ServerClient`'s."""

    def templates(self) -> Iterator[TemplateReport]:
        """Yield all templates, by name."""
        cursor: str | None = ""
        while cursor is not None:
            query = [("cursor", cursor)] if cursor else []
            answer = self._send("GET", _TEMPLATES, query=query)
            page = self._read(answer, _decode_page)
            yield from page.data
            cursor = page.next_cursor

    def put(self, name: str, values: Mapping[str, object]) -> TemplateReport:
        """Make or replace a template, and return it."""
        return self._read(self._send("PUT", _address(name), values), _decode_template)

    def remove(self, name: str) -> None:
        """Delete a template."""
        self._read(self._send("DELETE", _address(name)), bytes)


def _address(name: str) -> str:
    return f"{_TEMPLATES}/{quote(name, safe='')}"
