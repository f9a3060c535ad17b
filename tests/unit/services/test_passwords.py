"""What visitors present as passwords: counted, remembered, and compared once."""

import asyncio
from typing import Final

import pytest

from tests.fakes import CHEAP, SettableClock
from waypost.adapters.memory.rate_limits import MemoryRateLimiter
from waypost.adapters.password_hashes import Argon2Hasher
from waypost.domain.access.limits import Policy, Rate
from waypost.domain.errors import BackendUnavailable
from waypost.domain.passwords.errors import TooManyAttempts
from waypost.domain.passwords.texts import PasswordHash
from waypost.services.visits.passwords import (
    OF_PASSWORDS,
    REMEMBERED,
    REMEMBERED_SECONDS,
    PasswordChecks,
)
from waypost.telemetry.metrics import Metrics

QUOTA: Final = 3


class CountingHasher(Argon2Hasher):
    """Counts what it compares."""

    compared = 0

    async def is_right(self, password: str, hashed: PasswordHash) -> bool:
        """Return whether *hashed* was made of *password*."""
        self.compared += 1
        return await super().is_right(password, hashed)


class Bench:
    """Checks with a clock that the test holds."""

    def __init__(self, hasher: CountingHasher | None = None) -> None:
        self.hasher = hasher or CountingHasher(threads=1, cost=CHEAP)
        self.clock = SettableClock()
        self.metrics = Metrics()
        self.checks = PasswordChecks(
            self.hasher,
            limiter=MemoryRateLimiter(monotonic=self.clock.monotonic),
            policy=Policy(OF_PASSWORDS, Rate(QUOTA, 60)),
            metrics=self.metrics,
            monotonic=self.clock.monotonic,
        )

    async def try_(
        self, password: str, hashed: PasswordHash, *, address: str = "192.0.2.1"
    ) -> bool:
        """Present *password*."""
        return await self.checks.is_right(password, hashed, link_id=1, address=address)


async def test_a_right_password_is_compared_once_in_a_while() -> None:
    """Until it is forgotten."""
    bench = Bench()
    hashed = await bench.hasher.hash("right")
    for _ in range(5):
        assert await bench.try_("right", hashed)
    assert bench.hasher.compared == 1
    bench.clock.move(REMEMBERED_SECONDS)
    assert await bench.try_("right", hashed)
    assert bench.hasher.compared == 2


async def test_a_password_that_was_changed_is_forgotten() -> None:
    """What was right for another hash is compared."""
    bench = Bench()
    old, new = [await bench.hasher.hash(text) for text in ("old", "new")]
    assert await bench.try_("old", old)
    assert not await bench.try_("old", new)


async def test_what_is_remembered_helps_no_guess() -> None:
    """A client beyond its attempts learns nothing, not even of a known password."""
    bench = Bench()
    hashed = await bench.hasher.hash("right")
    assert await bench.try_("right", hashed, address="192.0.2.9")
    for number in range(QUOTA):
        assert not await bench.try_(f"guess{number}", hashed)
    for guess in ("right", "guess0", "other"):
        with pytest.raises(TooManyAttempts) as refused:
            await bench.try_(guess, hashed)
        assert refused.value.wait_seconds == 60
    value = bench.metrics.registry.get_sample_value
    assert value("waypost_rate_limited_total", {"policy": OF_PASSWORDS}) == QUOTA
    bench.clock.move(60)
    assert await bench.try_("right", hashed)


async def test_a_network_of_ipv6_is_one_client() -> None:
    """Changing the last half of an address gives no more attempts."""
    bench = Bench()
    hashed = await bench.hasher.hash("right")
    for number in range(QUOTA):
        await bench.try_("guess", hashed, address=f"2001:db8::{number}")
    with pytest.raises(TooManyAttempts):
        await bench.try_("guess", hashed, address="2001:db8::ffff")


async def test_what_many_present_at_once_is_compared_once() -> None:
    """The right password lets all of them in, and a wrong one is counted for each."""
    bench = Bench()
    hashed = await bench.hasher.hash("right")
    right = [bench.try_("right", hashed) for _ in range(20)]
    assert all(await asyncio.gather(*right))
    assert bench.hasher.compared == 1
    wrong = [bench.try_("wrong", hashed, address="192.0.2.2") for _ in range(20)]
    results = await asyncio.gather(*wrong, return_exceptions=True)
    assert results.count(False) == QUOTA
    assert sum(isinstance(one, TooManyAttempts) for one in results) == 20 - QUOTA


async def test_memory_is_bounded() -> None:
    """The oldest of too many right passwords is compared again."""
    bench = Bench()
    hashes = [await bench.hasher.hash("right") for _ in range(REMEMBERED + 1)]
    for hashed in hashes:
        bench.clock.move(30)
        assert await bench.try_("right", hashed)
    bench.clock.move(-30 * REMEMBERED)
    compared = bench.hasher.compared
    assert await bench.try_("right", hashes[-1])
    assert bench.hasher.compared == compared
    assert await bench.try_("right", hashes[0])
    assert bench.hasher.compared == compared + 1


async def test_who_waits_too_long_is_sent_away() -> None:
    """No more wait than are let in within seconds, and those who wait are answered."""
    hasher = CountingHasher(threads=1, waiting=2, cost=CHEAP)
    hashed = await hasher.hash("right")
    tries = [hasher.is_right(f"guess{number}", hashed) for number in range(10)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert results.count(False) == 3
    assert sum(isinstance(one, BackendUnavailable) for one in results) == 7
    assert await hasher.is_right("right", hashed)


@pytest.mark.parametrize(
    "hashed", ["$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$x$y", "x"]
)
async def test_a_hash_that_is_none(hashed: str) -> None:
    """Nothing is right for it."""
    hasher = CountingHasher(threads=1, cost=CHEAP)
    assert not await hasher.is_right("right", PasswordHash(hashed))


async def test_hashes_are_argon2id_of_the_usual_cost() -> None:
    """As OWASP recommends it, and each with a salt of its own."""
    hasher = Argon2Hasher(threads=1)
    one, two = await hasher.hash("swordfish"), await hasher.hash("swordfish")
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != two
    assert await hasher.is_right("swordfish", two)
    assert not await hasher.is_right("swordfish" + "h" * 200, two)
