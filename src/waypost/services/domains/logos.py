"""The logo among the fields that are to be set on a domain."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

from waypost.domain.qr.errors import InvalidLogo
from waypost.domain.qr.logos import QrLogo, logo_in


class TakenLogo(NamedTuple):
    """Fields with the mark of a logo in place of its data URL."""

    fields: Mapping[str, object]
    logo: QrLogo | None = None
    """None: they name none, or one that is refused."""
    refusal: InvalidLogo | None = None


async def taken_logo(fields: Mapping[str, object]) -> TakenLogo:
    """Return *fields* with the mark of their logo, and that logo."""
    looks = fields.get("qr")
    url = looks.get("logo") if isinstance(looks, Mapping) else None
    if not isinstance(looks, Mapping) or not isinstance(url, str):
        return TakenLogo(fields)
    # For up to half a second, which visitors do not wait.
    try:
        logo = await asyncio.to_thread(logo_in, url)
    except InvalidLogo as refusal:
        return TakenLogo(fields, refusal=refusal)
    return TakenLogo({**fields, "qr": {**looks, "logo": logo.mark}}, logo)
