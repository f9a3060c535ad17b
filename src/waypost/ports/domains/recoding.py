"""The codes of a domain's links in another form: the rule that every store follows."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from waypost.domain.domains.domains import LinkDomain
from waypost.domain.links import Link
from waypost.ports.domains.store import MOST_NAMED, MOST_RECODED, Recoded


def recoded_links(links: Iterable[Link], domain: LinkDomain) -> Recoded:
    """Return what becomes of *links*, all of them of *domain*."""
    by_code: defaultdict[str, list[str]] = defaultdict(list)
    changed: list[Link] = []
    for link in links:
        typed = link.shown_code
        code = domain.stored(typed)
        by_code[code].append(typed)
        if code != link.code:
            changed.append(_recoded(link, code, typed))
        if len(changed) > MOST_RECODED:
            return Recoded([], [], are_too_many=True)
    collided = (sorted(typed) for typed in by_code.values() if len(typed) > 1)
    collisions = list(chain.from_iterable(sorted(collided)))
    return Recoded(changed, collisions[:MOST_NAMED])


def _recoded(link: Link, code: str, typed: str) -> Link:
    options = replace(link.options, typed_code=None if typed == code else typed)
    return replace(link, code=code, options=options, version=link.version + 1)
