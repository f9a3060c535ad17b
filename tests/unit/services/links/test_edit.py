"""Changing links: no change is lost without a refusal."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import pytest

from tests.fakes import SettableClock
from tests.unit.services.links.contexts import context_over
from tests.unit.services.links.creating import link
from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.audit.entries import BY_SERVER
from waypost.domain.errors import (
    BackendUnavailable,
    LinkChangedMeanwhile,
    LinkDeleted,
    LinkNotFound,
    OptionConflict,
    TargetMalformed,
)
from waypost.domain.events import CACHES, LinkEvent, LinkEventKind
from waypost.domain.links import CountedLink
from waypost.domain.options import LinkOptions
from waypost.ports.storage import Storage, Transaction
from waypost.services.links.edit import ATTEMPTS, LinkEdit, delete_link, edit_link


class ContestedStore:
    """Another client changes the link right before each of the next transactions."""

    def __init__(self) -> None:
        self._store = MemoryStorage()
        self.links = self._store.links
        self.rivals = 0
        self.commits = True
        self.is_slow = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Open a transaction that comes too late, while there are rivals."""
        if self.is_slow:
            await asyncio.sleep(0)
        if self.rivals:
            self.rivals -= 1
            rival = Editor(self._store)
            await rival.change(f"https://rival{self.rivals}.example/")
        async with self._store.transaction() as transaction:
            yield transaction
            if not self.commits:
                raise BackendUnavailable

    async def ping(self) -> None:
        """Answer."""


