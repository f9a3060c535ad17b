"""What every store promises about domains."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from waypost.adapters.memory.storage import MemoryStorage
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.domains.domains import DomainState, LinkDomain
from waypost.domain.links import DEFAULT_DOMAIN, Link
from waypost.domain.options import NO_OPTIONS, LinkOptions, Preview, RedirectStatus
from waypost.domain.qr.looks import LogoMark, QrLevel, QrLooks

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ACME = LinkDomain(host="go.acme.com", created_at=NOW, updated_at=NOW)
WHOLE = LinkDomain(
    host="go.acme.com:8443",
    state=DomainState.DISABLED,
    root_url="https://acme.com/",
    not_found_url="https://acme.com/404",
    unknown_path_url="https://acme.com/400",
    expired_url="https://acme.com/over",
    case_sensitive=False,
    well_known=(
        ("apple-app-site-association", '{"applinks":{"details":["ü"]}}'),
        ("assetlinks.json", "[]"),
    ),
    defaults=LinkOptions(
        redirect_status=RedirectStatus.PERMANENT,
        forward_query=True,
        preview=Preview.OFF,
    ),
    qr=QrLooks(
        color="#2f7d32",
        background=None,
        margin=0,
        level=QrLevel.HIGH,
        logo=LogoMark(sha256="ab" * 32, length=9),
    ),
    version=7,
    created_at=NOW,
    updated_at=NOW + timedelta(days=1),
)


@pytest.fixture
def store(storage: MemoryStorage | SqlStorage) -> MemoryStorage | SqlStorage:
    """A store of domains and links, of every kind."""
    return storage


def link(number: int, domain: str, **more: object) -> Link:
    """Return a link of *domain*."""
    return replace(
        Link(
            id=number,
            domain=domain,
            code=f"code{number}",
            target="https://example.com/",
            created_at=NOW,
            updated_at=NOW,
            version=2,
        ),
        **more,  # type: ignore[arg-type]  # of any fields
    )


async def put(store: MemoryStorage | SqlStorage, *domains: LinkDomain) -> None:
    """Store *domains*."""
    async with store.transaction() as transaction:
        for domain in domains:
            await transaction.domains.put(domain)


async def test_a_domain_comes_back_as_it_was(
    store: MemoryStorage | SqlStorage,
) -> None:
    """With everything that was stored, by host; the default one has the empty host."""
    default = replace(WHOLE, host=DEFAULT_DOMAIN)
    await put(store, WHOLE, ACME, default)
    assert list(await store.domains.all()) == [default, ACME, WHOLE]
    async with store.transaction() as transaction:
        assert await transaction.domains.get(WHOLE.host) == WHOLE
        assert await transaction.domains.get("other.example.com") is None


async def test_a_domain_is_replaced_and_removed(
    store: MemoryStorage | SqlStorage,
) -> None:
    """What is put last holds, and what is removed is gone, and may come back."""
    await put(store, ACME)
    changed = replace(ACME, version=2, root_url="https://acme.com/")
    await put(store, changed)
    assert list(await store.domains.all()) == [changed]
    async with store.transaction() as transaction:
        await transaction.domains.remove(ACME.host)
        assert await transaction.domains.get(ACME.host) is None
    assert list(await store.domains.all()) == []
    await put(store, ACME)
    assert list(await store.domains.all()) == [ACME]


async def test_a_logo_stays_until_it_is_replaced_or_its_domain_removed(
    store: MemoryStorage | SqlStorage,
) -> None:
    """Other changes of the domain leave it, and no other domain has it."""
    await put(store, WHOLE, ACME)
    async with store.transaction() as transaction:
        await transaction.domains.put_logo(WHOLE.host, "data:,a")
    await put(store, replace(WHOLE, version=8))
    assert await store.domains.logo(WHOLE.host) == "data:,a"
    assert await store.domains.logo(ACME.host) is None
    assert await store.domains.logo("other.example.com") is None
    async with store.transaction() as transaction:
        await transaction.domains.remove(WHOLE.host)
    await put(store, WHOLE)
    assert await store.domains.logo(WHOLE.host) is None


async def test_what_is_rolled_back_was_never_there(
    store: MemoryStorage | SqlStorage,
) -> None:
    """A change that fails leaves the domains as they were."""
    await put(store, ACME)

    async def fail() -> None:
        async with store.transaction() as transaction:
            await transaction.domains.put(WHOLE)
            await transaction.domains.remove(ACME.host)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert list(await store.domains.all()) == [ACME]


async def test_links_are_counted_by_domain(store: MemoryStorage | SqlStorage) -> None:
    """Those that are deleted do not count, nor do those of other domains."""
    await put(store, ACME)
    async with store.transaction() as transaction:
        await transaction.links.add(
            [
                link(1, ACME.host),
                link(2, ACME.host, deleted_at=NOW),
                link(3, DEFAULT_DOMAIN),
                link(4, "gone.example.com", deleted_at=NOW),
            ]
        )
    assert await store.domains.links(ACME.host) == 1
    assert await store.domains.links(DEFAULT_DOMAIN) == 1
    async with store.transaction() as transaction:
        assert await transaction.domains.has_links(ACME.host)
        assert not await transaction.domains.has_links("gone.example.com")
        assert not await transaction.domains.has_links("none.example.com")


async def test_ids_of_links_are_found_by_domain(
    store: MemoryStorage | SqlStorage,
) -> None:
    """Those of the domains that are named, and no more than are asked for."""
    hosts = (DEFAULT_DOMAIN, "one.example", "two.example")
    async with store.transaction() as transaction:
        await transaction.links.add([link(n, hosts[n % 3]) for n in range(1, 10)])
    ids_in = store.links.ids_in
    assert set(await ids_in({"one.example"}, limit=10)) == {1, 4, 7}
    others = {DEFAULT_DOMAIN, "two.example"}
    assert set(await ids_in(others, limit=10)) == {2, 3, 5, 6, 8, 9}
    assert len(await ids_in(others, limit=4)) == 4
    assert list(await ids_in({"none.example"}, limit=10)) == []
    assert list(await ids_in(set(), limit=10)) == []


async def test_those_who_hold_domains_take_turns(
    store: MemoryStorage | SqlStorage,
) -> None:
    """Of two that add a host at the same moment, the second one sees the first."""

    async def add() -> bool:
        async with store.transaction() as transaction:
            await transaction.domains.hold()
            if await transaction.domains.get(ACME.host) is not None:
                return False
            await asyncio.sleep(0.01)
            await transaction.domains.put(ACME)
            return True

    assert sorted(await asyncio.gather(add(), add(), add())) == [False, False, True]


async def test_codes_are_stored_in_another_form_and_back(
    store: MemoryStorage | SqlStorage,
) -> None:
    """What was typed stays known, and comes back; each change is a version more."""
    typed = ["Spring", "SUMMER", "autumn", "Äpfel"]
    links = [link(number, ACME.host, code=code) for number, code in enumerate(typed, 1)]
    async with store.transaction() as transaction:
        await transaction.links.add([*links, link(9, DEFAULT_DOMAIN, code="Spring")])
        folded = await transaction.domains.recode(replace(ACME, case_sensitive=False))
    assert sorted(one.code for one in folded.links) == ["spring", "summer", "äpfel"]
    for code, text in (("spring", "Spring"), ("autumn", "autumn")):
        found = await store.links.by_code(code, domain=ACME.host)
        assert found is not None
        assert found.shown_code == text
        assert found.version == (3 if code == "spring" else 2)
    assert await store.links.by_code("Spring", domain=ACME.host) is None
    assert await store.links.by_code("Spring") is not None
    async with store.transaction() as transaction:
        back = await transaction.domains.recode(ACME)
    assert len(back.links) == 3
    found = await store.links.by_code("Spring", domain=ACME.host)
    assert found == replace(links[0], version=4)


async def test_codes_that_differ_by_case_only_collide(
    store: MemoryStorage | SqlStorage,
) -> None:
    """Also those of deleted links; no code is changed then, and the first are named."""
    links = [
        link(1, ACME.host, code="Spring"),
        link(2, ACME.host, code="spring", deleted_at=NOW),
        link(3, ACME.host, code="Other"),
        *(link(10 + n, ACME.host, code=f"x{n}") for n in range(9)),
        *(link(20 + n, ACME.host, code=f"X{n}") for n in range(9)),
    ]
    async with store.transaction() as transaction:
        await transaction.links.add(links)
        recoded = await transaction.domains.recode(replace(ACME, case_sensitive=False))
    assert recoded.collisions[:4] == ["Spring", "spring", "X0", "x0"]
    assert len(recoded.collisions) == 10
    assert await store.links.by_code("Other", domain=ACME.host) is not None


def test_a_plain_domain_has_no_options() -> None:
    """What a domain without defaults gives to links is what links have anyway."""
    assert ACME.defaults is NO_OPTIONS
