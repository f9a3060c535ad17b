"""Values of links that several tests use."""

from typing import Final

RULE: Final[dict[str, object]] = {
    "name": None,
    "when": {"country": ["CH"], "query": {"a": True}},
    "url": "https://example.com/ch",
    "variants": [{"name": "x", "url": "https://example.com/x", "weight": 5}],
}
"""A rule in the form in which it is answered."""
