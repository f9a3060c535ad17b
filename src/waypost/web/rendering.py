"""Pages from templates, by Jinja2, which the first page of a process loads.

A process that only redirects never needs it (`docs/adr/0047-pages.md`).
"""

import asyncio
import re
import sys
from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_HERE: Final = Path(__file__).parent
FILES: Final = _HERE / "files"
"""What pages load: scripts, styles and icons."""
STYLE: Final = (_HERE / "style.css").read_text("utf-8")
"""Stands in every page, so that a page is one answer."""
STYLE_SOURCE: Final = f"'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
"""The style as a content security policy names it."""


def render(template: str, values: dict[str, object]) -> bytes:
    """Return the page that *template* makes of *values*, whose texts are escaped.

    An event loop that must not pause for tens of milliseconds awaits `loaded` before.
    """
    return _environment().get_template(template).render(values).encode()


async def loaded() -> None:
    """Load what makes pages, in a thread, unless it is there."""
    if "jinja2" not in sys.modules or not _environment.cache_info().currsize:
        await asyncio.to_thread(_environment)


@lru_cache(1)
def _environment() -> "Environment":
    from jinja2 import ChainableUndefined, Environment, FileSystemLoader
    from markupsafe import Markup

    environment = Environment(
        autoescape=True,
        auto_reload=False,
        loader=FileSystemLoader(_HERE / "templates"),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=ChainableUndefined,
    )
    environment.filters["prose"] = _prose
    environment.globals["style"] = Markup(STYLE)  # noqa: S704  # a file of ours
    return environment


def _prose(text: str) -> "Markup":
    """Return *text*, which is escaped, with words between backticks as code."""
    from markupsafe import Markup, escape

    marked = re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text)))
    return Markup(marked)  # noqa: S704  # it is escaped
