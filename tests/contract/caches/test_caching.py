"""Every near cache keeps what it is given, and no more and no longer than it may."""

import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.fakes import SettableClock
from waypost.adapters.memory.near_cache import MemoryNearCache
from waypost.domain.clicks import lane_of
from waypost.ports.near_cache import NearCache, NearEntry
from waypost.telemetry.metrics import Tally

FRESH_SECONDS = 300.0
ABSENT_SECONDS = 5.0

MakeCache = Callable[[SettableClock], NearCache]


def memory_cache(
    clock: SettableClock, *, max_bytes: int = 1_000_000, tally: Tally | None = None
) -> MemoryNearCache:
    """Return an empty cache in memory whose time is *clock*'s."""
    return MemoryNearCache(
        max_bytes=max_bytes,
        fresh_seconds=FRESH_SECONDS,
        absent_seconds=ABSENT_SECONDS,
        tally=tally or Tally(),
        monotonic=clock.monotonic,
    )


def entry(code: str, *, location: bytes = b"https://example.com/") -> NearEntry:
    """Return an entry of *code*."""
    return NearEntry(code=code, link_id=7, lane=lane_of(code), location=location)


def location_in(cache: NearCache, code: str) -> bytes | None:
    """Return where *code* leads according to *cache*."""
    found = cache.get(code)
    return found.location if found else None


@pytest.fixture
def clock() -> SettableClock:
    """Return the clock of the cache."""
    return SettableClock()


@pytest.fixture(params=[memory_cache])
def cache(request: pytest.FixtureRequest, clock: SettableClock) -> NearCache:
    """Return every kind of near cache in turn, empty."""
    make: MakeCache = request.param
    return make(clock)


def test_held_beyond_freshness(cache: NearCache, clock: SettableClock) -> None:
    """For an hour more `get_stale` returns an entry that is not fresh."""
    codes = [f"code{number}" for number in range(200)]
    for code in codes:
        cache.put(entry(code))
    clock.move(FRESH_SECONDS * 0.9 + 3_599)
    assert not any(cache.get(code) for code in codes)
    assert all(cache.get_stale(code) for code in codes)
    clock.move(FRESH_SECONDS * 0.2 + 2)
    assert not any(cache.get_stale(code) for code in codes)


def test_held_and_dropped(cache: NearCache) -> None:
    """What is known to be wrong is not held, and neither is what was never known."""
    cache.put(entry("abc"))
    cache.drop("abc")
    assert cache.get_stale("abc") is None
    assert cache.get_stale("other") is None


def test_unknown_code(cache: NearCache) -> None:
    """What was never put is neither there nor known to be absent."""
    assert cache.get("abc") is None
    assert not cache.is_absent("abc")


def test_entry_comes_back_whole(cache: NearCache) -> None:
    """Code, id, lane and location are the ones that were put."""
    cache.put(entry("abc"))
    found = cache.get("abc")
    assert found is not None
    assert replace(entry("abc"), fresh_until=found.fresh_until) == found


def test_codes_are_distinguished(cache: NearCache) -> None:
    """An entry answers for its own code only, capital letters included."""
    cache.put(entry("abc"))
    assert cache.get("ABC") is None
    assert cache.get("abcd") is None


def test_newer_entry_replaces_the_older(cache: NearCache) -> None:
    """After a change the new target is answered."""
    cache.put(entry("abc", location=b"https://old.example/"))
    cache.put(entry("abc", location=b"https://new.example/"))
    assert location_in(cache, "abc") == b"https://new.example/"


def test_entry_is_fresh_for_its_time(cache: NearCache, clock: SettableClock) -> None:
    """An entry lives for its lifetime, give or take a tenth, and is new after a put."""
    codes = [f"code{number}" for number in range(200)]
    for code in codes:
        cache.put(entry(code))
    clock.move(FRESH_SECONDS * 0.88)
    assert all(cache.get(code) for code in codes)
    clock.move(FRESH_SECONDS * 0.23)
    assert not any(cache.get(code) for code in codes)
    cache.put(entry("code7"))
    assert cache.get("code7")


def test_entries_do_not_expire_together(cache: NearCache, clock: SettableClock) -> None:
    """Entries that came together are looked up again at different times."""
    codes = [f"code{number}" for number in range(1_000)]
    for code in codes:
        cache.put(entry(code))
    clock.move(FRESH_SECONDS)
    fresh = sum(1 for code in codes if cache.get(code))
    assert 300 < fresh < 700


