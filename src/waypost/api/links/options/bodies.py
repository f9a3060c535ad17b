"""Options of links in the bodies of requests."""

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, ConfigDict, Field, PrivateAttr, StrictBool

from waypost.api.bodies import Body, JudgedBody, Moment
from waypost.api.links.options.rules import RulesOrNull, VariantsOrNull
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
    changed,
    tags_of,
)
from waypost.domain.passwords.texts import (
    MAX_PASSWORD,
    PasswordHash,
    new_password,
)
from waypost.ports.access.passwords import PasswordHasher

UtmText: TypeAlias = Annotated[str | None, Field(max_length=MAX_UTM)]
NewPassword: TypeAlias = Annotated[
    str,
    Field(min_length=1, max_length=MAX_PASSWORD),
    AfterValidator(new_password),
]
Tags: TypeAlias = Annotated[list[str], AfterValidator(lambda tags: [*tags_of(tags)])]


class UtmBody(Body):
    """Parameters of a campaign. What is null is not set."""

    model_config = ConfigDict(extra="forbid")

    source: UtmText = Field(default=None, description="Set as `utm_source`.")
    medium: UtmText = Field(default=None, description="Set as `utm_medium`.")
    campaign: UtmText = Field(default=None, description="Set as `utm_campaign`.")
    term: UtmText = Field(default=None, description="Set as `utm_term`.")
    content: UtmText = Field(default=None, description="Set as `utm_content`.")


class OptionsBody(JudgedBody):
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
        description="When visitors see where the link leads: at the short URL with `+` "
        "at its end (`on_request`, the default), there and before each redirect "
        "(`always`), or never (`off`).",
    )
    password: NewPassword | None = Field(
        default=None,
        description="What visitors have to enter. It is never answered; "
        "`has_password` says whether there is one.",
        examples=["swordfish"],
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

    _hashed: PasswordHash | None = PrivateAttr(default=None)

    async def hash_password(
        self, passwords: PasswordHasher, *, before: PasswordHash | None = None
    ) -> None:
        """Make what is kept of the password, if there is one, before `changes`.

        It is *before*, what is kept already, if the password is the same.

        Raises:
            BackendUnavailable: Too many wait for that already.
        """
        if self.password is None or self._hashed is not None:
            return
        # Made in any case: how long it takes shall not say whether a guess is right.
        self._hashed = await passwords.hash(self.password)
        if before is not None and await passwords.is_right(self.password, before):
            self._hashed = before

    def changes(self) -> dict[str, object]:
        """Return the options that the body names, as `LinkOptions` has them."""
        named = [name for name in SETTABLE_NAMES if name in self.model_fields_set]
        values = {name: getattr(self, name) for name in named}
        if self.password is not None:
            assert self._hashed, "a password is hashed before it is passed on"
            values["password"] = self._hashed
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
