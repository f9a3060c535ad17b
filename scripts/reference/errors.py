"""The page of errors, from the table that maps each refusal to its status."""

from scripts.reference.markdown import code, page, table
from waypost.http.statuses import ERRORS

_INTRODUCTION = """
Every refusal is a problem document (RFC 9457, `application/problem+json`), except that a browser gets a page where it followed a short link.
Programs go by `code`, which never changes its meaning; `detail` is one sentence for a person, and it may say more than the text here.
`type` leads to the same explanation on the server itself, `request_id` to its log, and `errors` lists the fields that are wrong.
A 503 carries `Retry-After`, in seconds.
"""  # noqa: E501 - one sentence per line

_EXAMPLE = """
```json
{
  "type": "/docs#error-code-taken",
  "title": "Conflict",
  "status": 409,
  "detail": "This code already belongs to another link. Choose a different one.",
  "code": "code-taken",
  "request_id": "6f1d2c9b0e8a4d57"
}
```
"""


def errors_page() -> str:
    """Return `docs/reference/errors.md`."""
    rows = [
        (code(kind.code), str(kind.status.value), kind.detail)
        for kind in ERRORS.values()
    ]
    return page(
        "Errors",
        _INTRODUCTION,
        _EXAMPLE.strip(),
        table(["Code", "Status", "Meaning"], rows),
    )
