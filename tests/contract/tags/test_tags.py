"""Tags are counted with their links, and changed on all of them, on every store."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection, text

from tests.contract.lists.listed import ListedStorage, up_to_date
from tests.contract.stored import add, change, count, deleted, link
from waypost.adapters.local import SystemClock
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.audit.entries import BY_SERVER, AuditFilter
from waypost.domain.links import Link
from waypost.domain.options import LinkOptions
from waypost.domain.tags.errors import TagExists, TagNotFound
from waypost.domain.tags.values import Tag, TagOrder, TagPlace, TagQuery
from waypost.services.tags import changing
from waypost.services.tags.changing import TagChanges
from waypost.services.tags.context import TagContext
from waypost.services.tags.counting import CountTags
from waypost.services.tags.manage import (
    TagEdit,
    delete_tag,
    edit_tag,
    read_tag,
    say,
)


def tagged(number: int, *tags: str) -> Link:
    """Return a link with tags."""
    return replace(link(number, version=2), options=LinkOptions(tags=tags))


def of(storage: ListedStorage) -> TagContext:
    """Return what the use cases of tags need."""
    return TagContext(
        storage=storage, tags=storage.tags, lists=storage.lists, clock=SystemClock()
    )


async def all_tags(
    storage: ListedStorage,
    order: TagOrder = TagOrder.NAME,
    *,
    is_descending: bool = False,
) -> list[Tag]:
    """Return all tags, read one at a time."""
    found: list[Tag] = []
    after: TagPlace | None = None
    while True:
        query = TagQuery(order=order, is_descending=is_descending, after=after, limit=1)
        page = await storage.tags.page(query)
        found += page.tags
        if page.follows is None:
            return found
        after = page.follows


async def numbers(storage: ListedStorage) -> dict[str, tuple[int, int]]:
    """Return the links and clicks of all tags, by name."""
    await up_to_date(storage.lists)
    return {tag.name: (tag.links, tag.clicks) for tag in await all_tags(storage)}


async def tags_of(storage: ListedStorage, number: int) -> tuple[str, ...]:
    """Return the tags of one link."""
    (found,) = await storage.links.by_ids([number])
    return found.options.tags


async def rename(
    storage: ListedStorage, old: str, new: str, *, is_merge: bool = False
) -> None:
    """Rename a tag, and wait until its links have the new name."""
    edit = TagEdit(name=new, is_merge=is_merge)
    await edit_tag(old, edit, by=BY_SERVER, context=of(storage))
    assert await TagChanges(of(storage)).some(seconds=60)


async def test_tags_are_counted_with_their_links(storage: ListedStorage) -> None:
    """Each in the spelling of a link, without deleted links, with their clicks."""
    await add(storage, tagged(1, "Print", "a"), tagged(2, "print"), tagged(3, "gone"))
    await count(storage, {1: 5, 2: 2, 3: 9})
    assert await numbers(storage) == {
        "a": (1, 5),
        "gone": (1, 9),
        "Print": (2, 7),
    }
    await change(storage, deleted(tagged(3, "gone")))
    await change(storage, replace(tagged(1, "a"), version=3))
    await count(storage, {1: 1})
    later = await numbers(storage)
    assert {name.lower(): of for name, of in later.items()} == {
        "a": (1, 6),
        "print": (1, 2),
    }


async def test_tags_are_sorted_and_searched(storage: ListedStorage) -> None:
    """By name, links and clicks, page after page, and by a part of the name."""
    await add(storage, tagged(1, "b", "A%"), tagged(2, "b"), tagged(3, "c"))
    await count(storage, {3: 9, 1: 1})
    await up_to_date(storage.lists)
    found = [
        [tag.name for tag in await all_tags(storage, order, is_descending=down)]
        for order in TagOrder
        for down in (False, True)
    ]
    assert found == [
        ["A%", "b", "c"],
        ["c", "b", "A%"],
        ["A%", "c", "b"],
        ["b", "c", "A%"],
        ["A%", "b", "c"],
        ["c", "b", "A%"],
    ]
    page = await storage.tags.page(TagQuery(text="%", limit=9))
    assert [tag.name for tag in page.tags] == ["A%"]


async def test_a_tag_is_renamed_on_all_links(
    storage: ListedStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its place among the others, as a new version, in steps of any size."""
    monkeypatch.setattr(changing, "CHANGED_AT_ONCE", 2)
    many = [tagged(number, "x", "OLD", "y") for number in range(1, 6)]
    await add(storage, *many, tagged(9, "other"))
    await count(storage, {1: 4})
    await rename(storage, "old", "New")

    assert await tags_of(storage, 3) == ("x", "New", "y")
    (changed,) = await storage.links.by_ids([3])
    assert changed.version == 3
    assert (await numbers(storage))["New"] == (5, 4)
    with pytest.raises(TagNotFound):
        await read_tag("old", context=of(storage))
    assert await storage.tags.next_change() is None


