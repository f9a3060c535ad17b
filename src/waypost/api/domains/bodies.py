"""The bodies of requests and answers about domains."""

from typing import Annotated, Literal, Self, TypeVar

import msgspec
from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
    StrictInt,
    field_validator,
)

from waypost.api.bodies import Body, Second
from waypost.api.links.bodies import without_defaults
from waypost.domain.domains.domains import (
    DEFAULT_NAMES,
    URL_NAMES,
    DomainState,
    LinkDomain,
)
from waypost.domain.domains.table import DomainTable
from waypost.domain.domains.well_known import MAX_BYTES, WellKnown
from waypost.domain.options import NO_OPTIONS, Preview, RedirectStatus
from waypost.domain.qr.looks import MAX_MARGIN, PLAIN_LOOKS, QrLevel
from waypost.ports.domains.store import MOST_COUNTED
from waypost.wire.qr_request import TRANSPARENT, background_in, color_in

_T = TypeVar("_T")


class DefaultsBody(Body):
    """Options that new links of a domain get where nothing else is said.

    Changing them changes no link. What is null is as on a domain without defaults.
    """

    model_config = ConfigDict(extra="forbid")

    redirect_status: Literal[301, 302, 307, 308] | None = None
    forward_query: StrictBool | None = None
    forward_path: StrictBool | None = None
    preview: Preview | None = None
    crawlable: StrictBool | None = None

    def changes(self) -> dict[str, object]:
        """Return what is named, as `LinkOptions` has it."""
        values: dict[str, object] = {
            name: _or(getattr(self, name), getattr(NO_OPTIONS, name))
            for name in DEFAULT_NAMES
            if name in self.model_fields_set
        }
        if isinstance(status := values.get("redirect_status"), int):
            values["redirect_status"] = RedirectStatus(status)
        return values


class QrBody(Body):
    """How QR codes of a domain look where a request asks for nothing else.

    What is null is as on a domain of which nothing was changed.
    """

    model_config = ConfigDict(extra="forbid")

    color: Annotated[str, AfterValidator(color_in)] | None = Field(
        default=None, max_length=7, description="Six hexadecimal digits."
    )
    background: str | None = Field(
        default=None,
        max_length=11,
        description="Six hexadecimal digits, or `transparent`.",
    )
    margin: StrictInt | None = Field(
        default=None, ge=0, le=MAX_MARGIN, description="Modules of empty space."
    )
    level: QrLevel | None = Field(
        default=None, description="How much may be damaged; a logo takes `H`."
    )
    logo: str | None = Field(
        default=None,
        description="A data URL of a PNG, or of an SVG of shapes, for codes that are "
        "asked for with `logo=true`; 65,536 characters at most.",
    )

    @field_validator("background")
    @classmethod
    def _check_background(cls, text: str | None) -> str | None:
        return text and (background_in(text) or text)

    def changes(self) -> dict[str, object]:
        """Return what is named, as `QrLooks` has it."""
        values: dict[str, object] = {
            name: _or(getattr(self, name), getattr(PLAIN_LOOKS, name))
            for name in sorted(self.model_fields_set)
        }
        if values.get("background") == TRANSPARENT:
            values["background"] = None
        return values


