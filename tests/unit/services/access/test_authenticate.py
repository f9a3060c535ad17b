"""Keys are recognised quickly, and revoked ones soon no more."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from waypost.adapters.memory.keys import MemoryKeys
from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.access.key_text import hash_of, make_key_text
from waypost.domain.access.keys import ADMIN_BY_TOKEN, Actor, ApiKey
from waypost.domain.access.scopes import KeyScope
from waypost.domain.errors import BackendUnavailable, KeyInactive, NotAuthenticated
from waypost.services.access.authenticate import Authenticator
from waypost.services.access.known_keys import FRESH_SECONDS, MOST, KnownKeys
from waypost.services.access.uses import KeyUses

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
TOKEN = "the admin token of the tests"


def key_of(text: str) -> ApiKey:
    """Return the key whose secret is *text*."""
    return ApiKey(
        id="0195f2a0-7c1e-7b3a-9d52-5d1f0c8e2b11",
        name="one",
        prefix=text[:7],
        secret_hash=hash_of(text),
        scopes=(KeyScope.LINKS_READ,),
        created_at=NOW,
        created_by=Actor("operator"),
    )


@dataclass
class Bench:
    """An authenticator, its store, and clocks that stand still."""

    storage: MemoryStorage = field(default_factory=MemoryStorage)
    seconds: float = 0.0
    moment: datetime = NOW

    def __post_init__(self) -> None:
        """Open the authenticator."""
        self.uses = KeyUses(self.storage)
        self.authenticator = Authenticator(
            keys=self.storage.keys,
            uses=self.uses,
            clock=self,
            admin_token=TOKEN,
            monotonic=lambda: self.seconds,
        )

    def now(self) -> datetime:
        """Return the moment that it is."""
        return self.moment

    async def store(self, key: ApiKey) -> None:
        """Add *key*, or replace it."""
        async with self.storage.transaction() as transaction:
            await transaction.keys.add(key)


async def test_a_key_is_recognised() -> None:
    """By its secret, with what it permits; the admin token permits everything."""
    bench, text = Bench(), make_key_text()
    await bench.store(key_of(text))
    principal = await bench.authenticator.principal(text)
    assert principal.actor == Actor("key", key_of(text).id, "one")
    assert principal.granted == {KeyScope.LINKS_READ}
    assert await bench.authenticator.principal(TOKEN) is ADMIN_BY_TOKEN


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "needs a key"),
        ("wp_7Qm2", "mistyped"),
        (TOKEN + "x", "mistyped"),
        (make_key_text(), "does not know"),
    ],
    ids=["none", "cut off", "not of ours", "of another server"],
)
async def test_other_texts_are_refused(text: str, says: str) -> None:
    """What was sent is not in the refusal; how to send and make a key is."""
    with pytest.raises(NotAuthenticated, match=says) as refusal:
        await Bench().authenticator.principal(text)
    assert "waypost keys create" in str(refusal.value)
    assert not text or text not in str(refusal.value)


class KeysAway(MemoryKeys):
    """Keys of a database that is away."""

    async def by_hash(self, secret_hash: str) -> ApiKey | None:
        """Fail."""
        raise BackendUnavailable


async def test_a_key_that_cannot_be_checked_opens_nothing() -> None:
    """While the store is away, its keys are refused as such, and none is let in."""
    bench, text = Bench(), make_key_text()
    await bench.store(key_of(text))
    away = Authenticator(
        keys=KeysAway({}), uses=bench.uses, clock=bench, admin_token=TOKEN
    )
    with pytest.raises(BackendUnavailable):
        await away.principal(text)
    assert await away.principal(TOKEN) is ADMIN_BY_TOKEN


async def test_no_token_in_the_settings_is_no_token() -> None:
    """An empty admin token lets no request in."""
    storage, bench = MemoryStorage(), Bench()
    without = Authenticator(keys=storage.keys, uses=bench.uses, clock=bench)
    for text in ("", " "):
        with pytest.raises(NotAuthenticated):
            await without.principal(text)


async def test_expiry_acts_at_its_moment() -> None:
    """Although the key was looked up just before; the refusal says when it expired."""
    bench, text = Bench(), make_key_text()
    await bench.store(replace(key_of(text), expires_at=NOW + timedelta(seconds=1)))
    await bench.authenticator.principal(text)
    bench.moment += timedelta(seconds=1)
    with pytest.raises(KeyInactive, match="2026-03-01T09:30:01Z"):
        await bench.authenticator.principal(text)


async def test_a_revocation_elsewhere_acts_soon() -> None:
    """A look-up counts for seconds; here `forget` ends that at once."""
    bench, text = Bench(), make_key_text()
    await bench.store(key_of(text))
    await bench.authenticator.principal(text)
    await bench.store(replace(key_of(text), revoked_at=NOW))
    bench.seconds = FRESH_SECONDS - 0.01
    await bench.authenticator.principal(text)
    bench.seconds = FRESH_SECONDS
    with pytest.raises(KeyInactive, match="revoked"):
        await bench.authenticator.principal(text)
    await bench.store(key_of(text))
    bench.authenticator.forget()
    await bench.authenticator.principal(text)


async def test_a_look_up_that_was_overtaken_is_not_remembered() -> None:
    """What was read before a change here is not used after it."""
    text = make_key_text()

    class Overtaken(MemoryKeys):
        async def by_hash(self, secret_hash: str) -> ApiKey | None:
            found = await super().by_hash(secret_hash)
            stored[key.id] = replace(key, revoked_at=NOW)
            authenticator.forget()
            return found

    key = key_of(text)
    stored = {key.id: key}
    bench = Bench()
    authenticator = Authenticator(keys=Overtaken(stored), uses=bench.uses, clock=bench)
    await authenticator.principal(text)
    with pytest.raises(KeyInactive):
        await authenticator.principal(text)


def test_guesses_do_not_displace_keys() -> None:
    """Both rooms are bounded, and full of guesses a key in use is still known."""
    known = KnownKeys(monotonic=lambda: 0.0)
    key = key_of("one")
    for number in range(MOST + 5):
        known.put(f"guess {number}", None, begun=known.begin())
    known.put("one", key, begun=known.begin())
    assert known.get("one") == (True, key)
    assert known.get("guess 0") == (False, None)
    assert known.get(f"guess {MOST + 4}") == (True, None)
    for number in range(MOST):
        known.put(f"key {number}", key, begun=known.begin())
    assert known.get("one") == (False, None)


async def test_a_use_is_written_down_beside_the_requests() -> None:
    """A request writes nothing; the next writing knows its moment."""
    bench, text = Bench(), make_key_text()
    await bench.store(key_of(text))
    await bench.authenticator.principal(text)
    unwritten = await bench.storage.keys.by_id(key_of(text).id)
    assert unwritten is not None
    assert unwritten.last_used_at is None
    await bench.uses.end()
    written = await bench.storage.keys.by_id(key_of(text).id)
    assert written is not None
    assert written.last_used_at == NOW
