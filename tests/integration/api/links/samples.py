"""Values of links that several tests use."""

from typing import Final

RULE: Final[dict[str, object]] = {
    "name": None,
    "when": {"country": ["CH"], "query": {"a": True}},
    "url": "https://example.com/ch",
    "variants": [{"name": "x", "url": "https://example.com/x", "weight": 5}],
}
"""A rule in the form in which it is answered."""

DEFAULTS: dict[str, object] = {
    "title": None,
    "notes": None,
    "valid_since": None,
    "valid_until": None,
    "disabled": False,
    "max_clicks": None,
    "expired_url": None,
    "redirect_status": 307,
    "forward_query": False,
    "forward_path": False,
    "crawlable": False,
    "utm": None,
    "preview": "on_request",
    "rules": [],
    "variants": [],
    "tags": [],
    "archived": False,
}
"""The options of a link on which nothing was set, as answers have them."""
