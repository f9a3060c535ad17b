"""Files that pages load: scripts, styles and icons, all from this server.

Swagger UI is in the package `fastapi-swagger`, of which nothing is imported.
"""

import asyncio
import gzip
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

from waypost.http.answers import Answer
from waypost.http.headers import NO_SNIFFING, Header
from waypost.web.rendering import FILES

_SWAGGER: Final = {"swagger-ui-bundle.js", "swagger-ui.css"}
NAMES: Final = frozenset({"reference.css", "reference.js", "start.js"} | _SWAGGER)
"""What there is below `/assets/`."""
_TYPES: Final = {
    ".css": b"text/css; charset=utf-8",
    ".ico": b"image/x-icon",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
}
_VERSION_LENGTH: Final = 12
_FOR_A_YEAR: Final[Header] = (b"cache-control", b"public, max-age=31536000, immutable")
_FOR_A_DAY: Final[Header] = (b"cache-control", b"public, max-age=86400")
# An SVG that is opened by itself is a document, and could run scripts.
_NO_SCRIPTS: Final[Header] = (b"content-security-policy", b"default-src 'none'")


class _Asset(NamedTuple):
    """A file as it is sent."""

    version: str
    """Changes with the content."""
    packed: bytes
    """By gzip."""


class Assets:
    """Reads and packs each file when it is first asked for."""

    def __init__(self) -> None:
        self._kept: dict[str, _Asset] = {}

    async def load(self, names: frozenset[str]) -> None:
        """Read *names* in a thread; `url` knows them then."""
        for name in sorted(names - self._kept.keys()):
            self._kept[name] = await asyncio.to_thread(_read, name)

    def url(self, name: str) -> str:
        """Return where a file is that was loaded; its URL changes with its content."""
        return f"/assets/{name}?v={self._kept[name].version}"

    async def answer(self, name: str, *, version: str = "", packs: bool) -> Answer:
        """Return the file *name*, packed for a client that *packs*.

        Caches may keep it for a day, and for a year if its *version* was named.
        """
        await self.load(frozenset({name}))
        asset = self._kept[name]
        body = asset.packed if packs else gzip.decompress(asset.packed)
        headers: list[Header] = [
            (b"content-type", _TYPES[Path(name).suffix]),
            (b"content-length", str(len(body)).encode()),
            _FOR_A_YEAR if version == asset.version else _FOR_A_DAY,
            (b"vary", b"accept-encoding"),
            NO_SNIFFING,
            _NO_SCRIPTS,
        ]
        if packs:
            headers.append((b"content-encoding", b"gzip"))
        return Answer(200, headers, body)


def _read(name: str) -> _Asset:
    content = (_folder_of(name) / name).read_bytes()
    version = sha256(content).hexdigest()[:_VERSION_LENGTH]
    return _Asset(version, gzip.compress(content, mtime=0))


def _folder_of(name: str) -> Path:
    if name not in _SWAGGER:
        return FILES
    spec = find_spec("fastapi_swagger")
    assert spec is not None, "the package is a dependency"
    assert spec.origin is not None, "it is a folder"
    return Path(spec.origin).parent / "resources"
