"""The bodies of requests and answers about links."""

from collections.abc import Collection, Sequence
from typing import Self

from pydantic import (
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
)

from waypost.api.bodies import ActorBody, Body, ExternalId, Second
from waypost.api.links.options.bodies import OptionsBody, Tags
from waypost.api.links.options.rules import (
    Rules,
    Variants,
)
from waypost.api.links.quarantine_bodies import QuarantineView
from waypost.domain.links import CountedLink
from waypost.domain.options import (
    SHOWN_NAMES,
    Preview,
    RedirectStatus,
    Utm,
)
from waypost.domain.verdict import LinkState, state_of
from waypost.domain.wrong.values import WrongValue
from waypost.services.links.context import LinkContext
from waypost.services.links.create import LinkCreation, wrong_in_creation
from waypost.services.links.edit import LinkEdit, wrong_in_edit


class NewLink(OptionsBody):
    """A link to create. Fields that are not listed here are refused."""

    url: str = Field(description="The URL that the link leads to.")
    code: str | None = Field(
        default=None,
        description="A code of your choice: 1 to 128 letters, digits, `-`, `_`, `.` "
        "or `~`. Without one, a code is made.",
    )
    external_id: ExternalId = None
    domain: str | None = Field(
        default=None,
        max_length=300,
        description="The domain of the link, one of `/api/v1/domains`. Without one: "
        "the default one.",
        examples=["go.acme.com"],
    )
    reuse: StrictBool | None = Field(
        default=None,
        description="Whether a link that there is already is returned (200) if it has "
        "the same URL, code and options, as far as they are given. Needs `links:read`.",
    )

    utm_template: str | None = Field(
        default=None,
        description="The name of a UTM template, which fills what `utm` leaves out, "
        "once.",
    )
    fetch_title: StrictBool | None = Field(
        default=None,
        description="Whether the title of the page behind the URL is fetched "
        "afterwards, for a link without a title. Default: as the server is set.",
    )

    def creation(self) -> LinkCreation:
        """Return it in the form that the use case takes."""
        return LinkCreation(
            url=self.url,
            code=self.code,
            options=self.options(),
            utm_template=self.utm_template,
            external_id=self.external_id,
            fetch_title=self.fetch_title,
            given=self.model_fields_set,
            domain=self.domain,
        )

    def wrong(self, context: LinkContext) -> Sequence[WrongValue]:
        """Return what is wrong with its values, as far as no store is asked."""
        found = wrong_in_creation(
            self.creation(), context=context, are_templates_read=False
        )
        return found.found


def without_defaults(schema: dict[str, JsonValue]) -> None:
    """Remove defaults: a field that a patch leaves out gets no default."""
    properties = schema["properties"]
    assert isinstance(properties, dict), "a model's schema has properties"
    for field in properties.values():
        assert isinstance(field, dict), "a property has a schema"
        field.pop("default", None)


class LinkChanges(OptionsBody):
    """Changes of a link, as a merge patch: fields that are left out stay unchanged."""

    model_config = ConfigDict(json_schema_extra=without_defaults)

    url: str = Field(
        default="", description="The URL that the link leads to from now on."
    )
    version: int | None = Field(
        default=None,
        strict=True,
        ge=1,
        description="The version that you have read: if the link has changed since, "
        "nothing is changed. Without one, or an `If-Match`, the last change wins.",
    )

    external_id: ExternalId = None
    add_tags: Tags = Field(
        default=[], description="Tags that the link gets besides those that it has."
    )
    remove_tags: Tags = Field(
        default=[],
        description="Tags that it loses, also of those that are added.",
    )

    utm_template: str | None = Field(
        default=None,
        description="The name of a UTM template, which fills what `utm` leaves out, "
        "once.",
    )
    fetch_title: StrictBool | None = Field(
        default=None,
        description="Whether the title of the page behind the URL is fetched "
        "afterwards, for a link without a title. Default: as the server is set.",
    )

    def new_url(self) -> str | None:
        """Return the new URL; None: it stays."""
        return self.url if "url" in self.model_fields_set else None

    def edit(self, *, versions: Collection[int] | None) -> LinkEdit:
        """Return it in the form that the use case takes; None: of any version."""
        return LinkEdit(
            url=self.new_url(),
            options=self.changes(),
            add_tags=self.add_tags,
            remove_tags=self.remove_tags,
            utm_template=self.utm_template,
            sets_external_id="external_id" in self.model_fields_set,
            external_id=self.external_id,
            fetch_title=self.fetch_title,
            versions=versions,
        )

    def wrong(self, context: LinkContext) -> Sequence[WrongValue]:
        """Return what is wrong with its values, for any link."""
        edit = self.edit(versions=None)
        return wrong_in_edit(edit, context=context, are_templates_read=False).found


