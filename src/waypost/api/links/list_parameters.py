"""The parameters of lists of links: their names, meanings and documentation."""

from typing import Final

from waypost.api.reports.parameters import MAX_LIMIT, Parameter
from waypost.domain.listing.filters import Feature, SortKey
from waypost.domain.verdict import LinkState

DEFAULT_LIMIT: Final = 50
_DESCENDING: Final = "-"
SORTS: Final = {
    sign + key: (key, sign == _DESCENDING)
    for key in SortKey
    for sign in (_DESCENDING, "")
}
"""Each order: its key, and whether it is descending."""
TOTAL: Final = "total"
_ARCHIVED: Final = "archived"

_FROM: Final = "From this moment on: `2026-03-01T09:30:00Z`, or from now: `-7d`."
_TO: Final = "Before this moment, as above."

FILTERS: Final = (
    Parameter(
        name="q",
        description="Only links with all these words in their code, URL, title, tags "
        "or notes. The beginning of a word is enough; case and accents do not matter.",
        example="spring cat",
    ),
    Parameter(
        name="state",
        description="Only links in this state. Repeat it for several. Without it: "
        "all but `deleted`.",
        example=LinkState.EXPIRED,
        values=tuple(LinkState),
        is_repeatable=True,
    ),
    Parameter(
        name="not_state",
        description="No links in this state. Repeat it for several.",
        example=LinkState.DISABLED,
        values=tuple(LinkState),
        is_repeatable=True,
    ),
    Parameter(
        name="tag",
        description="Only links with this tag. Repeat it for several.",
        example="spring",
        is_repeatable=True,
    ),
    Parameter(
        name="tag_mode",
        description="Whether a link needs one of the tags (`any`, the default) or all.",
        example="all",
        values=("any", "all"),
    ),
    Parameter(
        name="not_tag",
        description="No links with this tag. Repeat it for several.",
        example="sold-out",
        is_repeatable=True,
    ),
    Parameter(
        name="not_tag_mode",
        description="Whether a link may have none of these tags (`any`, the default), "
        "or only not all of them.",
        example="all",
        values=("any", "all"),
    ),
    Parameter(
        name=_ARCHIVED,
        description="Only archived links (`true`), or all (`any`). Without it: those "
        "that are not archived.",
        example="any",
        values=("false", "true", "any"),
    ),
    Parameter(
        name="has",
        description="Only links that have this. Repeated: one of these. `expiry` is "
        "`valid_until`.",
        example=Feature.RULES,
        values=tuple(Feature),
        is_repeatable=True,
    ),
    Parameter(
        name="not_has",
        description="Only links without this. Repeated: without all of these.",
        example=Feature.EXPIRY,
        values=tuple(Feature),
        is_repeatable=True,
    ),
    Parameter(
        name="host",
        description="Only links that lead to this host, or to one below it.",
        example="example.com",
    ),
    Parameter(
        name="url",
        description="Only links that lead to this URL, in any spelling.",
        example="https://example.com/spring",
    ),
    Parameter(
        name="domain",
        description="Only links of this domain. Repeated: of any of them.",
        example="go.acme.com",
        is_repeatable=True,
    ),
    Parameter(
        name="code",
        description="Only the link of this code, in the domain that is named, or in "
        "the default one.",
        example="spring",
    ),
    Parameter(
        name="external_id",
        description="Only the link that you call so.",
        example="order-77",
    ),
    Parameter(
        name="created_by",
        description="Only links that this key made, by its id; or `anonymous`, "
        "`admin_token`.",
        example="0195f2a0-7c1e-7b3a-9d52-5d1f0c8e2b11",
    ),
    Parameter(name="created_from", description=f"Made. {_FROM}", example="-7d"),
    Parameter(name="created_to", description=f"Made. {_TO}", example="now"),
    Parameter(name="updated_from", description=f"Changed. {_FROM}", example="-7d"),
    Parameter(name="updated_to", description=f"Changed. {_TO}", example="now"),
    Parameter(
        name="valid_until_from", description=f"Valid until. {_FROM}", example="now"
    ),
    Parameter(name="valid_until_to", description=f"Valid until. {_TO}", example="+7d"),
    Parameter(
        name="clicks_min", description="Followed at least so often.", example="100"
    ),
    Parameter(name="clicks_max", description="Followed at most so often.", example="0"),
)
"""Which links are listed."""
EXPORT: Final = (
    *(one for one in FILTERS if one.name != _ARCHIVED),
    Parameter(
        name=_ARCHIVED,
        description="Without archived links (`false`), or only those (`true`). Without "
        "it: all.",
        example="false",
        values=("false", "true", "any"),
    ),
)
"""Which links are exported."""
PAGE: Final = (
    Parameter(
        name="sort",
        description="Descending with `-`. Without it: `-created_at`. Links that are "
        "equal in it are sorted by id. Clicks are those of some seconds ago, or with "
        "millions of links of some minutes ago. `title` and `url` need a filter that "
        "finds 1,000 links at most, and `valid_until` needs `has=expiry`, or a range "
        "of it.",
        example="-clicks",
        values=tuple(SORTS),
    ),
    Parameter(
        name="limit",
        description=f"How many links a page has at most: 1 to {MAX_LIMIT:,}. Without "
        f"it: {DEFAULT_LIMIT}.",
        example="100",
    ),
    Parameter(
        name="cursor",
        description="The `next_cursor` of the page before, with the same filters and "
        "the same `sort`.",
        example="WzEsMjk5",
    ),
    Parameter(
        name="fields",
        description="Only these fields of each link, with commas between. Without it: "
        "all.",
        example="code,clicks",
    ),
    Parameter(
        name="include",
        description="`total`: how many links the list has.",
        example=TOTAL,
        values=(TOTAL,),
    ),
)
LIST: Final = (*FILTERS, *PAGE)
"""All that a list takes."""
