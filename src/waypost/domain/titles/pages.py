"""The title of a page of HTML, out of its first bytes."""

import re
from html import unescape
from typing import Final

from waypost.domain.options import MAX_TITLE

# Bounded, and without `<`: a page of many beginnings takes no longer than others.
_TITLE: Final = re.compile(r"<title(?:\s[^<>]{0,1000})?>([^<]{1,20000})", re.IGNORECASE)
_END: Final = re.compile(rb"</title", re.IGNORECASE)
_END_BYTES: Final = len(b"</title")
_META: Final = re.compile(
    rb"<meta[^>]{1,200}charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE
)
_HEADER: Final = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_META_WITHIN: Final = 1_024
# Those of pages; Python knows others, of which some take long or run what they read.
_KNOWN: Final = re.compile(
    r"utf-?8|utf-?16([bl]e)?|us-ascii|ascii|latin-?1|iso-?8859-?\d{1,2}|windows-?125\d"
    r"|cp125\d|koi8-[ru]|shift[_-]?jis|sjis|euc-(jp|kr)|gb2312|gbk|gb18030|big5"
)
_AS_BROWSERS: Final = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "ascii": "cp1252"}
_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
# They move the cursor of a terminal, or reverse the direction of the text after them.
_UNSHOWN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def title_in(page: bytes, *, content_type: str) -> str | None:
    """Return the title in *page*, in one line and no longer than one of a link.

    None: it has none.
    """
    found = _TITLE.search(_decoded(page, content_type))
    if found is None:
        return None
    text = _UNSHOWN.sub(" ", unescape(found[1]))
    return " ".join(text.split())[:MAX_TITLE].strip() or None


def has_title_ended(page: bytes | bytearray, *, known: int) -> bool:
    """Return whether *page* need not be read beyond what is here.

    It was asked before of its first *known* bytes, which are not looked at again: a
    page may come byte by byte.
    """
    return _END.search(page, max(0, known - _END_BYTES + 1)) is not None


def is_html(content_type: str) -> bool:
    """Return whether a page of this type has a title."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind in {"text/html", "application/xhtml+xml"}


def _decoded(page: bytes, content_type: str) -> str:
    for mark, charset in _MARKS:
        if page.startswith(mark):
            return page[len(mark) :].decode(charset, "replace")
    named = _HEADER.search(content_type)
    meta = _META.search(page[:_META_WITHIN])
    name = named[1] if named else meta[1].decode("ascii") if meta else ""
    charset = name.lower()
    if not _KNOWN.fullmatch(charset):
        charset = "utf-8"
    try:
        return page.decode(_AS_BROWSERS.get(charset, charset), "replace")
    except LookupError:
        return page.decode("utf-8", "replace")
