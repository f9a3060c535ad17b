"""The logo among the fields that are to be set on a domain."""

import asyncio
from collections.abc import Mapping

from waypost.domain.qr.logos import QrLogo, logo_in


async def taken_logo(
    fields: Mapping[str, object],
) -> tuple[Mapping[str, object], QrLogo | None]:
    """Return *fields* with the mark of a logo in place of its data URL, and the logo.

    None: they name none.

    Raises:
        InvalidLogo: It is none, or could do harm.
    """
    looks = fields.get("qr")
    url = looks.get("logo") if isinstance(looks, Mapping) else None
    if not isinstance(looks, Mapping) or not isinstance(url, str):
        return fields, None
    # For up to half a second, which visitors do not wait.
    logo = await asyncio.to_thread(logo_in, url)
    return {**fields, "qr": {**looks, "logo": logo.mark}}, logo
