"""The bodies of requests and answers about tags."""

from collections.abc import Callable
from typing import Annotated, Final, TypeAlias

from fastapi.openapi.models import Example
from pydantic import AfterValidator, ConfigDict, Field

from waypost.api.bodies import Body, Second
from waypost.api.documents.openapi import Document
from waypost.api.links.bodies import Clicks, without_defaults
from waypost.domain.tags.values import (
    MAX_DESCRIPTION,
    Tag,
    color_of,
    description_of,
    tag_name,
)
from waypost.services.tags.manage import TagEdit

TAG_EXAMPLE: Final[Document] = {
    "name": "spring",
    "color": "#2f7d32",
    "description": "Posters and mails of spring",
    "links": 42,
    "clicks": {"all": 9120, "people": None, "machines": None},
    "created_at": "2026-02-01T10:00:00Z",
}
DETAILS_EXAMPLES: Final[dict[str, Example]] = {
    "green": {
        "summary": "A color and a description",
        "value": {"color": "#2f7d32", "description": "Posters and mails of spring"},
    }
}
TAG_CHANGE_EXAMPLES: Final[dict[str, Example]] = {
    "rename": {"summary": "Another name", "value": {"name": "spring-26"}},
    "color": {"summary": "No color any more", "value": {"color": None}},
}


def _or_none(check: Callable[[str], str]) -> AfterValidator:
    return AfterValidator(lambda text: None if text is None else check(text))


Color: TypeAlias = Annotated[str | None, _or_none(color_of)]
Description: TypeAlias = Annotated[str | None, _or_none(description_of)]


class TagDetailsBody(Body):
    """What is said of a tag. What is null, or left out, is not said."""

    model_config = ConfigDict(extra="forbid")

    color: Color = Field(
        default=None,
        description="In which it is shown: `#` and six hexadecimal digits.",
        examples=["#2f7d32"],
    )
    description: Description = Field(
        default=None, description=f"Up to {MAX_DESCRIPTION} characters."
    )


class TagChangesBody(Body):
    """Changes of a tag, as a merge patch: fields that are left out stay unchanged."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=without_defaults)

    name: Annotated[str, AfterValidator(tag_name)] = Field(
        default="", description="The new name, which all links get."
    )
    color: Color = Field(default=None, description="The new color; null: none.")
    description: Description = Field(
        default=None, description="The new description; null: none."
    )

    def edit(self, *, is_merge: bool) -> TagEdit:
        """Return it in the form that the use case takes."""
        named = self.model_fields_set
        said = {"color": self.color, "description": self.description}
        return TagEdit(
            name=self.name if "name" in named else None,
            details={name: text for name, text in said.items() if name in named},
            is_merge=is_merge,
        )


class TagView(Body):
    """A tag with its links."""

    name: str
    color: str | None
    description: str | None
    links: int = Field(description="How many have it, without those that are deleted.")
    clicks: Clicks = Field(
        description="Of these links, as lists of links have them: some seconds late."
    )
    created_at: Second | None = Field(
        description="When something was said of it first; null: it came with a link."
    )

    @classmethod
    def of(cls, tag: Tag) -> "TagView":
        """Return the body of *tag*."""
        said = tag.details
        return cls(
            name=tag.name,
            color=said.color if said else None,
            description=said.description if said else None,
            links=tag.links,
            clicks=Clicks(all=tag.clicks, people=None, machines=None),
            created_at=said.created_at if said else None,
        )


class TagList(Body):
    """A page of a list of tags."""

    data: list[TagView]
    next_cursor: str | None = Field(
        description="For `cursor`, to get the next page. Null: the list ends here."
    )
