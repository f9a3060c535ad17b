"""The bodies of requests and answers about links."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
    WithJsonSchema,
)

from waypost.api.bodies import ActorBody, Body, ExternalId
from waypost.api.links.quarantine_bodies import QuarantineView
from waypost.api.links.rule_bodies import (
    Rules,
    RulesOrNull,
    Variants,
    VariantsOrNull,
)
from waypost.domain.links import CountedLink, path_of
from waypost.domain.moments import MOMENT_RULE, parse_moment
from waypost.domain.options import (
    MAX_CLICKS,
    MAX_NOTES,
    MAX_TAG,
    MAX_TAGS,
    MAX_TITLE,
    MAX_UTM,
    NO_OPTIONS,
    SETTABLE_NAMES,
    LinkOptions,
    Preview,
    RedirectStatus,
    Utm,
    changed,
    tags_of,
)
from waypost.domain.verdict import LinkState, state_of
from waypost.services.links.context import LinkContext
from waypost.services.links.create import LinkCreation
from waypost.services.links.edit import LinkEdit


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(MOMENT_RULE)  # noqa: TRY004  # Pydantic accepts no other
    return parse_moment(value, now=datetime.now(UTC))


# Not of the format `date-time`, which excludes moments that count from now.
_MOMENT_OR_NULL: Final = {"anyOf": [{"type": "string"}, {"type": "null"}]}
Moment: TypeAlias = Annotated[
    datetime | None, BeforeValidator(_moment), WithJsonSchema(_MOMENT_OR_NULL)
]


UtmText: TypeAlias = Annotated[str | None, Field(max_length=MAX_UTM)]
Tags: TypeAlias = Annotated[list[str], AfterValidator(lambda tags: [*tags_of(tags)])]


class UtmBody(Body):
    """Parameters of a campaign. What is null is not set."""

    model_config = ConfigDict(extra="forbid")

    source: UtmText = Field(default=None, description="Set as `utm_source`.")
    medium: UtmText = Field(default=None, description="Set as `utm_medium`.")
    campaign: UtmText = Field(default=None, description="Set as `utm_campaign`.")
    term: UtmText = Field(default=None, description="Set as `utm_term`.")
    content: UtmText = Field(default=None, description="Set as `utm_content`.")


class OptionsBody(Body):
    """Options of a link. What is null has its default."""

    model_config = ConfigDict(extra="forbid")

    valid_since: Moment = Field(
        default=None, description="Before this moment the link leads nowhere (404)."
    )
    valid_until: Moment = Field(
        default=None,
        description="From this moment on the link has expired (410).",
        examples=["2026-06-01T00:00:00Z", "+7d"],
    )
    disabled: StrictBool | None = Field(
        default=None, description="Whether the link is off (410) until it is on again."
    )
    redirect_status: Literal[301, 302, 307, 308] | None = Field(
        default=None,
        description="301, 302, 307 (the default) or 308. Browsers remember 301 and "
        "308, for an hour at most, and visits of that time are not counted.",
    )
    max_clicks: int | None = Field(
        default=None,
        strict=True,
        ge=1,
        le=MAX_CLICKS,
        description="How many people may pass, from when this is set; then the link is "
        "exhausted (410). Machines pass without being counted here while people may.",
        examples=[100],
    )
    expired_url: str | None = Field(
        default=None,
        description="Where visitors go once the link has expired or is exhausted "
        "(302).",
    )
    forward_query: StrictBool | None = Field(
        default=None,
        description="Whether the visitor's query is added to the URL. What the URL "
        "has already is not replaced.",
    )
    forward_path: StrictBool | None = Field(
        default=None,
        description="Whether what follows the code in the visitor's path is added to "
        "the URL's path.",
    )
    utm: UtmBody | None = Field(
        default=None,
        description="Parameters that are set in the URL's query, in place of its own "
        "of these names. A change names only those that change.",
    )
    preview: Preview | None = Field(
        default=None,
        description="Whether the short URL with `+` at its end shows where the link "
        "leads: `on_request` (the default) or `off`.",
    )
    rules: RulesOrNull = Field(
        default=None,
        description="The first rule that holds for a visitor says where the visitor "
        "goes. A change replaces all of them.",
    )
    variants: VariantsOrNull = Field(
        default=None,
        description="Shares of the visitors that no rule holds for; the others go to "
        "the URL. A visitor gets the same one each time.",
    )
    crawlable: StrictBool | None = Field(
        default=None,
        description="Whether search engines may follow the link: `/robots.txt` allows "
        "the newest 1,000 of these, and no other.",
    )
    title: str | None = Field(
        default=None, max_length=MAX_TITLE, description="Shown in lists."
    )
    notes: str | None = Field(
        default=None,
        max_length=MAX_NOTES,
        description="Shown to those who may change the link.",
    )

    tags: Tags | None = Field(
        default=None,
        description=f"Up to {MAX_TAGS} names of up to {MAX_TAG} characters, without "
        "`/` and comma, under which links are found together. Case makes no "
        "difference.",
        examples=[["print", "spring"]],
    )
    archived: StrictBool | None = Field(
        default=None,
        description="Whether lists leave the link out unless they are asked for it. "
        "It redirects all the same.",
    )

    def changes(self) -> dict[str, object]:
        """Return the options that the body names, as `LinkOptions` has them."""
        named = [name for name in SETTABLE_NAMES if name in self.model_fields_set]
        values = {name: getattr(self, name) for name in named}
        for name in ("tags", "rules", "variants"):
            if (several := values.get(name)) is not None:
                values[name] = tuple(several)
        if (status := values.get("redirect_status")) is not None:
            values["redirect_status"] = RedirectStatus(status)
        if self.utm is not None:
            values["utm"] = self.utm.model_dump(exclude_unset=True)
        return {
            name: getattr(NO_OPTIONS, name) if value is None else value
            for name, value in values.items()
        }

    def options(self) -> LinkOptions:
        """Return the options of a link on which nothing else is set."""
        changes = self.changes()
        return changed(NO_OPTIONS, changes) if changes else NO_OPTIONS


class NewLink(OptionsBody):
    """A link to create. Fields that are not listed here are refused."""

    url: str = Field(description="The URL that the link leads to.")
    code: str | None = Field(
        default=None,
        description="A code of your choice: 1 to 128 letters, digits, `-`, `_`, `.` "
        "or `~`. Without one, a code is made.",
    )
    external_id: ExternalId = None
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

    def creation(self) -> LinkCreation:
        """Return it in the form that the use case takes."""
        return LinkCreation(
            url=self.url,
            code=self.code,
            options=self.options(),
            utm_template=self.utm_template,
            external_id=self.external_id,
        )


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
            versions=versions,
        )


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
    code: str
    external_id: str | None
    url: str = Field(description="Where the link leads.")
    title: str | None
    notes: str | None
    tags: list[str]
    archived: bool
    valid_since: datetime | None
    valid_until: datetime | None
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
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    restorable_until: datetime | None = Field(
        description="Before this moment a deleted link can be restored."
    )

    @classmethod
    def of(cls, counted: CountedLink, *, base_url: str, context: LinkContext) -> Self:
        """Return the body of *counted* as it is now."""
        link, now = counted.link, context.clock.now()
        return cls(
            id=link.id,
            version=link.version,
            state=state_of(counted, now),
            short_url=base_url + path_of(link.code),
            code=link.code,
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
            **{name: getattr(link.options, name) for name in SETTABLE_NAMES},
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