def test_entry_never_outlives_its_time(cache: NearCache, clock: SettableClock) -> None:
    """However often others arrive, no entry is answered beyond its lifetime."""
    for number in range(50):
        cache.put(entry(f"code{number}"))
        clock.move(1)
    clock.move(FRESH_SECONDS * 1.1)
    assert not any(cache.get(f"code{number}") for number in range(50))


def test_absence_is_short(cache: NearCache, clock: SettableClock) -> None:
    """An absence is remembered for its few seconds and no longer."""
    cache.put_absent("abc")
    assert cache.is_absent("abc")
    assert cache.get("abc") is None
    clock.move(ABSENT_SECONDS)
    assert not cache.is_absent("abc")


def test_link_ends_its_absence(cache: NearCache) -> None:
    """A code that was absent and is found now is not absent any more."""
    cache.put_absent("abc")
    cache.put(entry("abc"))
    assert not cache.is_absent("abc")
    assert cache.get("abc")


def test_absence_does_not_hide_a_link(cache: NearCache) -> None:
    """A late answer that saw no link does not override one that saw it."""
    cache.put(entry("abc"))
    cache.put_absent("abc")
    assert cache.get("abc")
    assert not cache.is_absent("abc")


def test_absence_follows_a_stale_link(cache: NearCache, clock: SettableClock) -> None:
    """A link that is gone when it is looked up again is absent from then on."""
    cache.put(entry("abc"))
    clock.move(FRESH_SECONDS * 2)
    cache.put_absent("abc")
    assert cache.is_absent("abc")
    assert cache.get_stale("abc") is None


def test_freshness_ends_at_its_deadline(cache: NearCache, clock: SettableClock) -> None:
    """At the moment itself an entry is not fresh any more, and then not held."""
    cache.put(replace(entry("abc"), lane=0))
    found = cache.get("abc")
    assert found is not None
    clock.move(found.fresh_until)
    assert clock.monotonic() == found.fresh_until  # no rounding between the two
    assert cache.get("abc") is None
    assert cache.get_stale("abc")
    clock.move(3_600)
    assert cache.get_stale("abc") is None


def test_drop_forgets_everything(cache: NearCache) -> None:
    """After a drop neither a link nor an absence is remembered."""
    cache.put(entry("abc"))
    cache.put_absent("xyz")
    for code in ("abc", "xyz", "never-seen"):
        cache.drop(code)
    assert cache.get("abc") is None
    assert not cache.is_absent("xyz")


def test_expired_entries_end_within_their_time(
    cache: NearCache, clock: SettableClock
) -> None:
    """What is known at an expiry ends within seconds, spread; absences at once."""
    codes = [f"code{number}" for number in range(200)]
    for code in codes:
        cache.put(entry(code))
        clock.move(0.01)
    cache.put_absent("absent")
    cache.expire(within=2)
    assert not cache.is_absent("absent")
    clock.move(1)
    assert 60 < sum(1 for code in codes if cache.get(code)) < 140
    clock.move(1)
    assert not any(cache.get(code) for code in codes)


@pytest.mark.parametrize("later", [0, 0.5, 1.99, 10])
def test_what_arrives_after_an_expiry_is_fresh(
    cache: NearCache, clock: SettableClock, later: float
) -> None:
    """New entries, of old codes as well, live for their whole time."""
    codes = [f"code{number}" for number in range(200)]
    for code in codes[:100]:
        cache.put(entry(code))
    cache.expire(within=2)
    clock.move(later)
    for code in codes:
        cache.put(entry(code))
    clock.move(FRESH_SECONDS * 0.88)
    assert all(cache.get(code) for code in codes)
    clock.move(FRESH_SECONDS * 0.23)
    assert not any(cache.get(code) for code in codes)


def test_repeated_expiries_do_not_put_the_end_off(
    cache: NearCache, clock: SettableClock
) -> None:
    """With a connection lost every second, links are looked up again all the same."""
    codes = [f"code{number}" for number in range(200)]
    for code in codes:
        cache.put(entry(code))
    for _ in range(4):
        cache.expire(within=2)
        clock.move(0.5)
    assert not any(cache.get(code) for code in codes)
    for code in codes:
        cache.put(entry(code))
    cache.expire(within=2)
    clock.move(1)
    assert 60 < sum(1 for code in codes if cache.get(code)) < 140


def test_expiry_in_the_last_moment_of_another(
    cache: NearCache, clock: SettableClock
) -> None:
    """Until the last end of an expiry, the next one puts nothing off."""
    codes = [f"code{number}" for number in range(200)]
    for code in codes:
        cache.put(entry(code))
    cache.expire(within=2)
    clock.move(1.99)
    cache.expire(within=2)
    clock.move(0.01)
    assert not any(cache.get(code) for code in codes)


