"""What every counter of requests does, compared with a plain model of the window."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.redis_nodes import redis_node
from waypost.adapters.memory.rate_limits import MemoryRateLimiter
from waypost.adapters.redis.rate_limits import RedisRateCounts
from waypost.domain.access.limits import Policy, Rate
from waypost.ports.access.limits import RateLimiter, SharedRateCounts

THREE_A_DAY = Policy("key", Rate(3, 86_400))


@pytest.fixture(params=["memory", "redis"])
async def counts(
    request: pytest.FixtureRequest,
) -> AsyncIterator[RateLimiter | SharedRateCounts]:
    """A counter of each backend."""
    if request.param == "memory":
        yield MemoryRateLimiter()
        return
    async with redis_node(request.getfixturevalue("redis_url")) as node:
        yield RedisRateCounts(node, secret="of the tests")


async def test_a_quota_is_used_up(counts: SharedRateCounts) -> None:
    """So many are allowed, each leaves one less, and the next one is refused."""
    decisions = [await counts.hit(THREE_A_DAY, "a") for _ in range(5)]
    assert [one.is_allowed for one in decisions] == [True] * 3 + [False] * 2
    assert [one.remaining for one in decisions] == [2, 1, 0, 0, 0]
    resets = [one.reset_seconds for one in decisions]
    # The first one counts for a day, and nothing prolongs that.
    assert resets[0] == 86_400
    assert resets == sorted(resets, reverse=True)
    assert resets[-1] > 0


async def test_names_and_policies_are_apart(counts: SharedRateCounts) -> None:
    """What one name uses up, another has, and the same name under another policy."""
    other = Policy("address", Rate(1, 86_400))
    for _ in range(3):
        await counts.hit(THREE_A_DAY, "a")
    assert not (await counts.hit(THREE_A_DAY, "a")).is_allowed
    assert (await counts.hit(THREE_A_DAY, "b")).is_allowed
    assert (await counts.hit(other, "a")).is_allowed


async def test_a_quota_that_changes_counts_at_once(counts: SharedRateCounts) -> None:
    """A lower one refuses until enough are over, a higher one allows more."""
    lower, higher = (Policy("key", Rate(quota, 86_400)) for quota in (1, 4))
    first, *_ = [await counts.hit(THREE_A_DAY, "a") for _ in range(3)]
    refused = await counts.hit(lower, "a")
    assert (refused.is_allowed, refused.remaining) == (False, 0)
    # It is the last of the three that has to be over.
    assert first.reset_seconds >= refused.reset_seconds > 0
    allowed = await counts.hit(higher, "a")
    assert (allowed.is_allowed, allowed.remaining) == (True, 0)


async def test_hits_count_for_no_longer_than_the_window(
    counts: SharedRateCounts,
) -> None:
    """After the window there is room again."""
    policy = Policy("key", Rate(2, 1))
    first = await counts.hit(policy, "a")
    assert first.is_allowed
    allowed = 1
    while allowed < 4:
        allowed += (await counts.hit(policy, "a")).is_allowed


@settings(max_examples=200)
@given(
    quota=st.integers(1, 5),
    window=st.integers(1, 20),
    hits=st.lists(st.tuples(st.integers(0, 8), st.sampled_from("ab")), max_size=60),
)
async def test_memory_is_as_the_model(
    quota: int, window: int, hits: list[tuple[int, str]]
) -> None:
    """Every decision is that of a list of all moments at which one was allowed."""
    now = 0.0
    limiter = MemoryRateLimiter(monotonic=lambda: now)
    policy = Policy("key", Rate(quota, window))
    allowed: dict[str, list[float]] = {"a": [], "b": []}
    for pause, name in hits:
        now += pause
        live = [moment for moment in allowed[name] if moment > now - window]
        is_allowed = len(live) < quota
        assert (limiter.refusal(policy, name) is None) is is_allowed
        decision = await limiter.hit(policy, name)
        if is_allowed:
            live = [*live, now]
            allowed[name].append(now)
        assert decision.is_allowed is is_allowed
        assert decision.remaining == quota - len(live)
        assert decision.reset_seconds == window - (now - live[0])
        assert not any(
            sum(start <= moment < start + window for moment in allowed[name]) > quota
            for start in allowed[name]
        )


async def test_memory_is_bounded() -> None:
    """A flood of names displaces the oldest ones, of the same policy only."""
    limiter = MemoryRateLimiter(most_bytes=5_000)
    once = Policy("address", Rate(1, 86_400))
    await limiter.hit(THREE_A_DAY, "key")
    for number in range(1_000):
        assert (await limiter.hit(once, str(number))).is_allowed
    assert not (await limiter.hit(once, "999")).is_allowed
    assert (await limiter.hit(once, "0")).is_allowed
    assert (await limiter.hit(THREE_A_DAY, "key")).remaining == 1
