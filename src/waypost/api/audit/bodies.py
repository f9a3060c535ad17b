"""The bodies of answers about the audit trail, and examples of them."""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import Field

from waypost.api.bodies import ActorBody, Body
from waypost.api.documents.openapi import Document
from waypost.domain.audit.entries import AuditEntry
from waypost.wire.audit_entry import encode_entry


class ResourceBody(Body):
    """What was changed."""

    type: str = Field(description="Such as `link` or `key`.")
    id: str | None
    name: str | None = Field(description="What it was called then.")


class AuditEntryBody(Body):
    """One change."""

    id: str
    at: str = Field(description="When it was made, with milliseconds.")
    actor: ActorBody
    action: str = Field(description="What was done. Later releases know more actions.")
    resource: ResourceBody
    version: int | None = Field(description="That of the link after the change.")
    before: Mapping[str, object] | None = Field(
        description="What had another value. As a change of the link, it undoes this."
    )
    after: Mapping[str, object] | None = Field(
        description="What has another value; secrets are `changed`."
    )
    request_id: str | None


class AuditList(Body):
    """A page of entries, the newest first."""

    data: list[AuditEntryBody]
    next_cursor: str | None = Field(
        description="For `cursor`, to get the next page. Null: the list ends here. A "
        "page with fewer entries than `limit`, or with none, may have one, too."
    )


def page_text(entries: Sequence[AuditEntry], next_cursor: str | None) -> bytes:
    """Return an `AuditList` as JSON, without making objects of it."""
    data = b",".join(map(encode_entry, entries))
    # A cursor has letters and digits only.
    cursor = b"null" if next_cursor is None else f'"{next_cursor}"'.encode()
    return b'{"data":[' + data + b'],"next_cursor":' + cursor + b"}"


ENTRY: Final[Document] = {
    "id": "0195f2a5-0000-7000-8000-00000000000e",
    "at": "2026-03-02T11:00:00.314Z",
    "actor": {
        "type": "key",
        "id": "0195f2a0-7c1e-7b3a-9d52-5d1f0c8e2b11",
        "name": "shop",
    },
    "action": "link.updated",
    "resource": {"type": "link", "id": "1001", "name": "spring26"},
    "version": 3,
    "before": {"title": "Spring"},
    "after": {"title": "Spring catalogue"},
    "request_id": "6f1d2c9b0e8a4d57",
}
ENTRIES: Final[Document] = {"data": [ENTRY], "next_cursor": None}