class Clicks(Body):
    """How often a link was followed."""

    all: int = Field(description="Every visitor who was sent to the URL.")
    people: int | None = Field(
        description="Null until people and machines are counted apart."
    )
    machines: int | None = Field(description="As `people`.")


class LinkView(Body):
    """A link with all that is set on it."""

    id: int
    version: int = Field(description="Grows by one with every change.")
    state: LinkState
    short_url: str = Field(description="The URL to publish.")
    qr_url: str = Field(description="Its QR code; see `GET /{code}/qr.svg`.")
    domain: str
    code: str
    external_id: str | None
    url: str = Field(description="Where the link leads.")
    title: str | None
    notes: str | None
    tags: list[str]
    archived: bool
    valid_since: Second | None
    valid_until: Second | None
    disabled: bool
    max_clicks: int | None
    clicks_left: int | None = Field(
        description="How many people may still pass; null without `max_clicks`."
    )
    expired_url: str | None
    redirect_status: RedirectStatus
    forward_query: bool
    forward_path: bool
    utm: Utm | None
    has_password: bool
    preview: Preview
    crawlable: bool
    quarantine: QuarantineView | None = Field(
        description="Set by an admin or a blocklist; see `PUT …/quarantine`."
    )
    rules: Rules
    variants: Variants
    clicks: Clicks
    created_by: ActorBody | None = Field(
        description="Null: it was made before that was written down."
    )
    created_at: Second
    updated_at: Second
    deleted_at: Second | None
    restorable_until: Second | None = Field(
        description="Before this moment a deleted link can be restored."
    )

    @classmethod
    def of(cls, counted: CountedLink, *, base_url: str, context: LinkContext) -> Self:
        """Return the body of *counted* as it is now."""
        link, now = counted.link, context.clock.now()
        short_url = link.short_url(base_url)
        return cls(
            id=link.id,
            version=link.version,
            state=state_of(counted, now),
            short_url=short_url,
            qr_url=f"{short_url}/qr.svg",
            domain=context.domains.table.host_of(link.domain),
            code=link.shown_code,
            external_id=link.external_id,
            url=link.target,
            created_by=link.created_by and ActorBody.of(link.created_by),
            clicks_left=counted.clicks_left,
            clicks=Clicks(all=counted.clicks, people=None, machines=None),
            created_at=link.created_at,
            updated_at=link.updated_at,
            deleted_at=link.deleted_at,
            restorable_until=context.restorable_until(link),
            quarantine=QuarantineView.of(link.options.quarantine),
            has_password=link.options.password is not None,
            **{name: getattr(link.options, name) for name in SHOWN_NAMES},
        )


class LinkList(Body):
    """A page of a list of links."""

    data: list[LinkView]
    next_cursor: str | None = Field(
        description="For `cursor`, to get the next page. Null: the list ends here. A "
        "page with fewer links than `limit`, or with none, may have one, too."
    )
    total: int | None = Field(
        default=None, description="How many links the list has; with `include=total`."
    )
    total_exact: bool | None = Field(
        default=None,
        description="Whether `total` is exact, as it is up to 10,000; otherwise there "
        "are at least so many.",
    )
