"""Requests about UTM templates to a running server."""

from collections.abc import Iterator, Mapping

import msgspec

from waypost.cli.calls.connection import Connection, in_path

_TEMPLATES = "/api/v1/utm-templates"


class TemplateReport(msgspec.Struct, frozen=True):
    """A template, as the server shows it."""

    name: str
    source: str | None
    medium: str | None
    campaign: str | None
    term: str | None
    content: str | None
    updated_at: str | None
    """Null in a dry run."""


_decode_template = msgspec.json.Decoder(TemplateReport).decode


class TemplateClient(Connection):
    """One server, for as long as a command runs; calls raise as `Connection`'s."""

    def templates(self) -> Iterator[TemplateReport]:
        """Yield all templates, by name."""
        return self._listed(_TEMPLATES, (), TemplateReport, limit=None)

    def put(self, name: str, values: Mapping[str, object]) -> TemplateReport:
        """Make or replace a template, and return it."""
        return self._read(self._send("PUT", _address(name), values), _decode_template)

    def remove(self, name: str) -> None:
        """Delete a template."""
        self.done("DELETE", _address(name))


def _address(name: str) -> str:
    return f"{_TEMPLATES}/{in_path(name)}"
