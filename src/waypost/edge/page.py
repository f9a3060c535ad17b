"""The frame of the edge's pages: one look, no scripts, nothing from other servers."""

from base64 import b64encode
from hashlib import sha256
from typing import Final

from waypost.http.headers import Header

_STYLE: Final = """
body { font: 1.1rem/1.5 system-ui, sans-serif; color: #1c2733; background: #f6f7f9;
  margin: 0; display: grid; place-items: center; min-height: 100vh; }
main { max-width: 26rem; padding: 2rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
a { color: #2457d6; }
@media (prefers-color-scheme: dark) {
  body { color: #e7ebef; background: #14191f; } a { color: #8ab4ff; } }
"""

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""

_STYLE_HASH: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()
PAGE_POLICY: Final[Header] = (
    b"content-security-policy",
    (
        "default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors 'none'; style-src 'sha256-{_STYLE_HASH}'"
    ).encode(),
)
"""The header of every page: a browser loads and runs nothing but its style."""


def page(title: str, content: str) -> bytes:
    """Return a page; both texts are HTML, escaped where they come from outside."""
    return _PAGE.format(title=title, style=_STYLE, content=content).encode()