class DomainFields(Body):
    """What can be set on a domain. Fields that are not listed here are refused."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=without_defaults)

    state: DomainState = Field(
        default=DomainState.ACTIVE,
        description="`disabled`: its links lead nowhere (410), and it gets no new "
        "ones.",
    )
    root_url: str | None = Field(
        default=None,
        description="Where visitors of the host itself go (302). Null: to the page of "
        "this server.",
    )
    not_found_url: str | None = Field(
        default=None,
        description="Where visitors go whose code no link has (302). Null: they get "
        "404.",
    )
    unknown_path_url: str | None = Field(
        default=None,
        description="Where visitors go whose path can be no code (302). Null: they get "
        "404.",
    )
    expired_url: str | None = Field(
        default=None,
        description="Where visitors go of a link that has expired or is exhausted, and "
        "has no `expired_url` (302). Null: they get 410.",
    )
    case_sensitive: StrictBool = Field(
        default=True,
        description="Whether small and capital letters of a code differ. False is "
        "refused while codes differ by them only.",
    )
    defaults: DefaultsBody = Field(
        default=DefaultsBody(),
        description="What new links get where nothing else is said.",
    )

    well_known: dict[WellKnown, JsonValue] = Field(
        default={},
        description="Documents of apps, which are served below `/.well-known/`: "
        f"JSON of up to {MAX_BYTES:,} bytes each. Null removes one.",
        examples=[{"apple-app-site-association": {"applinks": {"details": []}}}],
    )

    @field_validator("well_known")
    @classmethod
    def _check_documents(
        cls, documents: dict[WellKnown, JsonValue]
    ) -> dict[WellKnown, JsonValue]:
        for name, document in documents.items():
            kind = list if name is WellKnown.ANDROID else dict
            if document is not None and not isinstance(document, kind):
                what = "a list" if kind is list else "an object"
                raise ValueError(f"{name} is {what}, or null.")
            if len(msgspec.json.encode(document)) > MAX_BYTES:
                raise ValueError(f"{name} has more than {MAX_BYTES:,} bytes.")
        return documents

    qr: QrBody = Field(
        default=QrBody(), description="How its QR codes look, and the logo in them."
    )

    @property
    def names_logo(self) -> bool:
        """Whether the logo is to be set."""
        return "qr" in self.model_fields_set and "logo" in self.qr.model_fields_set

    def fields(self) -> dict[str, object]:
        """Return what is named, as `LinkDomain` has it."""
        named = [
            name
            for name in ("state", "case_sensitive", *URL_NAMES)
            if name in self.model_fields_set
        ]
        values: dict[str, object] = {name: getattr(self, name) for name in named}
        if "defaults" in self.model_fields_set:
            values["defaults"] = self.defaults.changes()
        if "well_known" in self.model_fields_set:
            values["well_known"] = {
                name.value: None if one is None else msgspec.json.encode(one).decode()
                for name, one in self.well_known.items()
            }
        if "qr" in self.model_fields_set:
            values["qr"] = self.qr.changes()
        return values


class NewDomain(DomainFields):
    """A domain to add. Fields that are not listed here are refused."""

    host: str = Field(
        max_length=300,
        description="The host under which visitors reach this server, with the port if "
        "they use one.",
        examples=["go.acme.com"],
    )


class DomainChanges(DomainFields):
    """Changes of a domain, as a merge patch: what is left out stays unchanged."""


class DefaultsView(Body):
    """Options that new links of a domain get."""

    redirect_status: RedirectStatus
    forward_query: bool
    forward_path: bool
    preview: Preview
    crawlable: bool


class QrView(Body):
    """How QR codes of a domain look where a request asks for nothing else."""

    color: str
    background: str = Field(description="A color, or `transparent`.")
    margin: int
    level: QrLevel
    logo: str | None = Field(description="A data URL.")


class DomainView(Body):
    """A domain with all that is set on it."""

    host: str
    default: bool = Field(description="Whether it is the one of `BASE_URL`.")
    state: DomainState
    links: int = Field(description="How many it has, up to 10,000.")
    links_exact: bool = Field(
        description="Whether `links` is exact; otherwise there are more."
    )
    version: int = Field(description="Grows by one with every change.")
    root_url: str | None
    not_found_url: str | None
    unknown_path_url: str | None
    expired_url: str | None
    case_sensitive: bool
    defaults: DefaultsView
    well_known: dict[str, JsonValue] = Field(
        description="What is served below `/.well-known/`, by name."
    )
    qr: QrView
    created_at: Second | None = Field(
        description="Null: the domain of `BASE_URL`, of which nothing was changed."
    )
    updated_at: Second | None

    @classmethod
    def of(
        cls, domain: LinkDomain, *, links: int, logo: str | None, table: DomainTable
    ) -> Self:
        """Return the body of *domain*, which has as many *links*, and this *logo*."""
        looks = domain.qr
        return cls(
            host=table.host_of(domain.host),
            default=domain.is_default,
            state=domain.state,
            links=min(links, MOST_COUNTED),
            links_exact=links <= MOST_COUNTED,
            version=domain.version,
            case_sensitive=domain.case_sensitive,
            defaults=DefaultsView(
                **{name: getattr(domain.defaults, name) for name in DEFAULT_NAMES}
            ),
            well_known={
                name: msgspec.json.decode(text) for name, text in domain.well_known
            },
            qr=QrView(
                color=looks.color,
                background=looks.background or TRANSPARENT,
                margin=looks.margin,
                level=looks.level,
                logo=logo,
            ),
            created_at=domain.created_at,
            updated_at=domain.updated_at,
            **{name: getattr(domain, name) for name in URL_NAMES},
        )

    def with_logo(self, logo: str | None) -> Self:
        """Return the body with this *logo*."""
        return self.model_copy(update={"qr": self.qr.model_copy(update={"logo": logo})})


class DomainList(Body):
    """A page of domains: the default one, then by host."""

    data: list[DomainView]
    next_cursor: str | None = Field(description="Null: there are no more.")


def _or(value: _T | None, default: _T) -> _T:
    return default if value is None else value
