"""Links as they might be, the same for the same number."""

from datetime import datetime, timedelta

from waypost.domain.codes import CodePermutation
from waypost.domain.links import Link, first_version
from waypost.domain.options import LinkOptions

_RULES = ({"when": {"country": ["CH"]}, "url": "https://ch.example.com"},)
_CODES = CodePermutation(b"codes of the benchmark of lists")


def link(number: int, *, now: datetime) -> Link:
    """Return link *number*: the later ones are made a tenth of a second after."""
    mixed = number * 2_654_435_761 % 2**32
    made = now - timedelta(days=30) + timedelta(milliseconds=number / 4)
    shop, campaign = mixed % 1_013, mixed % 97
    options = LinkOptions(
        title=f"Title{mixed % 10_007} of topic{mixed % 101}" if mixed % 3 else None,
        disabled=mixed % 1_009 == 0,
        valid_until=now - timedelta(days=1) if mixed % 503 == 0 else None,
        max_clicks=1_000 if mixed % 307 == 0 else None,
        rules=_RULES if mixed % 50_021 == 0 else (),
    )
    return Link(
        id=number,
        code=_CODES.code_of(number),
        target=f"https://shop{shop}.example.com/campaign{campaign}/{mixed:x}",
        created_at=made,
        updated_at=made,
        options=options,
        version=first_version(options),
    )
