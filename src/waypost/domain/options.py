"""Options of a link: all that may be set on it besides its code and its target."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final
from unicodedata import normalize

from waypost.domain.abuse.quarantine import Quarantine
from waypost.domain.errors import OptionConflict
from waypost.domain.passwords.texts import PasswordHash
from waypost.domain.wrong.values import WrongValue

MAX_TITLE: Final = 255
"""In characters, as `MAX_NOTES`."""
MAX_NOTES: Final = 5_000
MAX_UTM: Final = 255
"""Of each of the parameters in `Utm`, in characters."""
MAX_TAG: Final = 64
"""In characters."""
MAX_TAGS: Final = 50
MAX_CLICKS: Final = 1_000_000_000
"""The most people that an option may let pass."""

_TAG_RULE: Final = f"A tag has 1 to {MAX_TAG} characters, and no / or comma."
_HASHED: Final = "$argon2"
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
# They move the cursor of a terminal, or reverse the direction of the text after them.
_UNSHOWN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class RedirectStatus(IntEnum):
    """How a visitor is sent on; the values are HTTP statuses (RFC 9110, 15.4)."""

    MOVED_PERMANENTLY = 301
    FOUND = 302
    TEMPORARY = 307
    PERMANENT = 308

    @property
    def is_permanent(self) -> bool:
        """Whether browsers may cache it, and redirect without asking again."""
        return self is RedirectStatus.MOVED_PERMANENTLY or (
            self is RedirectStatus.PERMANENT
        )


class Preview(StrEnum):
    """Whether visitors may look where a link leads before they follow it."""

    OFF = "off"
    ON_REQUEST = "on_request"
    """At the short URL with a plus sign at its end."""
    ALWAYS = "always"
    """The same, and before each redirect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Utm:
    """The parameters by which web analytics distinguish campaigns.

    `source` is set in the target as `utm_source`, and so on. None: the target's own
    stays.
    """

    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    term: str | None = None
    content: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOptions:
    """What may be set on a link. Nothing else lists these fields: see CONTRIBUTING.

    A field keeps its type and its meaning for ever, as older releases read it too.
    """

    valid_since: datetime | None = None
    """Before this moment the link leads nowhere. None: it is valid at once."""
    valid_until: datetime | None = None
    """From this moment on the link has expired. None: it never does."""
    disabled: bool = False
    """Whether the link is off until it is turned on again."""
    redirect_status: RedirectStatus = RedirectStatus.TEMPORARY
    max_clicks: int | None = None
    """How many people may pass; machines are not counted. None: any number."""
    expired_url: str | None = None
    """Where visitors go once the link has expired or is exhausted, normalised as a
    target."""
    forward_query: bool = False
    """Whether the visitor's query is added to the target."""
    forward_path: bool = False
    """Whether what follows the code in the visitor's path is added to the target's."""
    utm: Utm | None = None
    """Parameters that are set in the target. None: none of them."""
    password: PasswordHash | None = field(default=None, repr=False)
    """What visitors have to know; never shown, nor exported. None: nothing."""
    preview: Preview = Preview.ON_REQUEST
    """When visitors see the page that shows where the link leads."""
    crawlable: bool = False
    """Whether search engines may follow the link: `/robots.txt` allows it then."""
    title: str | None = None
    """Shown in lists."""
    notes: str | None = None
    """Shown to those who may change the link."""
    rules: tuple[Mapping[str, object], ...] = ()
    """Objects of JSON as `domain.targeting.reading` returns them: the first one that
    holds for a visitor says where the visitor goes."""
    variants: tuple[Mapping[str, object], ...] = ()
    """The same: shares of the other visitors who go elsewhere."""
    tags: tuple[str, ...] = ()
    """Names under which links are found together, as `tags_of` returns them."""
    archived: bool = False
    """Whether lists leave the link out unless they are asked for it."""
    quarantine: Quarantine | None = None
    """Set by an admin or a blocklist, and not with the others."""
    typed_code: str | None = None
    """The code as it was typed, where the domain stores it in another form."""
    unknown: Mapping[str, bytes] = field(default_factory=lambda: NOTHING_UNKNOWN)
    """Options of a newer release, as JSON: kept, and otherwise left alone."""

    def __post_init__(self) -> None:
        """Refuse moments without a time zone."""
        for moment in (self.valid_since, self.valid_until):
            assert moment is None or moment.tzinfo, "moments need a time zone"
        assert self.password is None or self.password.startswith(_HASHED), (
            "of a password, only its hash is kept"
        )


