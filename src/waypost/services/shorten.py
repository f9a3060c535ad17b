"""Create a short link."""

from collections.abc import Callable
from functools import partial
from typing import Final

from waypost.domain.codes import check_custom_code
from waypost.domain.errors import BackendUnavailable, CodeTaken
from waypost.domain.links import Link
from waypost.domain.targets import TargetPolicy, normalise_target
from waypost.ports.runtime import Clock, HostNames
from waypost.ports.storage import Transaction
from waypost.services.allocate import CodeAllocator, NewCode

ATTEMPTS: Final = 4
"""How many generated codes are tried. Even one clash is a rare thing: somebody has
chosen, among 3.5 million million, the very code that was due."""


async def shorten(  # noqa: PLR0913  # all but the URL and code is what it works with
    url: str,
    *,
    custom_code: str | None,
    transaction: Transaction,
    allocator: CodeAllocator,
    policy: TargetPolicy,
    hosts: HostNames,
    clock: Clock,
    forget: Callable[[str], None],
) -> Link:
    """Store a link to *url* and return it; it counts once *transaction* commits.

    *custom_code* None has one generated; an empty one is invalid like any other.
    *forget* is called with the code after the commit, to end what caches remember.

    Raises:
        InvalidTarget: The URL is refused; a subclass says why.
        InvalidCode: The custom code is not 3 to 20 letters or digits.
        ReservedCode: The custom code is a word that the product needs.
        CodeTaken: The custom code belongs to another link.
        CodesExhausted: There are no more codes.
        BackendUnavailable: The store or the source of ids does not answer.
    """
    target = normalise_target(url, policy=policy, to_ascii=hosts.to_ascii)
    if custom_code is not None:
        check_custom_code(custom_code)
    # Before the transaction's first operation: a lease may wait for the write lock
    # that this transaction would hold by then.
    new = await allocator.next()
    if custom_code is not None:
        link = _link(new._replace(code=custom_code), target, clock)
        await transaction.links.add(link)
    else:
        link = await _add_generated(new, target, transaction, allocator, clock)
    transaction.after_commit(partial(forget, link.code))
    return link


async def _add_generated(
    new: NewCode,
    target: str,
    transaction: Transaction,
    allocator: CodeAllocator,
    clock: Clock,
) -> Link:
    for _ in range(ATTEMPTS):
        link = _link(new, target, clock)
        try:
            await transaction.links.add(link)
        except CodeTaken:
            new = allocator.spare()
        else:
            return link
    raise BackendUnavailable("No free short code was found. Try again shortly.")


def _link(new: NewCode, target: str, clock: Clock) -> Link:
    now = clock.now()
    return Link(id=new.id, code=new.code, target=target, created_at=now, updated_at=now)
