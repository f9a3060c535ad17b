"""ClickHouse's HTTP interface over its engine in this process.

    python -m tests.clickhouse.front PORT FOLDER

The engine is ClickHouse's own (the package `chdb-core-lite`): what it parses, stores,
merges, deduplicates and computes is what a server does with a local table. Only the
way to it is ours, so nothing here proves how a server behaves that is overloaded, how
it authenticates, streams, compresses answers or limits connections, nor anything of
replicas, shards and `ON CLUSTER`, which this engine refuses. Statements run one after
another.

Besides, `PUT /refuse` has all later statements that contain a text refused, as a
server would that has too many parts, or a proxy before it: until `DELETE /refuse`.
`PUT /hold` has the next such statement run no sooner than `DELETE /hold`, even if its
client has left by then.
"""

import json
import os
import re
import sys
import tempfile
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from threading import Event, Lock
from typing import Final, NamedTuple, Protocol, cast
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

_INSERT: Final = re.compile(
    r"\s*INSERT\s.*?\sFORMAT\s+\w+\s*", re.IGNORECASE | re.DOTALL
)
_FORMAT: Final = re.compile(r"\sFORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)
_READS: Final = re.compile(r"\s*\(?\s*(SELECT|WITH)\b", re.IGNORECASE)
_CODE: Final = re.compile(r"Code: (\d+)")
_NOT_FOR_THE_ENGINE: Final = frozenset(
    {
        "database",
        "default_format",
        "query_id",
        "client_protocol_version",
        "wait_end_of_query",
        "send_progress_in_http_headers",
        "cancel_http_readonly_queries_on_client_close",
        "enable_http_compression",
    }
)


class _Answer(Protocol):
    def bytes(self) -> bytes | None: ...


class _Session(Protocol):
    def query(self, sql: str, fmt: str) -> _Answer: ...


class Refusal(NamedTuple):
    """How statements that contain a text are refused."""

    text: str
    status: int
    code: int
    message: str


class Engine:
    """The engine with its folder, for one statement at a time."""

    def __init__(self, folder: Path) -> None:
        session = import_module("chdb.session")
        self._session = cast(_Session, session.Session(str(folder)))
        self._lock = Lock()
        self.statements = 0
        """How many have run."""

    def run(
        self, statement: str, *, database: str, names: dict[str, str], form: str
    ) -> bytes:
        """Return what *statement* answers, in the format *form*."""
        with self._lock:
            if database:
                self._session.query(f"USE {database}", "Null")
            for name, value in names.items():
                self._session.query(f"SET {name} = {_quoted(value)}", "Null")
            try:
                answer = self._session.query(statement, form).bytes() or b""
            except Exception:
                # What it had answered until then comes out with the next answer.
                self._session.query("SELECT 1", "Null")
                raise
            finally:
                self.statements += 1
            return answer


class Front(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    engine: Engine
    refusals: list[Refusal]
    held: list[str]
    released: Event

    def log_message(self, *_: object) -> None:
        """Print nothing about requests."""

    def do_GET(self) -> None:
        """Answer `/ping`, `/statements`, or a statement in the query string."""
        if self.path == "/ping":
            self._answer(200, b"Ok.\n")
        elif self.path == "/statements":
            self._answer(200, str(self.engine.statements).encode())
        else:
            self.do_POST()

    def do_PUT(self) -> None:
        """Refuse statements from now on, or hold the next one."""
        wanted = json.loads(self._body())
        if self.path == "/hold":
            self.released.clear()
            self.held.append(wanted)
        else:
            self.refusals.append(Refusal(*wanted))
        self._answer(200, b"")

    def do_DELETE(self) -> None:
        """Refuse nothing any more, or let what is held go on."""
        if self.path == "/hold":
            self.released.set()
        else:
            self.refusals.clear()
        self._answer(200, b"")

    def do_POST(self) -> None:
        """Run a statement."""
        names = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        body = self._body()
        if self.headers.get_content_type() == "multipart/form-data":
            names |= _form(self.headers, body)
            body = b""
        statement, data = _parts(names.pop("query", ""), body, self.headers)
        for refusal in self.refusals:
            if refusal.text.lower() in statement.lower():
                self._refuse(refusal.status, refusal.code, refusal.message)
                return
        for text in self.held:
            if text.lower() in statement.lower():
                self.held.remove(text)
                self.released.wait()
                break
        self._run(statement, data, names)

    def _run(self, statement: str, data: bytes, names: dict[str, str]) -> None:
        form = names.get("default_format", "TabSeparated")
        database = names.get("database", "")
        params = {k: v for k, v in names.items() if k.startswith("param_")}
        settings = {
            name: value
            for name, value in names.items()
            if name not in params and name not in _NOT_FOR_THE_ENGINE
        }
        try:
            if data and _INSERT.match(statement):
                answer = self._insert(statement, data, settings, database)
            else:
                if _READS.match(statement) or "INSERT INTO" in statement:
                    statement = _with_settings(statement, settings)
                answer = self.engine.run(
                    statement, database=database, names=params, form=form
                )
        except Exception as error:  # noqa: BLE001 - a client gets all that the engine says
            code = _CODE.search(str(error))
            self._refuse(500, int(code[1]) if code else 1001, str(error))
            return
        found = _FORMAT.search(statement)
        self._answer(200, answer, {"X-ClickHouse-Format": found[1] if found else form})

    def _insert(
        self, statement: str, data: bytes, settings: dict[str, str], database: str
    ) -> bytes:
        coding = _coding(self.headers)
        place = _FORMAT.search(statement)
        assert place is not None, statement
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            source = f" FROM INFILE {_quoted(file.name)}"
            if coding:
                source += f" COMPRESSION {_quoted(coding)}"
            whole = _with_settings(statement[: place.start()] + source, settings)
            return self.engine.run(
                whole + place[0], database=database, names={}, form="Null"
            )

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _refuse(self, status: int, code: int, message: str) -> None:
        headers = {"X-ClickHouse-Exception-Code": str(code)} if code else {}
        self._answer(status, message.encode(), headers)

    def _answer(
        self, status: int, body: bytes, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-ClickHouse-Timezone", "UTC")
        self.send_header("X-ClickHouse-Query-Id", str(uuid4()))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _parts(query: str, body: bytes, headers: Message) -> tuple[str, bytes]:
    """Return the statement and its data; without *query* both are in *body*."""
    if query:
        return query, body
    if _coding(headers) == "lz4":
        body = cast(bytes, import_module("lz4.frame").decompress(body))
        headers.replace_header("Content-Encoding", "")
    head, line, data = body.partition(b"FORMAT Native\n")
    if line:
        return (head + b"FORMAT Native").decode(), data
    return body.decode(), b""


def _coding(headers: Message) -> str:
    return str(headers.get("Content-Encoding", ""))


def _form(headers: Message, body: bytes) -> dict[str, str]:
    """Return the fields of a form."""
    head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    fields = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="Content-Disposition")
        value = part.get_payload(decode=True)
        assert isinstance(value, bytes), "a field of a form is no form itself"
        fields[str(name)] = value.decode()
    return fields


def _with_settings(statement: str, settings: dict[str, str]) -> str:
    if not settings:
        return statement
    place = _FORMAT.search(statement)
    end = place.start() if place else len(statement)
    stated = ", ".join(f"{name} = {_quoted(value)}" for name, value in settings.items())
    separator = "," if re.search(r"\bSETTINGS\b", statement[:end]) else " SETTINGS"
    if re.match(r"\s*INSERT INTO", statement) and "INFILE" not in statement:
        # Before the query that it inserts.
        at = re.search(r"\bSELECT\b", statement)
        if at:
            return (
                f"{statement[: at.start()]} SETTINGS {stated} {statement[at.start() :]}"
            )
    return f"{statement[:end]}{separator} {stated}{statement[end:]}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def main() -> None:
    """Answer until the process ends."""
    Front.engine = Engine(Path(sys.argv[2]))
    Front.refusals = []
    Front.held = []
    Front.released = Event()
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Front)
    server.daemon_threads = True
    try:
        server.serve_forever()
    finally:
        os._exit(0)  # the engine's own end may take seconds


if __name__ == "__main__":
    main()
