"""The page of errors, from the table that maps each refusal to its status."""

from scripts.reference.markdown import code, page, table
from waypost.domain.wrong.codes import MEANINGS
from waypost.http.statuses import ERRORS

_INTRODUCTION = """
Every refusal is a problem document (RFC 9457, `application/problem+json`), except that a browser gets a page where it followed a short link.
Programs go by `code`, which never changes its meaning; `detail` is one sentence for a person, and it may say more than the text here.
`type` leads to the same explanation on the server itself, `request_id` to its log.
A 503 carries `Retry-After`, in seconds.
"""  # noqa: E501 - one sentence per line

_FIELDS = """
## Values

Where a refusal is about values of the request, `errors` names all of them, up to 20, and so does `error` of an item of a call about many links.
`pointer` (RFC 6901) says where one is in the body, or in its item; `parameter` is the name of a parameter or a header; one of the two is null.
`detail` says what to do; `field` and `message` are the place with dots, and the same text again, for clients that read these.

A value that is refused by itself has the code of that refusal, such as `target-malformed` of a URL.
If only one value is wrong, that is the code of the whole answer, too; of several it is `invalid-request`, or `invalid-rules` if all of them are in rules and variants.
The others are:
"""  # noqa: E501 - one sentence per line

_FIELDS_EXAMPLE = """
```json
{
  "type": "/docs#error-invalid-request",
  "title": "Unprocessable Content",
  "status": 422,
  "detail": "2 fields are wrong; see the errors.",
  "code": "invalid-request",
  "errors": [
    {
      "pointer": "/rules/0/when/country/0",
      "parameter": null,
      "code": "unknown-country",
      "detail": "'XX' is no country of ISO 3166-1. Use two letters such as CH.",
      "field": "rules.0.when.country.0",
      "message": "'XX' is no country of ISO 3166-1. Use two letters such as CH."
    },
    {
      "pointer": "/url",
      "parameter": null,
      "code": "target-missing",
      "detail": "The URL is empty.",
      "field": "url",
      "message": "The URL is empty."
    }
  ]
}
```
"""

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
        _FIELDS.strip(),
        table(
            ["Code of a value", "Meaning"],
            [(code(one), meaning) for one, meaning in MEANINGS.items()],
        ),
        _FIELDS_EXAMPLE.strip(),
    )