async def test_a_change_that_was_cut_off_is_taken_up_again(
    storage: ListedStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile the tag has its new name and all its links; then they follow."""
    monkeypatch.setattr(changing, "CHANGED_AT_ONCE", 2)
    await add(storage, *(tagged(number, "old") for number in range(1, 6)))
    edit = TagEdit(name="new")
    await edit_tag("old", edit, by=BY_SERVER, context=of(storage))
    assert not await TagChanges(of(storage)).some(seconds=0)

    assert [await tags_of(storage, number) for number in (1, 5)] == [("new",), ("old",)]
    assert await numbers(storage) == {"new": (5, 0)}
    with pytest.raises(TagNotFound):
        await read_tag("OLD", context=of(storage))

    await add(storage, tagged(6, "old"))
    assert await TagChanges(of(storage)).some(seconds=60)
    assert [await tags_of(storage, number) for number in (5, 6)] == [("new",)] * 2


async def test_changes_are_carried_out_in_order(storage: ListedStorage) -> None:
    """A name that was given up can be given again while links still follow."""
    await add(storage, tagged(1, "a"), tagged(2, "b"))
    for old, new in (("a", "x"), ("b", "a"), ("x", "b")):
        edit = TagEdit(name=new)
        await edit_tag(old, edit, by=BY_SERVER, context=of(storage))
    assert await numbers(storage) == {"a": (1, 0), "b": (1, 0)}
    assert await TagChanges(of(storage)).some(seconds=60)
    assert [await tags_of(storage, number) for number in (1, 2)] == [("b",), ("a",)]


async def test_a_name_that_is_taken_is_joined_when_asked(
    storage: ListedStorage,
) -> None:
    """Links that have both tags have one then; what is said of the other stays."""
    await add(storage, tagged(1, "a", "B"), tagged(2, "a"))
    await say("b", {"color": "#112233"}, by=BY_SERVER, context=of(storage))
    with pytest.raises(TagExists):
        await rename(storage, "a", "b")
    await rename(storage, "a", "b", is_merge=True)
    assert [await tags_of(storage, number) for number in (1, 2)] == [("B",), ("B",)]
    joined = await read_tag("b", context=of(storage))
    assert joined.details is not None
    assert (joined.details.color, joined.links) == ("#112233", 2)


async def test_another_spelling_is_no_other_tag(storage: ListedStorage) -> None:
    """All links get it, and no merge is needed."""
    await add(storage, tagged(1, "PRINT"), tagged(2, "print"))
    await rename(storage, "print", "Print")
    assert [await tags_of(storage, number) for number in (1, 2)] == [("Print",)] * 2
    assert await numbers(storage) == {"Print": (2, 0)}


async def test_links_lose_a_deleted_tag(storage: ListedStorage) -> None:
    """They keep all else; the trail has one entry."""
    await add(storage, tagged(1, "a", "b"))
    await delete_tag("A", by=BY_SERVER, context=of(storage))
    assert await TagChanges(of(storage)).some(seconds=60)
    assert await tags_of(storage, 1) == ("b",)
    page = await storage.audit.page(AuditFilter(resource="tag:a"), limit=9)
    assert [(one.action, one.before) for one in page.entries] == [
        ("tag.deleted", {"name": "a"})
    ]


async def test_an_edit_of_the_same_moment_is_kept(storage: ListedStorage) -> None:
    """A link that has changed meanwhile is not overwritten."""
    await add(storage, tagged(1, "a"))
    (stored,) = await storage.links.by_ids([1])
    edited = replace(stored, version=3, options=LinkOptions(tags=("b",)))
    assert await change(storage, edited)
    stale = replace(stored, version=3, options=LinkOptions())
    async with storage.transaction() as transaction:
        assert await transaction.tags.replace([stale]) == 0
    assert await tags_of(storage, 1) == ("b",)


@pytest.fixture(params=["sql_storage", "postgres_storage"])
def sql(request: pytest.FixtureRequest) -> SqlStorage:
    """A store in a database."""
    storage: SqlStorage = request.getfixturevalue(request.param)
    return storage


async def test_what_an_older_release_has_listed_is_counted(sql: SqlStorage) -> None:
    """Sums that are missing or wrong are made right, tag by tag."""
    storage = sql
    await add(storage, tagged(1, "Ab", "c"), tagged(2, "ab"))
    await count(storage, {1: 3})
    right = await numbers(storage)

    def spoil(connection: Connection) -> None:
        connection.execute(text("DELETE FROM tag_totals WHERE tag = 'ab'"))
        connection.execute(text("UPDATE tag_totals SET links = 7, clicks = 1"))
        connection.execute(text("INSERT INTO tag_totals VALUES ('none', 'None', 2, 2)"))

    async with storage.database.transaction() as transaction:
        await transaction.run(spoil)
    assert await numbers(storage) != right
    counting = CountTags(storage.tags, leadership=None)
    for _ in range(4):
        await counting.round()
    assert await numbers(storage) == right == {"Ab": (2, 3), "c": (1, 3)}
