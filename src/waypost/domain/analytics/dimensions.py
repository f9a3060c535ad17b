"""The dimensions of a click: what reports break clicks down by, and filter by."""

from enum import StrEnum
from typing import Final


class Dimension(StrEnum):
    """A property of a click. Every value is text, and null where it is unknown.

    The order is that of `EnrichedClick.values`; a new one goes to the end. Stores keep
    the names, so none is ever changed.
    """

    COUNTRY = "country"
    """Two letters of ISO 3166-1, such as `CH`."""
    REGION = "region"
    """ISO 3166-2, such as `CH-ZH`."""
    CITY = "city"
    DEVICE = "device"
    """`phone`, `tablet`, `desktop`, `tv` or `other`."""
    OS = "os"
    """`ios`, `android`, `windows`, `macos`, `linux`, `chromeos` or `other`."""
    BROWSER = "browser"
    """`chrome`, `safari`, `firefox`, `edge`, `opera`, `samsung`, `android_browser` or
    `other`."""
    LANGUAGE = "language"
    """The language that the visitor prefers, such as `de`, without its region."""
    REFERRER = "referrer"
    """The host of the page with the link, without `www.`."""
    CHANNEL = "channel"
    """`search`, `social`, `mail`, `assistant`, `direct` or `other`."""
    UTM_SOURCE = "utm_source"
    UTM_MEDIUM = "utm_medium"
    UTM_CAMPAIGN = "utm_campaign"
    UTM_TERM = "utm_term"
    UTM_CONTENT = "utm_content"
    SOURCE = "source"
    """`link` or `qr`: how the visitor got the short URL."""
    MACHINE = "machine"
    """Why the click is a machine's: `agent` (the user agent names itself), `preview`,
    `prefetch`, `method` or `network`; null: it is a person's."""
    AGENT = "agent"
    """The user agent's text, kept so that a click can be classified again."""
    RULE = "rule"
    """The link's rule that decided: its name, or else its place from 0."""
    VARIANT = "variant"
    """The link's variant that the visitor got; null: the link's own URL."""


DIMENSIONS: Final = tuple(Dimension)
"""In the order of `EnrichedClick.values`."""

PLACES: Final = {dimension: place for place, dimension in enumerate(DIMENSIONS)}
"""Where the value of a dimension stands in `EnrichedClick.values`."""
