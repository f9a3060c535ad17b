"""Machines by their user agents: the list of `crawler-user-agents`, and a rule.

The list is searched for at the beginnings of words only, because some of its entries
are a few letters (`RED/` is not `WIRED/`). What names itself a bot, or says where it is
explained (`+https://…`), is a machine without being in the list.
"""

from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from waypost.domain.analytics.machines import AGENT, PREVIEW

_NOT_MACHINES: Final = frozenset(
    {
        "AP3A\\.240617\\.008",  # a build of Android 15, of many makers' phones
        "Butterfly",  # phones of HTC
        "Code\\/1\\.",  # the browser of an editor
        "Fluid",  # a browser for single sites
        "MetaIAB Facebook",  # the browser in Facebook's app
        "Sogou",  # a browser; its crawler names itself a spider
        "Sonic",  # a model of several makers
        "Trae\\/",  # the browser of an editor
        "speedy",  # a model of HTC
    }
)
"""Entries of the list that many people's browsers match."""

_AT_START: Final = frozenset(
    {"Bluesky\\/", "Goodreads", "Notion\\/", "Tumblr\\/", "Viber", "WhatsApp"}
)
"""Entries for apps: their browsers have the name behind that of a browser, and what
fetches previews has it alone."""

_PREVIEWS: Final = "social-preview"
"""The list's tag for what fetches previews."""

_OWN_PREVIEWS: Final = (
    r"(?i:\b(?:kakaotalk-scrap|cardyb|pleroma|akkoma|misskey|gotosocial)"
    r"|link ?-?preview|unfurl)"
)
_OWN_MACHINES: Final = (
    # It says where it is explained.
    r"(?i:\+https?://"
    # It names itself. Phones of Cubot do not match: no version follows the name.
    r"|(?:^|[^a-z])(?:bot|crawler|spider|scraper)(?:[^a-z]|$)|[a-z]bot/[0-9]"
    # Libraries and tools.
    r"|^(?:java|ruby|dart|deno|bun|undici|node|pycurl|faraday|guzzlehttp|restsharp"
    r"|postmanruntime|insomnia|apachebench|k6|vegeta|hey|oha|libcurl|typhoeus)"
    r"(?:[ /-]|$)"
    r"|^(?:python|perl|php|go|urllib|libwww)[ /-])"
)


class _Entry(msgspec.Struct, frozen=True, gc=False):
    """An entry of the list, as far as it is used."""

    pattern: str
    tags: tuple[str, ...] = ()


class Rule(NamedTuple):
    """An expression, and why an agent that it matches is a machine's."""

    pattern: str
    reason: str


Search = Callable[[str], str | None]
"""Returns the reason of the first rule that matches; None: none does."""


class MachineAgents:
    """Judges user agents, by the rules that *search* looks for."""

    def __init__(self, search: Callable[[Sequence[Rule]], Search]) -> None:
        self._search = search(list(_rules()))

    def machine_of_agent(self, agent: str | None) -> str | None:
        """Return why *agent* is a machine's: `agent` or `preview`; None: a person's."""
        return self._search(agent) if agent else AGENT


def _rules() -> Iterator[Rule]:
    """Yield expressions and reasons: previews first, because crawlers match more."""
    entries = [entry for entry in _listed() if entry.pattern not in _NOT_MACHINES]
    yield Rule(_OWN_PREVIEWS, PREVIEW)
    for entry in entries:
        if _PREVIEWS in entry.tags:
            yield Rule(_expression(entry.pattern), PREVIEW)
    for entry in entries:
        if _PREVIEWS not in entry.tags:
            yield Rule(_expression(entry.pattern), AGENT)
    yield Rule(_OWN_MACHINES, AGENT)


def _expression(pattern: str) -> str:
    if pattern in _AT_START:
        return f"^(?:{pattern})"
    return rf"\b(?:{pattern})" if pattern[0].isalnum() else pattern


def _listed() -> list[_Entry]:
    """Return the list; importing its package would compile all of it.

    Empty: it is not installed.
    """
    package = find_spec("crawleruseragents")
    if package is None or package.origin is None:
        return []
    path = Path(package.origin).with_name("crawler-user-agents.json")
    return msgspec.json.decode(path.read_bytes(), type=list[_Entry])
