"""The reference of the API as HTML, made from its OpenAPI document.

It uses no script and no other server, so that it works without internet access.
"""

import json
import re
from collections.abc import Iterator
from html import escape

from waypost.api.documents.openapi import Document
from waypost.http.statuses import ERRORS


def reference(document: Document, *, base_url: str) -> str:
    """Return the content of the page that explains every call and every refusal."""
    return "\n".join(_sections(document, base_url))


def _sections(document: Document, base_url: str) -> Iterator[str]:
    info = document["info"]
    yield f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>"
    yield f"<p>{escape(info['summary'])}</p>"
    yield '<p>For programs: <a href="/openapi.json">openapi.json</a>. '
    yield 'What may go wrong: <a href="#errors">the list of refusals</a>.</p>'
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield f'<h2 id="{escape(operation["operationId"])}">'
            yield f"{escape(operation['summary'])}</h2>"
            yield f'<p><code><b class="method">{method.upper()}</b> '
            yield f"{escape(path)}</code></p>"
            yield from map(_paragraph, operation["description"].split("\n\n"))
            yield from _request(method, operation, document, f"{base_url}{path}")
            yield from _answers(operation)
    yield from _refusals()


def _request(
    method: str, operation: Document, document: Document, url: str
) -> Iterator[str]:
    yield "<h3>Request</h3>"
    parameters = operation.get("parameters", [])
    for parameter in parameters:
        if parameter["in"] == "path":
            example = parameter["schema"]["examples"][0]
            url = url.replace(f"{{{parameter['name']}}}", example)
    if "requestBody" not in operation:
        yield f"<pre>curl {escape(url)}{_key(operation)}</pre>"
        yield _table(
            (f"<code>{escape(one['name'])}</code>", _prose(one["description"]))
            for one in parameters
            if one["in"] != "path"
        )
        return
    body = operation["requestBody"]["content"]["application/json"]
    yield from _calls(method, operation, body, url)
    name = body["schema"]["$ref"].rpartition("/")[2]
    fields = document["components"]["schemas"][name]["properties"]
    headers = {one["name"]: one for one in parameters if one["in"] == "header"}
    yield _table(
        (f"<code>{escape(name)}</code>", _prose(explained["description"]))
        for name, explained in {**fields, **headers}.items()
    )


def _calls(method: str, operation: Document, body: Document, url: str) -> Iterator[str]:
    """Yield a call that can be copied for each example of *body*."""
    options = "" if method == "post" else f"-X {method.upper()} "
    for example in body["examples"].values():
        yield f"<pre>curl {options}{escape(url)}{_key(operation)} \\"
        yield "  -H 'Content-Type: application/json' \\"
        yield f"  -d '{_json(example['value'])}'</pre>"


def _key(operation: Document) -> str:
    """Return what a call adds, on a line of its own, if it needs a key."""
    header = " \\\n  -H 'Authorization: Bearer wp_…'"
    return header if "security" in operation else ""


def _answers(operation: Document) -> Iterator[str]:
    yield "<h3>Answers</h3>"
    answers = operation["responses"]
    yield _table(
        (f"<b>{status}</b>", _prose(answers[status]["description"]))
        for status in sorted(answers)
    )
    success = answers[min(answers)]
    for content in success.get("content", {}).values():
        for example in content.get("examples", {}).values():
            yield f"<pre>{_shown(example['value'])}</pre>"


def _refusals() -> Iterator[str]:
    yield '<h2 id="errors">Refusals</h2>'
    yield "<p>Every refusal is a problem document (RFC 9457). Its <code>code</code> "
    yield "never changes its meaning; <code>detail</code> is for people.</p>"
    yield "<table>"
    for kind in ERRORS.values():
        yield f'<tr id="error-{kind.code}"><td><code>{kind.code}</code></td>'
        yield f"<td>{kind.status.value}</td><td>{_prose(kind.detail)}</td></tr>"
    yield "</table>"


def _table(rows: Iterator[tuple[str, str]]) -> str:
    cells = (f"<tr><td>{first}</td><td>{second}</td></tr>" for first, second in rows)
    return f"<table>{''.join(cells)}</table>"


def _paragraph(text: str) -> str:
    return f"<p>{_prose(text)}</p>"


def _prose(text: str) -> str:
    """Return *text* as HTML; words between backticks become code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _shown(value: object) -> str:
    """Return *value* as an answer shows it: JSON, or the text of another form."""
    is_text = isinstance(value, str)
    return escape(str(value), quote=False) if is_text else _json(value, indent=2)


def _json(value: object, *, indent: int | None = None) -> str:
    return escape(json.dumps(value, indent=indent), quote=False)
