"""The items of calls about many links, and their results."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

import msgspec
from pydantic import ConfigDict, Field, JsonValue, StrictBool

from waypost.api.bodies import Body, FieldError
from waypost.api.links.bodies import LinkChanges, NewLink
from waypost.api.links.putting.bodies import WholeLink
from waypost.domain.access.scopes import KeyScope
from waypost.http.problems import WrongField
from waypost.services.bulk.items import Item, NamedChange, Put, Reusable
from waypost.services.links.context import LinkContext
from waypost.services.links.create import drafted
from waypost.services.links.edit import deletion, editing, restoration
from waypost.services.puts.put import is_id, put_draft, replacing

MAX_REF: Final = 255
"""In characters."""

Ref = Annotated[
    str | None,
    Field(
        default=None,
        max_length=MAX_REF,
        description="A name of your own for the item, which its result has too.",
    ),
]
Named = Annotated[
    str,
    Field(
        description="The link: its code, its id as `id:1001`, or your own id as "
        "`ext:order-77`."
    ),
]
Version = Annotated[
    int | None,
    Field(
        default=None,
        strict=True,
        ge=1,
        description="The version that you have read: if the link has changed since, "
        "nothing is changed.",
    ),
]


class CreateItem(NewLink):
    """A link to make."""

    op: Literal["create"] = "create"
    ref: Ref

    needed: ClassVar[KeyScope] = KeyScope.LINKS_CREATE

    def item(self, context: LinkContext) -> Item:
        """Return it as it is carried out, or raise the refusal of its values."""
        creation = self.creation()
        if self.reuse:
            return Reusable(creation, frozenset(self.changes()))
        return drafted(creation, context=context)


class UpdateItem(LinkChanges):
    """Changes of a link: fields that are left out stay unchanged."""

    op: Literal["update"]
    ref: Ref
    link: Named

    needed: ClassVar[KeyScope] = KeyScope.LINKS_WRITE

    def item(self, context: LinkContext) -> Item:
        """Return it as it is carried out, or raise the refusal of its values."""
        edit = self.edit(versions=_versions(self.version))
        return NamedChange(self.link, editing(edit, context=context))


class PutItem(WholeLink):
    """A link as it shall be: it is replaced, or made if there is none."""

    op: Literal["put"]
    ref: Ref
    link: Named
    version: Version

    needed: ClassVar[KeyScope] = KeyScope.LINKS_WRITE

    def item(self, context: LinkContext) -> Item:
        """Return it as it is carried out, or raise the refusal of its values."""
        wanted, versions = self.wanted(), _versions(self.version)
        change = replacing(self.link, wanted, versions=versions, context=context)
        if versions is not None or is_id(self.link):
            return NamedChange(self.link, change)
        return Put(self.link, put_draft(self.link, wanted, context=context), change)


class DeleteItem(Body):
    """A link to delete."""

    model_config = ConfigDict(extra="forbid")

    op: Literal["delete"]
    ref: Ref
    link: Named
    version: Version

    needed: ClassVar[KeyScope] = KeyScope.LINKS_WRITE

    def item(self, context: LinkContext) -> Item:
        """Return it as it is carried out."""
        change = deletion(versions=_versions(self.version), context=context)
        return NamedChange(self.link, change)


class RestoreItem(Body):
    """A deleted link to restore."""

    model_config = ConfigDict(extra="forbid")

    op: Literal["restore"]
    ref: Ref
    link: Named
    version: Version

    needed: ClassVar[KeyScope] = KeyScope.LINKS_WRITE

    def item(self, context: LinkContext) -> Item:
        """Return it as it is carried out."""
        change = restoration(versions=_versions(self.version), context=context)
        return NamedChange(self.link, change)


def _versions(version: int | None) -> frozenset[int] | None:
    return None if version is None else frozenset({version})


ItemBody: TypeAlias = CreateItem | UpdateItem | PutItem | DeleteItem | RestoreItem


class BulkBody(Body):
    """Items that are carried out in order."""

    model_config = ConfigDict(extra="forbid")

    atomic: StrictBool = Field(
        default=False,
        description="Whether nothing is done unless every item can be done.",
    )
    items: list[ItemBody] = Field(
        description="Up to 10,000 items. `op` says what an item does; without one, it "
        "makes a link."
    )


class BulkLink(Body):
    """A link as it is after its item."""

    id: int | None = Field(description="Null in a dry run, of one that would be made.")
    code: str | None = Field(
        description="Null in a dry run, of one that would be generated."
    )
    short_url: str | None
    version: int


class BulkError(Body):
    """Why an item failed."""

    code: str = Field(description="Stable name of this kind of refusal.")
    status: int
    detail: str = Field(description="What is wrong, and what to do about it.")
    errors: list[FieldError] | None = Field(
        default=None, description="Which fields are wrong."
    )
    current: dict[str, JsonValue] | None = Field(
        default=None,
        description="Of `link-changed`: the link as it is now. Of the first 100 such "
        "of 1,000 items, and not when the call is sent again.",
    )


class BulkResult(Body):
    """What became of an item."""

    index: int = Field(description="The item's place in the call; the first is 0.")
    ref: str | None
    op: str
    status: int = Field(
        description="201: made. 200: changed, deleted, restored, or found. Otherwise "
        "the status of the error."
    )
    link: BulkLink | None = Field(description="Null if the item failed.")
    error: BulkError | None = Field(description="Null if the item was done.")


class BulkSummary(Body):
    """How many items were done, and how many failed."""

    succeeded: int
    failed: int


class BulkAnswer(Body):
    """A result for each item, in order."""

    summary: BulkSummary
    results: list[BulkResult]


# The same as the classes above, which describe them: these are made many times as fast.


class LinkResult(msgspec.Struct, frozen=True):
    """`BulkLink`."""

    id: int | None
    code: str | None
    short_url: str | None
    version: int


class ErrorResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """`BulkError`."""

    code: str
    status: int
    detail: str
    errors: Sequence[WrongField] | None = None
    current: Mapping[str, object] | None = None


class ItemResult(msgspec.Struct, frozen=True):
    """`BulkResult`."""

    index: int
    ref: str | None
    op: str
    status: int
    link: LinkResult | None = None
    error: ErrorResult | None = None


class Summary(msgspec.Struct):
    """`BulkSummary`, which grows."""

    succeeded: int = 0
    failed: int = 0

    def count(self, results: Sequence[ItemResult]) -> None:
        """Add *results*."""
        failed = sum(result.error is not None for result in results)
        self.failed += failed
        self.succeeded += len(results) - failed


class Answer(msgspec.Struct, frozen=True):
    """`BulkAnswer`."""

    summary: Summary
    results: Sequence[ItemResult]
