"""Put links in quarantine, and end it."""

from collections.abc import Callable, Collection
from dataclasses import replace

from waypost.domain.abuse.quarantine import Quarantine, check_note
from waypost.domain.audit.entries import Cause
from waypost.domain.links import CountedLink, Link
from waypost.domain.verdict import targets_of
from waypost.services.links.context import LinkContext
from waypost.services.links.edit import Change, change_link


def quarantining(
    quarantine: Quarantine | None,
    *,
    versions: Collection[int] | None,
    context: LinkContext,
    replaces: Callable[[Quarantine | None], bool] = lambda _: True,
) -> Change:
    """Return the change that puts a link in *quarantine*, or ends it.

    A link stays as it is if its quarantine is not what the new one *replaces*.

    Raises:
        OptionConflict: The note cannot be stored.
    """
    if quarantine is not None:
        check_note(quarantine.note)

    def moved(link: Link) -> Link:
        old = link.options.quarantine
        if not replaces(old) or (quarantine and quarantine.is_like(old)):
            return link
        if quarantine is None:
            for target in targets_of(link):
                context.check_blocked(target)
        return replace(link, options=replace(link.options, quarantine=quarantine))

    return Change(changed=moved, versions=versions)


async def quarantine_link(
    key: str,
    quarantine: Quarantine | None,
    *,
    versions: Collection[int] | None,
    by: Cause,
    context: LinkContext,
) -> CountedLink:
    """Put the link of *key* in *quarantine*, or end it; return the link as it is then.

    One that says the same as before leaves the link unchanged.

    Raises:
        OptionConflict: The note cannot be stored.
        TargetBlocked: It cannot end, as a URL of the link is on a blocklist.
        LinkNotFound: No link has this code.
        LinkDeleted: It was deleted.
        LinkChangedMeanwhile: Another version is stored than any of *versions*.
        BackendUnavailable: As `edit_link`.
    """
    change = quarantining(quarantine, versions=versions, context=context)
    return await change_link(key, change, by=by, context=context)
