"""Create a short link."""

from typing import Final

from waypost.domain.codes import check_custom_code
from waypost.domain.errors import BackendUnavailable, CodeTaken
from waypost.domain.links import Link
from waypost.domain.targets import TargetPolicy, normalise_target
from waypost.ports.runtime import Clock, HostNames
from waypost.services.ids.allocate import CodeAllocator, NewCode
from waypost.services.links.create_batches import CreateBatches

ATTEMPTS: Final = 4
"""How many generated codes are tried. Even one clash is a rare thing: somebody has
chosen, among 3.5 million million, the very code that was due."""


async def shorten(  # noqa: PLR0913  # all but the URL and code is what it works with
    url: str,
    *,
    custom_code: str | None,
    creation: CreateBatches,
    allocator: CodeAllocator,
    policy: TargetPolicy,
    hosts: HostNames,
    clock: Clock,
) -> Link:
    """Store a link to *url*, and return it once it is stored for good.

    *custom_code* None has one generated; an empty one is invalid like any other.

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
        new = await allocator.next()
        link = _link(new._replace(code=custom_code), target, clock)
        await creation.add(link, is_chosen=True)
        return link
    for _ in range(ATTEMPTS):
        link = _link(await allocator.next(), target, clock)
        try:
            await creation.add(link)
        except CodeTaken:
            continue
        return link
    raise BackendUnavailable("No free short code was found. Try again shortly.")


def _link(new: NewCode, target: str, clock: Clock) -> Link:
    now = clock.now()
    return Link(id=new.id, code=new.code, target=target, created_at=now, updated_at=now)
