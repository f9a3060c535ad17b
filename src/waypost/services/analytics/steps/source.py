"""How the visitor got the short URL: QR codes carry a parameter, `qr`."""

import re
from collections.abc import Sequence
from typing import Final

from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.clicks import Click
from waypost.services.analytics.step import EnrichmentStep, Values

_QR_PARAMETER: Final = re.compile(rb"(?:^|&)qr(?:[=&]|$)")
"""What QR codes have in their query, with any value or without."""

_LINK: Final = ("link",)
_QR: Final = ("qr",)


def source_step() -> EnrichmentStep:
    """Return the step that recognises QR codes."""
    is_qr = _QR_PARAMETER.search

    def values(clicks: Sequence[Click]) -> list[Values]:
        return [
            _QR if b"qr" in click.query and is_qr(click.query) else _LINK
            for click in clicks
        ]

    return EnrichmentStep("source", (Dimension.SOURCE,), values)
