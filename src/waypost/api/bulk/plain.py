"""Read items that say no more than a URL and maybe a code: nearly all of long lists.

What they may be is what `CreateItem` takes. Any doubt is left to that class, which
also says what is wrong.
"""

from typing import Final, Literal

import msgspec

from waypost.services.links.context import LinkContext
from waypost.services.links.create import Draft, LinkCreation, drafted, plain_draft


class PlainItem(msgspec.Struct, forbid_unknown_fields=True):
    """A link to make, without options."""

    url: str
    code: str | None = None
    ref: str | None = None
    op: Literal["create"] = "create"

    def drafted(self, context: LinkContext) -> Draft:
        """Return the link that is made.

        Raises:
            DomainError: As `services.links.create.drafted`.
        """
        if self.code is None:
            return plain_draft(self.url, context=context)
        return drafted(self.creation(), context=context)

    def creation(self) -> LinkCreation:
        """Return it in the form that the use case takes."""
        return LinkCreation(url=self.url, code=self.code)


_decode: Final = msgspec.json.Decoder(PlainItem).decode


def plain_item(text: bytes, *, longest_ref: int) -> PlainItem | None:
    """Return the item that *text* is; None: it has to be looked at more closely."""
    try:
        item = _decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    # Parsers agree about plain text.
    if not _is_plain(item.url) or not _is_plain(item.code):
        return None
    ref = item.ref
    is_short = ref is None or len(ref) <= longest_ref
    return item if is_short and _is_plain(ref) else None


def _is_plain(text: str | None) -> bool:
    return text is None or (text.isascii() and text.isprintable())
