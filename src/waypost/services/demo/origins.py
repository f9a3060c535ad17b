"""Where the clicks of a demonstration come from: pages, apps and campaigns.

Invented hosts end in `.example`.
"""

from enum import IntEnum
from typing import Final, NamedTuple


class Kind(IntEnum):
    """How a link is spread."""

    PLAIN = 0
    SOCIAL = 1
    MAIL = 2
    ADVERT = 3
    PRINT = 4


KIND_WEIGHTS: Final = (38, 27, 16, 11, 8)
"""How many links are of each kind."""


class Origin(NamedTuple):
    """Where clicks come from."""

    channel: str
    referrer: str | None
    weight: float


_SITES: Final = (
    "garden-notes hiking-club city-weekly recipes-daily bike-forum film-review "
    "startup-letters open-source-news travel-diary photo-walks chess-corner "
    "museum-guide home-brewing data-stories school-board local-radio book-circle "
    "board-games solar-diy night-sky"
)
_PAGES: Final = {
    "search": (
        "google.com:70 bing.com:11 duckduckgo.com:7 google.de:6 ecosia.org:3 "
        "search.brave.com:2 yandex.ru:1"
    ),
    "social": (
        "instagram.com:22 facebook.com:20 linkedin.com:15 t.co:12 reddit.com:9 "
        "youtube.com:8 com.facebook.katana:5 news.ycombinator.com:4 bsky.app:3 "
        "mastodon.social:2"
    ),
    "mail": "mail.google.com:48 outlook.live.com:24 com.google.android.gm:16 web.de:12",
    "assistant": "chatgpt.com:64 perplexity.ai:18 gemini.google.com:12 claude.ai:6",
    "other": " ".join(
        f"{site}.example:{100 / place:.3f}"
        for place, site in enumerate(_SITES.split(), 2)
    ),
}

ORIGINS: Final = (
    Origin("direct", None, 1.0),
    *(
        Origin(channel, entry.partition(":")[0], float(entry.partition(":")[2]))
        for channel, entries in _PAGES.items()
        for entry in entries.split()
    ),
)

CHANNELS_OF_KINDS: Final = (
    {"direct": 44, "search": 22, "social": 17, "mail": 5, "assistant": 5, "other": 7},
    {"direct": 31, "search": 4, "social": 59, "mail": 1, "assistant": 1, "other": 4},
    {"direct": 66, "search": 2, "social": 2, "mail": 28, "assistant": 0, "other": 2},
    {"direct": 22, "search": 64, "social": 9, "mail": 0, "assistant": 1, "other": 4},
    {"direct": 97, "search": 1, "social": 1, "mail": 0, "assistant": 0, "other": 1},
)
"""The weight of each channel, by the kind of link."""


class Utm(NamedTuple):
    """What the links of a kind say about their campaign."""

    sources: tuple[str, ...]
    medium: str
    terms: tuple[str, ...] = ()
    contents: tuple[str, ...] = ()


UTM_OF_KINDS: Final = {
    Kind.SOCIAL: Utm(
        ("instagram", "linkedin", "facebook"), "social", (), ("story", "post", "reel")
    ),
    Kind.MAIL: Utm(("newsletter",), "email", (), ("header", "button", "footer")),
    Kind.ADVERT: Utm(
        ("google", "bing"),
        "cpc",
        ("short links", "link tracking", "qr codes", "url shortener"),
        ("ad-a", "ad-b"),
    ),
    Kind.PRINT: Utm(("poster", "flyer"), "print", (), ()),
}

CAMPAIGNS: Final = (
    "spring-launch",
    "summer-sale",
    "autumn-news",
    "black-friday",
    "winter-tour",
    "webinar-series",
    "product-update",
    "hiring-round",
    "conference-week",
    "customer-stories",
    "open-day",
    "refer-a-friend",
)

TOPICS: Final = (
    "Guide to getting started",
    "Price list",
    "Release notes",
    "Job openings",
    "Summer programme",
    "Customer story",
    "Webinar recording",
    "Product tour",
    "Menu of the week",
    "Ticket shop",
    "Opening hours",
    "Newsletter archive",
    "Annual report",
    "Course catalogue",
    "Photo gallery",
    "Support forum",
    "Feature comparison",
    "Event calendar",
    "Press kit",
    "Feedback form",
)
"""Titles of links."""
