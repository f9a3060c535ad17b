"""Carry out many changes of links in one transaction, with few statements.

::

    items ─▶ the links that they name are read ─▶ ids are leased
          ─▶ one transaction {creates together, changes one by one, in order}
               │ another editor was faster, or a code is taken: all of it again
               ▼
             outcomes, one for each item
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final, TypeAlias

from waypost.domain.audit.entries import Cause
from waypost.domain.bulk.errors import BulkRejected
from waypost.domain.errors import (
    BackendUnavailable,
    CodeTaken,
    DomainError,
    LinkChangedMeanwhile,
)
from waypost.domain.links import Link, code_and_domain
from waypost.domain.naming.errors import ExternalIdTaken
from waypost.domain.naming.external_ids import external_id_in
from waypost.ports.storage import Transaction
from waypost.services.bulk.items import (
    Done,
    Item,
    NamedChange,
    Outcome,
    Put,
    Refusal,
)
from waypost.services.bulk.named import NamedLinks
from waypost.services.bulk.reusing import Ready, Same, without_reusable
from waypost.services.links.context import LinkContext
from waypost.services.links.create import Draft
from waypost.services.links.create_batches import Made
from waypost.services.links.edit import store_change
from waypost.services.links.names import id_or_key

ATTEMPTS: Final = 5
"""How often everything is tried against concurrent changes."""
_NAMING: Final = (NamedChange, Put)
_AT_ONCE: Final = 256
"""Links that are made before others of this event loop, such as redirects, have their
turn."""
TOGETHER: Final = 512
"""How many links are stored by one statement at most, which others wait for too."""

Also: TypeAlias = Callable[[Sequence[Outcome], Transaction], Awaitable[None]]
"""What is written down about the outcomes, in their transaction."""


class _OnceMoreError(Exception):
    """Another editor was faster, or a generated code is taken."""


class _RejectedError(Exception):
    """An item failed, and so nothing is done."""


async def carry_out(
    items: Sequence[Item],
    *,
    by: Cause,
    context: LinkContext,
    is_atomic: bool = False,
    also: Also | None = None,
) -> Sequence[Outcome]:
    """Carry *items* out, in order, and return their outcomes once they are committed.

    If *is_atomic*, nothing is done unless every item is; then an outcome that is no
    fault of its item is `BulkRejected`.

    Raises:
        CodesExhausted: There are no more codes.
        BackendUnavailable: The store or the source of ids does not answer, or so many
            change these links that others were faster again and again.
    """
    ready = await without_reusable(items, context=context)
    for _ in range(ATTEMPTS):
        named = await _named_in(ready, context)
        made = await _made_of(ready, named, by, context)
        outcomes: list[Outcome] = []
        try:
            async with context.storage.transaction() as transaction:
                work = _Work(named, made, by, transaction, context)
                await work.hold(_naming(ready))
                outcomes = await work.outcomes_of(ready)
                if is_atomic:
                    _require_all(outcomes)
                if also is not None:
                    await also(outcomes, transaction)
        except _OnceMoreError:
            continue
        except BackendUnavailable as error:
            # With a call of one link, or what an item has named only just now.
            if not error.is_deadlock:
                raise
            continue
        except _RejectedError:
            rejected = Refusal.of(BulkRejected())
            return [one if isinstance(one, Refusal) else rejected for one in outcomes]
        _want_titles(ready, outcomes, context)
        return outcomes
    raise BackendUnavailable("Too many change these links. Try again shortly.")


def _want_titles(
    items: Sequence[Ready], outcomes: Sequence[Outcome], context: LinkContext
) -> None:
    is_usual = context.titles.are_fetched(asked=None)
    for item, outcome in zip(items, outcomes, strict=True):
        if isinstance(outcome, Done):
            if isinstance(item, Draft):
                if is_usual or item.fetch_title:
                    context.want_title(outcome.link, asked=item.fetch_title)
            elif isinstance(item, NamedChange | Put):
                context.want_title(outcome.link, asked=item.change.fetch_title)


def _require_all(outcomes: Sequence[Outcome]) -> None:
    if any(isinstance(one, Refusal) for one in outcomes):
        raise _RejectedError


def _naming(items: Sequence[Ready]) -> Sequence[NamedChange | Put]:
    return [item for item in items if isinstance(item, _NAMING)]


async def _named_in(items: Sequence[Ready], context: LinkContext) -> NamedLinks:
    """Return the links that *items* name and that there are."""
    ids, external, table = set(), set(), context.domains.table
    codes: defaultdict[str, set[str]] = defaultdict(set)
    for item in _naming(items):
        if (own := external_id_in(item.name)) is not None:
            external.add(own)
            continue
        name = id_or_key(item.name, table=table)
        if isinstance(name, int):
            ids.add(name)
        elif name is not None:
            code, domain = code_and_domain(name)
            codes[domain].add(code)
    named, links = NamedLinks(table), context.storage.links
    for link in await links.by_ids(ids) if ids else ():
        named.put(link)
    for domain, some in codes.items():
        for link in await links.by_codes(some, domain=domain):
            named.put(link)
    for link in await links.by_external_ids(external) if external else ():
        named.put(link)
    return named


async def _made_of(
    items: Sequence[Ready], named: NamedLinks, by: Cause, context: LinkContext
) -> dict[int, Made]:
    """Return the links that *items* make, or may make, by the items' positions.

    Before the transaction: to lease ids is one of its own.
    """
    now, made = context.clock.now(), {}
    may_free_names = any(isinstance(item, NamedChange) for item in items)
    for position, item in enumerate(items):
        if position % _AT_ONCE == 0:
            await asyncio.sleep(0)
        draft = item.draft if isinstance(item, Put) else item
        if isinstance(item, Put) and named.has(item.name) and not may_free_names:
            continue
        if isinstance(draft, Draft):
            made[position] = Made(
                link=draft.link(await context.new_code(), now, by.actor),
                is_chosen=draft.code is not None,
                by=by,
            )
    return made


class _Work:
    """Items that are carried out in one transaction."""

    def __init__(
        self,
        named: NamedLinks,
        made: dict[int, Made],
        by: Cause,
        transaction: Transaction,
        context: LinkContext,
    ) -> None:
        self._named = named
        self._made = made
        self._by = by
        self._transaction = transaction
        self._context = context
        self._is_anything_named = True

    async def hold(self, items: Sequence[NamedChange | Put]) -> None:
        """Have others wait who change the same links, in any order.

        External ids first, as single changes of links take them.
        """
        self._is_anything_named = bool(items)
        made = (one.link.external_id for one in self._made.values())
        if external_ids := {one for one in made if one is not None}:
            await self._transaction.links.hold_external_ids(external_ids)
        ids = self._named.ids_of(item.name for item in items)
        codes = {one.link.key for one in self._made.values() if one.is_chosen}
        if len(ids) + len(codes) > 1:
            await self._transaction.links.hold(ids, codes=codes)

    async def outcomes_of(self, items: Sequence[Ready]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        numbered = enumerate(items)
        for is_new, run in groupby(numbered, lambda one: isinstance(one[1], Draft)):
            if is_new:
                made = [self._made[position] for position, _ in run]
                for first in range(0, len(made), TOGETHER):
                    outcomes += await self._create(made[first : first + TOGETHER])
            else:
                for position, item in run:
                    if isinstance(item, Put):
                        outcomes.append(await self._put(item, position))
                    else:
                        outcomes.append(await self._outcome_of(item, outcomes))
        return outcomes

    async def _create(self, made: Sequence[Made]) -> list[Outcome]:
        refusals = await self._context.batches.store(made, self._transaction)
        return [self._outcome(one, refusals.get(one.link.id)) for one in made]

    def _outcome(self, made: Made, refusal: DomainError | None) -> Outcome:
        if refusal is None:
            return self._stored(made)
        if isinstance(refusal, CodeTaken) and not made.is_chosen:
            raise _OnceMoreError
        return Refusal.of(refusal)

    async def _put(self, item: Put, position: int) -> Outcome:
        if self._named.has(item.name):
            return await self._changed(NamedChange(item.name, item.change))
        if position not in self._made:
            raise _OnceMoreError
        made = self._made[position]
        refusals = await self._context.batches.store([made], self._transaction)
        refusal = refusals.get(made.link.id)
        is_external = external_id_in(item.name) is not None
        if refusal and isinstance(refusal, ExternalIdTaken) is is_external:
            # Another client has made it meanwhile.
            raise _OnceMoreError
        return self._outcome(made, refusal)

    def _stored(self, made: Made) -> Outcome:
        # Where nothing is named, nothing is looked up.
        if self._is_anything_named:
            self._named.put(made.link)
        return Done(made.link, is_new=True)

    async def _outcome_of(self, item: Ready, earlier: Sequence[Outcome]) -> Outcome:
        match item:
            case Done() | Refusal():
                return item
            case Same(position):
                same = earlier[position]
                return Done(same.link, is_new=False) if isinstance(same, Done) else same
        assert isinstance(item, NamedChange), "drafts are made together"
        return await self._changed(item)

    async def _changed(self, item: NamedChange) -> Outcome:
        link: Link | None = None
        try:
            link = self._named.get(item.name)
            new = item.change.next_version(link, self._context.clock.now())
        except LinkChangedMeanwhile as error:
            return replace(Refusal.of(error), current=link)
        except DomainError as error:
            return Refusal.of(error)
        if new is not link:
            is_stored = await store_change(
                link, new, self._transaction, by=self._by, context=self._context
            )
            if not is_stored:
                raise _OnceMoreError
            self._named.put(new)
        return Done(new, is_new=False)
