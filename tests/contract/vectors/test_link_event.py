"""Changes of links stand in the outbox as in `contracts/link-event`."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, create_engine, text

from tests.contract.vectors.files import Case, LinkFields, cases, name_of
from waypost.adapters.sql.statements.links import insert_links
from waypost.adapters.sql.statements.outbox import add_events, take_events
from waypost.adapters.sql.tables import links, outbox
from waypost.domain.events import CACHES, LinkEvent, LinkEventKind
from waypost.domain.links import Link
from waypost.domain.options import LinkOptions

INSERT = text(
    "INSERT INTO outbox (kind, link, occurred_at)"
    " VALUES ('link.changed', :link, '2025-01-01 00:00:00.000000')"
)


class Written(Case, frozen=True, kw_only=True):
    """An event, and two columns of its row."""

    value: LinkFields
    kind: LinkEventKind
    text: str


class Read(Case, frozen=True, kw_only=True):
    """A column, and the link in it."""

    text: str
    value: LinkFields


READ = cases("link-event/read.json", Read)


@pytest.fixture
def connection() -> Iterator[Connection]:
    """A database with an empty outbox."""
    engine = create_engine("sqlite://")
    outbox.create(engine)
    links.create(engine)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.mark.parametrize("case", cases("link-event/written.json", Written), ids=name_of)
def test_written(connection: Connection, case: Written) -> None:
    """An event is stored as it was, byte for byte, and read back."""
    link = case.value.link()
    event = LinkEvent(kind=case.kind, link=link, occurred_at=link.updated_at)
    add_events(connection, [event], reader=CACHES.name)
    row = connection.execute(text("SELECT kind, link FROM outbox")).one()
    assert tuple(row) == (case.kind, case.text)
    (stored,) = take_events(connection, reader=CACHES.name, limit=1)
    assert stored.event == event


@pytest.mark.parametrize("case", READ, ids=name_of)
def test_read(connection: Connection, case: Read) -> None:
    """A link is read from the text that this or another release has written."""
    connection.execute(INSERT, {"link": case.text})
    (stored,) = take_events(connection, reader=CACHES.name, limit=1)
    assert stored.event.link == case.value.link()


def test_kinds() -> None:
    """The kinds are stored, so that their names stay."""
    assert list(LinkEventKind) == ["link.created", "link.changed"]


def test_an_event_of_the_last_release_is_completed(connection: Connection) -> None:
    """What such an event cannot say of its link is read from the link's row."""
    moment = datetime(2025, 1, 1, tzinfo=UTC)
    link = Link(
        id=7,
        code="abc1234",
        target="https://example.com/",
        created_at=moment,
        updated_at=moment,
        version=3,
        options=LinkOptions(disabled=True),
    )
    insert_links(connection, [link])
    connection.execute(INSERT, {"link": READ[1].text})
    (stored,) = take_events(connection, reader=CACHES.name, limit=1)
    assert stored.event.link == link
