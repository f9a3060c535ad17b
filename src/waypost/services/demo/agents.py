"""Browsers and programs of a demonstration: user agents, and what they are."""

from typing import Final, NamedTuple

_CHROME: Final = "AppleWebKit/537.36 (KHTML, like Gecko)"
_SAFARI: Final = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_WINDOWS: Final = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME}"
_MAC: Final = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_CHROME}"
_LINUX: Final = f"Mozilla/5.0 (X11; Linux x86_64) {_CHROME}"
_CHROMEBOOK: Final = f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {_CHROME}"
_ANDROID: Final = f"Mozilla/5.0 (Linux; Android 10; K) {_CHROME}"
_GALAXY: Final = f"Mozilla/5.0 (Linux; Android 14; SM-S921B) {_CHROME}"
_GALAXY_TAB: Final = f"Mozilla/5.0 (Linux; Android 13; SM-X200) {_CHROME}"
_IPHONE: Final = f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {_SAFARI}"
_OLD_IPHONE: Final = f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) {_SAFARI}"
_IPAD: Final = f"Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) {_SAFARI}"
_MAC_SAFARI: Final = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_SAFARI}"
_TV: Final = "Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) AppleWebKit/537.36"
_GECKO: Final = "rv:145.0) Gecko/20100101 Firefox/145.0"


class Browser(NamedTuple):
    """A browser of people."""

    iphones: float
    """Its weight where most phones are Apple's."""
    others: float
    """Its weight elsewhere."""
    device: str
    os: str
    name: str
    agent: str


class Program(NamedTuple):
    """A program that clicks."""

    weight: float
    machine: str
    agent: str


BROWSERS: Final = (
    *(
        Browser(
            iphones * part,
            others * part,
            device,
            os,
            "chrome",
            f"{system} Chrome/{version}.0.0.0 {mobile}Safari/537.36",
        )
        for iphones, others, device, os, system, mobile in (
            (13, 17, "desktop", "windows", _WINDOWS, ""),
            (8, 4, "desktop", "macos", _MAC, ""),
            (9, 38, "phone", "android", _ANDROID, "Mobile "),
            (0.8, 1.1, "desktop", "linux", _LINUX, ""),
            (0.7, 0.3, "desktop", "chromeos", _CHROMEBOOK, ""),
            (0.6, 1.2, "tablet", "android", _GALAXY_TAB, ""),
        )
        for version, part in ((142, 0.6), (141, 0.25), (139, 0.15))
    ),
    Browser(
        *(4, 4.5, "desktop", "windows", "edge"),
        f"{_WINDOWS} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
    ),
    Browser(
        *(0.5, 0.8, "desktop", "windows", "opera"),
        f"{_WINDOWS} Chrome/141.0.0.0 Safari/537.36 OPR/126.0.0.0",
    ),
    Browser(
        *(2.5, 3, "desktop", "windows", "firefox"),
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64; {_GECKO}",
    ),
    Browser(
        *(1.2, 1.2, "desktop", "macos", "firefox"),
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; {_GECKO}",
    ),
    Browser(
        *(0.9, 1.4, "desktop", "linux", "firefox"),
        f"Mozilla/5.0 (X11; Linux x86_64; {_GECKO}",
    ),
    Browser(
        *(0.5, 1.1, "phone", "android", "firefox"),
        "Mozilla/5.0 (Android 14; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0",
    ),
    Browser(
        *(8, 3, "desktop", "macos", "safari"),
        f"{_MAC_SAFARI} Version/18.6 Safari/605.1.15",
    ),
    Browser(
        *(24, 7, "phone", "ios", "safari"),
        f"{_IPHONE} Version/18.6 Mobile/15E148 Safari/604.1",
    ),
    Browser(
        *(9, 2.5, "phone", "ios", "safari"),
        f"{_OLD_IPHONE} Version/17.7 Mobile/15E148 Safari/604.1",
    ),
    Browser(
        *(3, 1, "phone", "ios", "chrome"),
        f"{_IPHONE} CriOS/142.0.7444.77 Mobile/15E148 Safari/604.1",
    ),
    Browser(
        *(2, 1, "tablet", "ios", "safari"),
        f"{_IPAD} Version/17.7 Mobile/15E148 Safari/604.1",
    ),
    Browser(
        *(2.2, 5.5, "phone", "android", "samsung"),
        f"{_GALAXY} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
    ),
    Browser(
        *(0.15, 0.15, "tv", "other", "safari"),
        f"{_TV} (KHTML, like Gecko) 94.0.4606.31/7.0 TV Safari/537.36",
    ),
)

PROGRAMS: Final = (
    Program(
        24,
        "agent",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    ),
    Program(
        11,
        "agent",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    ),
    Program(
        8, "agent", "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)"
    ),
    Program(
        9,
        "agent",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; "
        "+https://openai.com/gptbot)",
    ),
    Program(7, "agent", "curl/8.14.1"),
    Program(6, "agent", "python-requests/2.32.4"),
    Program(4, "agent", "Go-http-client/2.0"),
    Program(
        12,
        "preview",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    ),
    Program(8, "preview", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"),
    Program(6, "preview", "Twitterbot/1.0"),
    Program(6, "preview", "WhatsApp/2.23.20.0"),
    Program(5, "preview", "TelegramBot (like TwitterBot)"),
    Program(
        3,
        "preview",
        "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    ),
)
"""Device, system and browser of all of them are `other`."""

BROWSER_MACHINES: Final = (("prefetch", 9.0), ("network", 7.0))
"""Why a click with a browser's agent is a machine's, with weights."""