class Editor:
    """A client that changes the link `code1`."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.clock = SettableClock()
        self.clock.move(60)
        self.nudged: list[LinkEvent] = []

    async def change(
        self, url: str, *, versions: Collection[int] | None = None, code: str = "code1"
    ) -> CountedLink:
        """Let the link lead to *url*."""
        edit = LinkEdit(url=url, versions=versions)
        context = context_over(self.storage, clock=self.clock, nudge=self.nudged.append)
        return await edit_link(code, edit, by=BY_SERVER, context=context)

    async def outbox(self) -> list[LinkEvent]:
        """Return the events that wait to be published."""
        async with self.storage.transaction() as transaction:
            taken = await transaction.outbox.take(reader=CACHES.name, limit=100)
            return [each.event for each in taken]


@pytest.fixture
async def storage() -> ContestedStore:
    """A store with a link that was clicked three times."""
    storage = ContestedStore()
    async with storage.transaction() as transaction:
        await transaction.links.add([link(1)])
        await transaction.clicks.add(clicks={1: 3}, counted={}, positions={})
    return storage


async def test_a_change(storage: ContestedStore) -> None:
    """The target and the version change, the rest stays, and the event says so."""
    editor = Editor(storage)
    changed = await editor.change("HTTPS://new.example", versions={1})
    stored = await storage.links.counted("code1")
    assert stored == changed
    assert changed.clicks == 3
    assert changed.link.target == "HTTPS://new.example"
    assert changed.link.version == 2
    assert changed.link.updated_at == editor.clock.now() > changed.link.created_at
    assert await editor.outbox() == editor.nudged
    assert [(event.kind, event.link) for event in editor.nudged] == [
        (LinkEventKind.CHANGED, changed.link)
    ]


@pytest.mark.parametrize("versions", [{2}, {7, 9}, set()])
async def test_a_stale_version_changes_nothing(
    storage: ContestedStore, versions: set[int]
) -> None:
    """A change of an older version is refused."""
    editor = Editor(storage)
    with pytest.raises(LinkChangedMeanwhile):
        await editor.change("https://new.example/", versions=versions)
    assert await storage.links.by_code("code1") == link(1)
    assert (editor.nudged, await editor.outbox()) == ([], [])


async def test_the_slower_change_is_refused(storage: ContestedStore) -> None:
    """A change between reading and storing is a change like any other."""
    storage.rivals = 1
    editor = Editor(storage)
    with pytest.raises(LinkChangedMeanwhile):
        await editor.change("https://new.example/", versions={1})
    assert editor.nudged == []
    stored = await storage.links.by_code("code1")
    assert stored
    assert stored.target == "https://rival0.example/"


async def test_the_last_change_wins(storage: ContestedStore) -> None:
    """A change without a version is stored on top of every change in between."""
    storage.rivals = ATTEMPTS - 1
    changed = await Editor(storage).change("https://new.example/")
    assert changed.link.version == ATTEMPTS + 1
    assert await storage.links.by_code("code1") == changed.link


async def test_wanting_to_win_is_bounded(storage: ContestedStore) -> None:
    """A change that always loses is refused with 503, in finite time."""
    storage.rivals = ATTEMPTS
    with pytest.raises(BackendUnavailable, match="Too many change"):
        await Editor(storage).change("https://new.example/")


async def test_every_change_is_a_version(storage: ContestedStore) -> None:
    """Of twenty editors with the same version one wins; without one, all do."""
    editor = Editor(storage)
    outcomes = await asyncio.gather(
        *(
            editor.change(f"https://new{number}.example/", versions={1})
            for number in range(20)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, CountedLink) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, LinkChangedMeanwhile) for outcome in outcomes) == 19
    for number in range(20):
        await editor.change(f"https://next{number}.example/")
    stored = await storage.links.by_code("code1")
    assert stored
    assert stored.version == 22
    assert [event.link.version for event in editor.nudged] == list(range(2, 23))


async def test_many_changes_at_once(storage: ContestedStore) -> None:
    """Each is made, also where the store takes a moment: none is too slow."""
    storage.is_slow = True
    editor = Editor(storage)
    context = context_over(storage, clock=editor.clock, nudge=editor.nudged.append)
    edits = [LinkEdit(add_tags=(f"tag{number}",)) for number in range(4 * ATTEMPTS)]
    await asyncio.gather(
        *(edit_link("code1", one, by=BY_SERVER, context=context) for one in edits)
    )
    stored = await storage.links.by_code("code1")
    assert stored
    assert len(stored.options.tags) == stored.version - 1 == len(edits)


async def test_no_event_without_a_commit(storage: ContestedStore) -> None:
    """A change that the store could not keep is not published."""
    storage.commits = False
    editor = Editor(storage)
    with pytest.raises(BackendUnavailable):
        await editor.change("https://new.example/")
    assert editor.nudged == []


async def test_no_such_link(storage: ContestedStore) -> None:
    """A code of no link cannot be changed."""
    with pytest.raises(LinkNotFound):
        await Editor(storage).change("https://new.example/", code="code9")


async def test_a_bad_target_changes_nothing(storage: ContestedStore) -> None:
    """The rules for targets hold for changes as well."""
    with pytest.raises(TargetMalformed):
        await Editor(storage).change("new.example")
    assert await storage.links.by_code("code1") == link(1)


async def edit(storage: Storage, edit: LinkEdit) -> CountedLink:
    """Apply *edit* to the link `code1`."""
    editor = Editor(storage)
    context = context_over(storage, clock=editor.clock, nudge=editor.nudged.append)
    return await edit_link("code1", edit, by=BY_SERVER, context=context)


async def test_options_are_edited_alone(storage: ContestedStore) -> None:
    """What an edit does not name stays unchanged, also options of a later release."""
    unknown = {"colour": b'"blue"'}
    await edit(storage, LinkEdit(options={"title": "Spring", "unknown": unknown}))
    over = "https://münchen.example"
    await edit(storage, LinkEdit(options={"disabled": True, "expired_url": over}))
    changed = await edit(storage, LinkEdit(options={"title": None}))
    assert changed.link.options == LinkOptions(
        disabled=True, expired_url="https://xn--mnchen-3ya.example/", unknown=unknown
    )
    assert changed.link.target == "https://example.com/"
    assert changed.link.version == 4
    assert await storage.links.by_code("code1") == changed.link


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ({"expired_url": "nonsense"}, TargetMalformed),
        ({"title": "x" * 256}, OptionConflict),
        ({"title": "\x1b[2J"}, OptionConflict),
        ({"title": "two\nlines"}, OptionConflict),
        ({"notes": "\0"}, OptionConflict),
        ({"notes": "\u202eturned"}, OptionConflict),
        ({"valid_until": SettableClock().now()}, OptionConflict),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    storage: ContestedStore, options: dict[str, object], refusal: type[Exception]
) -> None:
    """Also together with what was set before; nothing is changed then."""
    since = SettableClock().now()
    before = await edit(storage, LinkEdit(options={"valid_since": since}))
    with pytest.raises(refusal):
        await edit(storage, LinkEdit(options=options))
    assert await storage.links.by_code("code1") == before.link


async def test_an_edit_that_changes_nothing(storage: ContestedStore) -> None:
    """It makes no version and no event, but a version that is not stored is refused."""
    notes = {"notes": "two\r\n\tlines 🎈"}
    before = await edit(storage, LinkEdit(options=notes))
    target = before.link.target
    for nothing in (LinkEdit(), LinkEdit(url=target), LinkEdit(options=notes)):
        assert await edit(storage, nothing) == before
    with pytest.raises(LinkChangedMeanwhile):
        await edit(storage, LinkEdit(versions={1}))
    assert await storage.links.by_code("code1") == before.link


async def test_a_deletion(storage: ContestedStore) -> None:
    """It is a version like any other, and the last one."""
    editor = Editor(storage)
    context = context_over(storage, clock=editor.clock, nudge=editor.nudged.append)
    with pytest.raises(LinkChangedMeanwhile):
        await delete_link("code1", versions={7}, by=BY_SERVER, context=context)
    storage.rivals = 1
    gone = await delete_link("code1", versions=None, by=BY_SERVER, context=context)
    assert gone.link.version == 3
    assert gone.link.deleted_at == editor.clock.now()
    assert [event.link for event in editor.nudged] == [gone.link]
    with pytest.raises(LinkDeleted):
        await delete_link("code1", versions=None, by=BY_SERVER, context=context)
    with pytest.raises(LinkDeleted):
        await edit(storage, LinkEdit(url="https://new.example/"))
