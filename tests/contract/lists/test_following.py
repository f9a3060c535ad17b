"""Links come into the lists after they are made, changed and removed."""

from dataclasses import replace

from sqlalchemy import Connection, select, text

from tests.contract.lists.listed import NOW, ListedStorage, all_pages, up_to_date
from tests.contract.stored import add, change, count, deleted, link
from waypost.adapters.sql.storage import SqlStorage
from waypost.adapters.sql.tables import link_words, listed_links
from waypost.domain.listing.filters import LinkFilter, Numbers, Sort, SortKey

EVERY = LinkFilter()
_OLD_INSERT = text(
    "INSERT INTO links (id, domain, code, target, created_at, updated_at) VALUES"
    " (7, '', 'old', 'https://example.com/old', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)"
)


async def ids(storage: ListedStorage, wanted: LinkFilter = EVERY) -> list[int]:
    """Return the ids of a list, ascending."""
    await up_to_date(storage.lists)
    sort = Sort(key=SortKey.CODE, is_descending=False)
    found = await all_pages(storage.lists, wanted, sort, 10)
    return sorted(one.link.id for one in found)


async def run(storage: SqlStorage, statement: str) -> None:
    """Change the database behind the store's back, as another release does."""

    def change_it(connection: Connection) -> None:
        connection.execute(text(statement))

    async with storage.database.transaction() as transaction:
        await transaction.run(change_it)


async def rows(storage: SqlStorage) -> list[tuple[object, ...]]:
    """Return all rows of which lists are made."""

    def read(connection: Connection) -> list[tuple[object, ...]]:
        tables = (select(listed_links), select(link_words))
        return [tuple(row) for one in tables for row in connection.execute(one)]

    return await storage.database.read_long(read)


async def test_a_changed_link_is_found_by_what_it_has_now(
    storage: ListedStorage,
) -> None:
    """Old words, hosts and states do not find it any more."""
    first = link(1, target="https://old.example.com/autumn")
    await add(storage, first, link(2))
    await up_to_date(storage.lists)
    target = "https://new.example.com/winter"
    await change(storage, replace(first, version=2, target=target))

    found = {
        name: await ids(storage, wanted)
        for name, wanted in {
            "old word": LinkFilter(words=("autumn",)),
            "old host": LinkFilter(host="old.example.com"),
            "new word": LinkFilter(words=("winter",)),
            "new host": LinkFilter(host="new.example.com"),
            "same": LinkFilter(words=("example",)),
        }.items()
    }
    assert found == {
        "old word": [],
        "old host": [],
        "new word": [1],
        "new host": [1],
        "same": [1, 2],
    }


async def test_a_deleted_link_leaves_the_list(storage: ListedStorage) -> None:
    """Unless deleted ones are asked for."""
    await add(storage, link(1), link(2))
    await up_to_date(storage.lists)
    await change(storage, deleted(link(1)))
    assert await ids(storage) == [2]


async def test_clicks_come_into_the_lists(storage: ListedStorage) -> None:
    """Links are found and sorted by what was counted, again and again."""
    await add(storage, *map(link, range(1, 21)))
    popular = LinkFilter(clicks=Numbers(least=2))
    await count(storage, dict.fromkeys(range(1, 21), 1))
    before = await ids(storage, popular)
    await count(storage, {3: 5, 20: 9})
    assert (before, await ids(storage, popular)) == ([], [3, 20])


async def test_a_link_of_another_release_is_found(sql: SqlStorage) -> None:
    """Releases that know no lists make, change and remove links beside this one."""
    await run(sql, str(_OLD_INSERT))
    made = await ids(sql, LinkFilter(words=("old",)))
    await run(sql, "UPDATE links SET target = 'https://example.com/new', version = 2")
    changed = await ids(sql, LinkFilter(words=("new",)))
    await run(sql, "DELETE FROM links")
    assert (made, changed, await ids(sql)) == ([7], [7], [])
    assert await rows(sql) == []


async def test_links_from_before_lists_are_found(sql: SqlStorage) -> None:
    """After the migration they come into the lists some at a time, newest first."""
    await add(sql, *map(link, range(1, 31)))
    await run(sql, "DELETE FROM unlisted_links")
    await run(sql, "UPDATE listing_progress SET link_id = 31 WHERE name = 'links'")
    done = [await sql.lists.list_older(limit=12) for _ in range(4)]
    page = await sql.lists.page(EVERY, sort=Sort(), now=NOW, after=None, limit=50)
    assert done == [12, 12, 6, 0]
    assert len(page.links) == 30


async def test_a_link_that_cannot_be_read_stops_no_other(sql: SqlStorage) -> None:
    """A row that is damaged is left out, and said in the log."""
    await add(sql, link(1), link(2))
    await run(sql, "UPDATE links SET options = '[]' WHERE id = 1")
    assert await ids(sql) == [2]
