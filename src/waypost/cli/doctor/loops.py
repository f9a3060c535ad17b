"""The doctor's check for links that lead back to the server itself.

Such a target is refused when a link is made or changed. A link becomes a loop when
the server gets its target's name afterwards: `BASE_URL`, `OWN_HOSTS`, another port.
"""

import asyncio
from typing import Final

from waypost.cli.doctor.findings import Check, Status
from waypost.cli.errors import readable_errors
from waypost.cli.exits import CommandError
from waypost.cli.output import plural, show_progress
from waypost.config import Settings
from waypost.wiring.offline.links import looping_links

_NAME: Final = "loops"
_SHOWN_CODES: Final = 20
_PROGRESS_LINKS: Final = 10_000


def check_loops(settings: Settings, *, database: Check, limit: int) -> list[Check]:
    """Check the newest *limit* links; no result where no links can be read.

    *database* is the outcome of `check_database`.
    """
    if database.status is not Status.OK or limit == 0:
        return []
    try:
        with readable_errors():
            seen, loops = asyncio.run(_scan(settings, limit))
    except CommandError as failure:
        return [Check(name=_NAME, status=Status.PROBLEM, finding=str(failure))]
    return [_judge(seen, loops, limit)]


async def _scan(settings: Settings, limit: int) -> tuple[int, list[str]]:
    """Return how many links were checked, and the codes of the loops."""
    seen, loops = 0, list[str]()
    async for code, is_loop in looping_links(settings, limit=limit):
        seen += 1
        if is_loop:
            loops.append(code)
        if seen % _PROGRESS_LINKS == 0:
            show_progress(f"{plural(seen, 'link')} checked")
    show_progress("")
    return seen, loops


def _judge(seen: int, loops: list[str], limit: int) -> Check:
    scope = f"Of {plural(seen, 'link')}"
    if seen == limit:
        scope = f"Of the newest {plural(seen, 'link')} (--links sets how many)"
    if not loops:
        finding = f"{scope}, none leads back to this server."
        return Check(name=_NAME, status=Status.OK, finding=finding)
    shown = ", ".join(loops[:_SHOWN_CODES])
    more = f" and {len(loops) - _SHOWN_CODES:,} more" if loops[_SHOWN_CODES:] else ""
    return Check(
        name=_NAME,
        status=Status.WARNING,
        finding=f"{scope}, {len(loops):,} lead back to this server: {shown}{more}.",
        remedy="Give each another target with PATCH /api/v1/links/{code}, or correct "
        "BASE_URL and OWN_HOSTS.",
    )
