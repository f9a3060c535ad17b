"""The bodies of requests and answers about UTM templates."""

from typing import Annotated, Final, TypeAlias

from fastapi.openapi.models import Example
from pydantic import AfterValidator, ConfigDict, Field

from waypost.api.bodies import Body, Second
from waypost.api.documents.openapi import Document
from waypost.domain.campaigns.templates import UtmTemplate, check_value
from waypost.domain.options import MAX_UTM, UTM_NAMES, Utm

TEMPLATE_EXAMPLE: Final[Document] = {
    "name": "newsletter",
    "source": "newsletter",
    "medium": "email",
    "campaign": "{code}",
    "term": None,
    "content": "{date}",
    "updated_at": "2026-02-01T10:00:00Z",
}
TEMPLATE_EXAMPLES: Final[dict[str, Example]] = {
    "newsletter": {
        "summary": "Links of a newsletter",
        "value": {
            "source": "newsletter",
            "medium": "email",
            "campaign": "{code}",
            "content": "{date}",
        },
    }
}

Value: TypeAlias = Annotated[
    str | None,
    Field(max_length=MAX_UTM),
    AfterValidator(lambda text: None if text is None else check_value(text)),
]


class TemplateBody(Body):
    """Values for what `utm` of a link leaves out. What is null is not filled.

    `{code}`, `{domain}`, `{title}` and `{date}` in them are those of the link.
    """

    model_config = ConfigDict(extra="forbid")

    source: Value = Field(default=None, description="For `utm_source`.")
    medium: Value = Field(default=None, description="For `utm_medium`.")
    campaign: Value = Field(default=None, description="For `utm_campaign`.")
    term: Value = Field(default=None, description="For `utm_term`.")
    content: Value = Field(default=None, description="For `utm_content`.")

    def utm(self) -> Utm:
        """Return it in the form that the use case takes."""
        return Utm(**{name: getattr(self, name) for name in UTM_NAMES})


class TemplateView(Body):
    """A UTM template."""

    name: str
    source: str | None
    medium: str | None
    campaign: str | None
    term: str | None
    content: str | None
    updated_at: Second

    @classmethod
    def of(cls, template: UtmTemplate) -> "TemplateView":
        """Return the body of *template*."""
        values = {name: getattr(template.utm, name) for name in UTM_NAMES}
        return cls(name=template.name, updated_at=template.updated_at, **values)


class TemplateList(Body):
    """A page of a list of UTM templates, by name."""

    data: list[TemplateView]
    next_cursor: str | None = Field(
        description="For `cursor`, to get the next page. Null: the list ends here."
    )
