"""The front page, and the reference of the API for people and for programs."""

from base64 import b64encode
from functools import cached_property
from hashlib import sha256
from html import escape
from typing import Final

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from waypost.api.context import context_of
from waypost.api.documents.reference import reference

router = APIRouter(include_in_schema=False)

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --mark: #2563eb; }
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 46rem; margin: 0 auto;
  padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.8rem; margin: 0; }
h2 { margin: 3rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
code, pre { font: .9em/1.5 ui-monospace, monospace; }
pre { background: var(--soft); border-radius: .5rem; padding: .9rem 1rem;
  overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0;
  border-bottom: 1px solid var(--line); }
a { color: var(--mark); }
.method { color: var(--mark); }
:target { background: var(--soft); }
"""

# Nothing but this page's own style: no scripts, no frames, no other server.
_SECURITY_POLICY: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"
)

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{content}
</body>
</html>
"""

_FRONT: Final = """<h1>Waypost</h1>
<p>This server makes short links and counts how often they are followed.</p>
<h3>Shorten a URL</h3>
<pre>curl {base_url}/api/shorten \\
  -H 'Content-Type: application/json' \\
  -d '{{"url": "https://example.com/a/long/address"}}'</pre>
<h3>Count its clicks</h3>
<pre>curl {base_url}/api/stats/CODE</pre>
<p><a href="/docs">All calls of this server</a> ·
<a href="/openapi.json">OpenAPI document</a></p>
"""


@router.get("/")
async def front_page(request: Request) -> HTMLResponse:
    """Say what this server is."""
    return _page(
        "Waypost", _FRONT.format(base_url=escape(context_of(request).base_url))
    )


@router.get("/docs")
async def reference_page(request: Request) -> HTMLResponse:
    """Explain every call and every refusal."""
    return _page("Waypost: the API", pages_of(request).reference)


@router.get("/openapi.json")
async def openapi_document(request: Request) -> Response:
    """Describe the API to programs."""
    document = pages_of(request).document
    return Response(document, media_type="application/json")


class Pages:
    """Documents that take long to make and never change: made at the first request."""

    def __init__(self, app: FastAPI, *, base_url: str) -> None:
        self._app = app
        self._base_url = base_url

    @cached_property
    def reference(self) -> str:
        """The content of `/docs`."""
        return reference(self._app.openapi(), base_url=self._base_url)

    @cached_property
    def document(self) -> bytes:
        """The OpenAPI document."""
        return bytes(JSONResponse(self._app.openapi()).body)


def pages_of(request: Request) -> Pages:
    """Return the pages of the application that serves *request*."""
    pages: Pages = request.app.state.pages
    return pages


def _page(title: str, content: str) -> HTMLResponse:
    text = _PAGE.format(title=title, style=_STYLE, content=content)
    return HTMLResponse(text, headers={"Content-Security-Policy": _SECURITY_POLICY})