def test_expiry_when_another_has_ended(cache: NearCache, clock: SettableClock) -> None:
    """What arrived meanwhile ends spread over the time of its own expiry."""
    cache.put(entry("abc"))
    cache.expire(within=2)
    clock.move(2)
    codes = [f"code{number}" for number in range(200)]
    for code in codes:
        cache.put(entry(code))
    cache.expire(within=2)
    clock.move(1)
    assert 60 < sum(1 for code in codes if cache.get(code)) < 140


def test_expiries_at_the_same_moment(cache: NearCache, clock: SettableClock) -> None:
    """What arrives between two expiries ends with the second one."""
    cache.expire(within=2)
    cache.put(entry("abc"))
    cache.expire(within=2)
    clock.move(2)
    assert cache.get("abc") is None


def test_expiry_lengthens_no_life(cache: NearCache, clock: SettableClock) -> None:
    """An entry that is about to end anyway still ends in time."""
    cache.put(entry("abc"))
    clock.move(FRESH_SECONDS * 1.1)
    cache.expire(within=FRESH_SECONDS)
    assert cache.get("abc") is None


def test_memory_is_bounded(clock: SettableClock) -> None:
    """The bound holds for all entries; the oldest are removed, and that is counted."""
    tally = Tally()
    cache = memory_cache(clock, max_bytes=100_000, tally=tally)
    for number in range(5_000):
        cache.put(entry(f"code{number}"))
        assert cache.bytes_used <= 100_000
    assert cache.bytes_used > 90_000
    assert cache.get("code4999")
    assert cache.get("code0") is None
    assert tally.near_evictions == 5_000 - cache.entries


def test_renewed_entry_is_young(clock: SettableClock) -> None:
    """A link that was looked up again is not among the first to leave."""
    cache = memory_cache(clock, max_bytes=100_000)
    for number in range(300):
        cache.put(entry(f"code{number}"))
    cache.put(entry("code0"))
    for number in range(300, 400):
        cache.put(entry(f"code{number}"))
    assert cache.get("code0")
    assert cache.get("code1") is None


def test_entry_larger_than_the_cache(clock: SettableClock) -> None:
    """A link that does not fit is not kept, and breaks nothing."""
    cache = memory_cache(clock, max_bytes=1_000)
    cache.put(entry("abc", location=b"x" * 5_000))
    assert cache.get("abc") is None
    assert (cache.entries, cache.bytes_used) == (0, 0)


def test_absences_are_bounded(clock: SettableClock) -> None:
    """Guessed codes cannot fill the memory; the latest are remembered."""
    cache = memory_cache(clock)
    for number in range(25_000):
        cache.put_absent(f"guess{number}")
    remembered = sum(cache.is_absent(f"guess{number}") for number in range(25_000))
    assert 9_900 <= remembered <= 10_000
    assert cache.is_absent("guess24999")


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["put", "absent", "drop", "wait"]),
            st.sampled_from(["aaa", "bbb", "ccc", "ddd"]),
            st.integers(0, 400),
        ),
        max_size=60,
    )
)
def test_bytes_are_those_of_the_entries(steps: list[tuple[str, str, int]]) -> None:
    """After any steps, exactly the entries that are held are counted."""
    clock = SettableClock()
    cache = memory_cache(clock, max_bytes=1_500)
    for action, code, number in steps:
        if action == "put":
            cache.put(entry(code, location=b"x" * number))
            assert not cache.is_absent(code)
        elif action == "absent":
            cache.put_absent(code)
            assert (cache.get(code) is None) == cache.is_absent(code)
        elif action == "drop":
            cache.drop(code)
            assert not cache.is_absent(code)
        else:
            clock.move(number)
        assert 0 <= cache.bytes_used <= 1_500
    for code in ("aaa", "bbb", "ccc", "ddd"):
        cache.drop(code)
    assert (cache.entries, cache.bytes_used) == (0, 0)


@pytest.mark.slow
def test_estimate_is_honest(clock: SettableClock) -> None:
    """A hundred thousand links take what the cache says that they take."""
    cache = memory_cache(clock, max_bytes=1_000_000_000)
    tracemalloc.start()
    try:
        for number in range(1_000_000, 1_100_000):
            location = (
                b"https://example.com/articles/2025/some-page-title-%012d" % number
            )
            code = f"{number:x}"
            cache.put(NearEntry(code, number, lane_of(code), location))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert cache.entries == 100_000
    assert 0.85 * cache.bytes_used < taken < 1.05 * cache.bytes_used
