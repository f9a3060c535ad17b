"""Clicks as the visitors of `waypost demo` send them: with a heavy tail of agents.

A few agents are most of the traffic, as in the demonstration. One click in a hundred
comes from the browser inside an app, which names a model of phone and a build, so that
nearly every one of these agents is new.
"""

import random
import time
from collections.abc import Sequence
from datetime import date
from typing import Final
from urllib.parse import quote_plus

from waypost.adapters.zones import TzdataZones
from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.clicks import Click, JournaledClick
from waypost.services.demo.clicks import ClickMaker, DemoClicks
from waypost.services.demo.links import links_of
from waypost.services.demo.plan import DemoPlan, parts_of

UNSEEN: Final = 0.01
"""The part of clicks whose agent no other visitor has."""
LINKS: Final = 10_000
_DAY: Final = (date(2026, 3, 2) - date(1970, 1, 1)).days
_UTM: Final = tuple(each for each in Dimension if each.startswith("utm_"))
_APP: Final = (
    "Mozilla/5.0 (Linux; Android 1%d; SM-A%d Build/UP1A.%d; wv) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Version/4.0 Chrome/1%d.0.%d.%d Mobile Safari/537.36 "
    "[FB_IAB/FB4A;FBAV/%d.0.0.%d;IABMV/1;]"
)


def demo_clicks(number: int) -> list[JournaledClick]:
    """Return the clicks of a day of a demonstration with so many, as an edge sees them.

    The same number gives the same clicks but for their moments.
    """
    plan = DemoPlan(seed=1, links=LINKS, clicks=number, days=1, last_day=_DAY)
    maker = ClickMaker(plan, links_of(plan), zone=TzdataZones().zone)
    chance = random.Random(1)
    made = [
        click for part in parts_of(plan) for click in _sent(maker.clicks(part), chance)
    ]
    return [
        JournaledClick("d" * 32, 0, sequence, click)
        for sequence, click in enumerate(made, 1)
    ]


def _sent(clicks: DemoClicks, chance: random.Random) -> list[Click]:
    def column(dimension: Dimension) -> Sequence[str | None]:
        texts, codes = clicks.values[dimension]
        return [texts[code] for code in codes.tolist()]

    rows = zip(
        clicks.links.tolist(),
        clicks.visitors.tolist(),
        column(Dimension.AGENT),
        column(Dimension.REFERRER),
        column(Dimension.LANGUAGE),
        column(Dimension.COUNTRY),
        column(Dimension.SOURCE),
        zip(*map(column, _UTM), strict=True),
        strict=True,
    )
    return [
        Click(
            time_ns=time.time_ns(),
            code=f"c{link + 1:06}",
            link_id=link + 1,
            address=_address(visitor, chance),
            query=_query(utm, source),
            host=b"go.example.com",
            user_agent=_agent(agent or "", chance),
            referrer=_referrer(page),
            language=f"{language}-{country},{language};q=0.9,en;q=0.8".encode()
            if language
            else b"",
            purpose=b"",
            fetch=b"none,navigate,document,?1",
            client_hints=b"",
            privacy=b"",
            sender=b"",
        )
        for link, visitor, agent, page, language, country, source, utm in rows
    ]


def _address(visitor: int, chance: random.Random) -> str:
    bits = visitor or chance.getrandbits(64)
    parts = (1 + bits % 223, bits >> 16 & 255, bits >> 32 & 255, bits >> 48 & 255)
    return ".".join(map(str, parts))


def _query(utm: Sequence[str | None], source: str | None) -> bytes:
    pairs = zip(_UTM, utm, strict=True)
    named = [f"{name}={quote_plus(value)}" for name, value in pairs if value]
    return "&".join([*named, *(["qr"] if source == "qr" else [])]).encode()


def _agent(agent: str, chance: random.Random) -> bytes:
    if chance.random() >= UNSEEN:
        return agent.encode()
    numbers = (chance.randrange(size) for size in (6, 990, 250_000, 43, 7_000, 200))
    return (_APP % (*numbers, chance.randrange(530), chance.randrange(120))).encode()


def _referrer(page: str | None) -> bytes:
    if page is None:
        return b""
    scheme = "android-app" if page.startswith("com.") else "https"
    return f"{scheme}://{page}/".encode()