NOTHING_UNKNOWN: Final[Mapping[str, bytes]] = MappingProxyType({})
NO_OPTIONS: Final = LinkOptions()
"""The options of a link on which nothing was set."""
OPTION_NAMES: Final = tuple(
    each.name
    for each in fields(LinkOptions)
    if each.name not in {"unknown", "typed_code"}
)
"""The names of all options that this release knows, besides `typed_code`, which people
see as the code."""
SETTABLE_NAMES: Final = tuple(name for name in OPTION_NAMES if name != "quarantine")
"""The names of those that everyone sets who may change the link."""
SHOWN_NAMES: Final = tuple(name for name in SETTABLE_NAMES if name != "password")
"""The names of those of them that everyone sees who may see the link."""
UTM_NAMES: Final = tuple(each.name for each in fields(Utm))
"""The names of the fields of `Utm`."""


def changed(options: LinkOptions, changes: Mapping[str, object]) -> LinkOptions:
    """Return *options* with *changes*, which have the names and types of its fields.

    A mapping as `utm` changes those of its fields that it names.
    """
    values = dict(changes)
    if isinstance(utm := values.get("utm"), Mapping):
        values["utm"] = _merged(options.utm, utm)
    return replace(options, **values)  # type: ignore[arg-type]  # the caller is responsible


def _merged(utm: Utm | None, changes: Mapping[str, str | None]) -> Utm | None:
    new = replace(utm or Utm(), **changes)
    return None if new == Utm() else new


def deciding(options: LinkOptions) -> LinkOptions:
    """Return *options* without those on which no visit depends.

    `utm` is in the location of the link already.
    """
    return replace(
        options,
        utm=None,
        title=None,
        notes=None,
        tags=(),
        archived=False,
        crawlable=False,
        typed_code=None,
        unknown=NOTHING_UNKNOWN,
    )


def folded(tag: str) -> str:
    """Return what equal tags have in common: case makes no difference."""
    return normalize("NFC", tag).casefold()


def tags_of(names: Iterable[str]) -> tuple[str, ...]:
    """Return *names* as tags: each once, in the spelling that comes first.

    Raises:
        ValueError: One of them cannot be a tag, or there are too many.
    """
    tags: dict[str, str] = {}
    for tag in map(_tag, names):
        tags.setdefault(folded(tag), tag)
    if len(tags) > MAX_TAGS:
        raise ValueError(f"A link has at most {MAX_TAGS} tags.")
    return tuple(tags.values())


def _tag(name: str) -> str:
    tag = normalize("NFC", name).strip(" ")
    if not tag or len(tag) > MAX_TAG or any(one in tag for one in "/,"):
        raise ValueError(_TAG_RULE)
    if _UNSHOWN.search(tag) or _SURROGATES.search(tag):
        raise ValueError(_TAG_RULE)
    return tag


def with_tags(
    tags: Iterable[str], *, add: Iterable[str], remove: Iterable[str]
) -> tuple[str, ...]:
    """Return *tags* with those of *add* and without those of *remove*.

    Raises:
        OptionConflict: There are too many then, or one cannot be a tag.
    """
    gone = set(map(folded, remove))
    try:
        return tags_of([tag for tag in (*tags, *add) if folded(tag) not in gone])
    except ValueError as error:
        raise OptionConflict(str(error)) from None


def check_options(options: LinkOptions) -> None:
    """Check that *options* do not contradict each other.

    Raises:
        OptionConflict: They contradict each other, or a text cannot be shown.
    """
    for wrong in conflicts(options):
        raise OptionConflict(wrong.detail)


def conflicts(options: LinkOptions) -> Iterator[WrongValue]:
    """Yield how *options* contradict each other, and which texts cannot be shown."""
    since, until = options.valid_since, options.valid_until
    if since is not None and until is not None and since >= until:
        yield _conflict("valid_until", "valid_since must lie before valid_until.")
    if options.max_clicks is not None and not 1 <= options.max_clicks <= MAX_CLICKS:
        detail = f"max_clicks must lie between 1 and {MAX_CLICKS:,}."
        yield _conflict("max_clicks", detail)
    yield from _text_conflicts("title", options.title, most=MAX_TITLE)
    yield from _text_conflicts("notes", options.notes, most=MAX_NOTES, lines="\n\r\t")
    for name in UTM_NAMES if options.utm else ():
        text = getattr(options.utm, name)
        yield from _text_conflicts(f"utm.{name}", text, most=MAX_UTM)


def _text_conflicts(
    name: str, text: str | None, *, most: int, lines: str = ""
) -> Iterator[WrongValue]:
    if text is None:
        return
    if len(text) > most:
        yield _conflict(name, f"{name} has more than {most:,} characters.")
    elif _UNSHOWN.search(text.translate(dict.fromkeys(map(ord, lines)))):
        yield _conflict(name, f"{name} has control characters.")


def _conflict(name: str, detail: str) -> WrongValue:
    return OptionConflict(detail).at(*name.split("."))
