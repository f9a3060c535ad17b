"""Logos of domains, read when a QR code is first drawn with them and kept after it."""

import asyncio
from collections import OrderedDict
from typing import Final

from waypost.domain.domains.domains import LinkDomain
from waypost.domain.qr.logos import QrLogo, logo_in
from waypost.ports.domains.store import DomainReader

_MAX_KEPT: Final = 16
"""A megabyte of pixels each, at most."""


class Logos:
    """Knows the logo of each domain."""

    def __init__(self, domains: DomainReader) -> None:
        self._domains = domains
        self._kept: OrderedDict[str, QrLogo] = OrderedDict()
        # Of many that ask for one logo, the first one reads it.
        self._reading = asyncio.Lock()

    async def of(self, domain: LinkDomain) -> QrLogo | None:
        """Return the logo of *domain*; None: it has none.

        What another process has changed a moment ago is read as it is now.

        Raises:
            InvalidLogo: What was put into the store is none.
            BackendUnavailable: The store does not answer.
        """
        mark = domain.qr.logo
        if mark is None:
            return None
        async with self._reading:
            if mark.sha256 not in self._kept:
                url = await self._domains.logo(domain.host)
                if url is None:
                    return None
                logo = await asyncio.to_thread(logo_in, url)
                self._kept[logo.mark.sha256] = logo
                if len(self._kept) > _MAX_KEPT:
                    self._kept.popitem(last=False)
                return logo
            self._kept.move_to_end(mark.sha256)
            return self._kept[mark.sha256]
