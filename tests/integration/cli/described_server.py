"""A server that answers every operation of the HTTP API as its document shows it."""

from __future__ import annotations

import http.server
import json
import re
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from waypost.api.documents.openapi import Document


class Refusal(NamedTuple):
    """A refusal instead of the documented answer."""

    status: int
    code: str


class DescribedServer:
    """Notes the operations that it is asked for, and answers with their examples."""

    def __init__(self, document: Document) -> None:
        """Plan a server of this *document*."""
        self.asked: list[str] = []
        self.refused: Mapping[str, Refusal] = {}
        """The operations that it refuses."""
        self._document = document
        self._server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), self._handler()
        )
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str) -> tuple[int, str, bytes]:
        """Return the status, the media type and the body that a request gets."""
        operation = self._operation(method, urlsplit(path).path)
        name = operation["operationId"]
        self.asked.append(name)
        if refusal := self.refused.get(name):
            problem = {"detail": "Not now.", "code": refusal.code}
            return refusal.status, "application/problem+json", _json(problem)
        status = min(status for status in operation["responses"] if status[0] == "2")
        content = operation["responses"][status].get("content", {})
        for media_type, media in content.items():
            example = next(iter(media["examples"].values()))["value"]
            text = example.encode() if isinstance(example, str) else _json(example)
            return int(status), media_type, text
        return int(status), "application/json", b""

    def _operation(self, method: str, path: str) -> Document:
        """Return the operation of a request; a path without a variable goes first."""
        for template in sorted(self._document["paths"], key=lambda one: one.count("{")):
            pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template))
            operations = self._document["paths"][template]
            if re.fullmatch(pattern, path) and method.lower() in operations:
                found: Document = operations[method.lower()]
                return found
        raise AssertionError(f"There is no operation {method} {path}.")

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        answer = self.answer

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, media_type, body = answer(self.command, self.path)
                self.send_response(status)
                self.send_header("Content-Type", media_type)
                if status != 204:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - names of the library

            def log_message(self, *args: object) -> None:
                """Keep quiet."""

        return Handler


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
