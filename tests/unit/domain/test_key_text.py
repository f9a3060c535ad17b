"""The text of keys, and their ids."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from waypost.domain.access.key_ids import make_key_id, make_key_ids
from waypost.domain.access.key_text import hash_of, is_key_text, make_key_text
from waypost.domain.access.keys import ADMIN_BY_TOKEN, Actor, ApiKey, Principal
from waypost.domain.access.scopes import KeyScope, granted

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def test_every_key_is_new_and_complete() -> None:
    """Keys differ, and each passes its own check."""
    texts = {make_key_text() for _ in range(200)}
    assert len(texts) == 200
    assert all(is_key_text(text) and len(text) == 41 for text in texts)


def test_one_wrong_character_is_noticed() -> None:
    """A key with one other, missing or additional character is no key."""
    text = make_key_text()
    for place in range(len(text)):
        other = "b" if text[place] == "a" else "a"
        assert not is_key_text(text[:place] + other + text[place + 1 :])
        assert not is_key_text(text[:place] + text[place + 1 :])
    assert not is_key_text(text + "a")
    assert not is_key_text(text + "\n")


@pytest.mark.parametrize(
    "text", ["", "wp_", "hello", "wp_" + "é" * 38, "wp_" + "٣" * 38]
)
def test_other_texts_are_no_keys(text: str) -> None:
    """Text of another form is no key, of any length."""
    assert not is_key_text(text)


def test_ids_grow_with_time() -> None:
    """Ids are uuids of version 7: a later one is greater."""
    ids = [make_key_id(NOW + timedelta(milliseconds=each)) for each in range(50)]
    assert ids == sorted(ids)
    assert {UUID(one).version for one in ids} == {7}
    assert {UUID(one).variant for one in ids} == {UUID(ids[0]).variant}


@pytest.mark.parametrize("number", [0, 1, 300])
def test_ids_that_are_made_together_grow(number: int) -> None:
    """They are as ids that are made one by one, and no two are equal."""
    ids = make_key_ids(NOW, number)
    assert ids == sorted(set(ids))
    assert len(ids) == number
    for one in map(UUID, ids):
        alone = UUID(make_key_id(NOW))
        assert (one.version, one.variant) == (7, alone.variant)
        assert one.int >> 80 == alone.int >> 80
    assert list(map(str, map(UUID, ids))) == ids


def test_scopes_include_others() -> None:
    """`links:write` includes reading and creating; `admin` everything."""
    assert granted({KeyScope.LINKS_WRITE}) == {
        KeyScope.LINKS_READ,
        KeyScope.LINKS_CREATE,
        KeyScope.LINKS_WRITE,
    }
    assert granted({KeyScope.ADMIN}) == set(KeyScope)
    assert granted({KeyScope.REPORTS_READ}) == {KeyScope.REPORTS_READ}


def key_for(*domains: str) -> ApiKey:
    """Return an admin's key for *domains*."""
    return ApiKey(
        id=make_key_id(NOW),
        name="one",
        prefix="wp_aaaa",
        secret_hash=hash_of("one"),
        scopes=(KeyScope.ADMIN,),
        domains=domains,
        created_at=NOW,
        created_by=Actor("operator"),
    )


def test_a_key_covers_no_more_than_its_domains() -> None:
    """A key that is bound to domains covers neither others nor all of them."""
    bound = Principal.of(key_for("a.example", "b.example"))
    scopes = (KeyScope.LINKS_READ,)
    assert bound.covers(scopes, ("a.example",))
    assert not bound.covers(scopes, ("a.example", "c.example"))
    assert not bound.covers(scopes, ())
    assert ADMIN_BY_TOKEN.covers(scopes, ())


def test_the_secret_before_is_accepted_for_a_while() -> None:
    """The one before a rotation is accepted until the overlap is over."""
    key = ApiKey(
        id="1",
        name="one",
        prefix="wp_aaaa",
        secret_hash="new",
        previous_hash="old",
        previous_until=NOW,
        scopes=(),
        created_at=NOW,
        created_by=Actor("operator"),
    )
    before = NOW - timedelta(microseconds=1)
    assert key.has_secret("new", NOW)
    assert key.has_secret("old", before)
    assert not key.has_secret("old", NOW)
    assert not key.has_secret("other", before)
