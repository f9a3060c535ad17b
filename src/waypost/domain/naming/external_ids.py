"""What clients call links themselves: `ext:order-77`."""

from typing import Final

MAX_LENGTH: Final = 255
"""In characters."""
PREFIX: Final = "ext:"
"""With which such a name begins where other names are taken too; no code has a
colon."""
RULE: Final = (
    f"an external id is 1 to {MAX_LENGTH} characters without a slash, and none of them "
    "is a control character"
)


def is_external_id(text: str) -> bool:
    """Return whether a link may be called *text*."""
    return 0 < len(text) <= MAX_LENGTH and "/" not in text and text.isprintable()


def external_id_in(name: str) -> str | None:
    """Return the external id that *name* stands for; None: it is another name."""
    text = name.removeprefix(PREFIX)
    return text if text != name and is_external_id(text) else None
