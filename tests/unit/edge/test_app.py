"""What the edge answers, and that the fast path awaits nothing."""

import asyncio
import json

import pytest

from tests.unit.edge.parts import (
    TARGET,
    Edge,
    Sent,
    answer,
    receive_nothing,
    request,
)


@pytest.fixture
async def edge() -> Edge:
    """An edge whose store has one link, `abc1234`."""
    edge = Edge()
    await edge.add_link("abc1234")
    return edge


async def test_hit_awaits_nothing(edge: Edge) -> None:
    """One step of the coroutine answers a cached code."""
    await answer(edge, request("/abc1234"))
    sent = Sent()
    coroutine = edge.app(request("/abc1234"), receive_nothing, sent.send)

    with pytest.raises(StopIteration):
        coroutine.send(None)

    assert sent.status == 307
    assert sent.headers[b"location"] == TARGET.encode()


async def test_click_is_committed_before_the_answer(edge: Edge) -> None:
    """When the first message of the answer is sent, the click is durable."""
    committed_at_send = []

    async def send(message: object) -> None:
        committed_at_send.append(len(edge.recorder.committed))

    for _ in range(2):
        await edge.app(request("/abc1234"), receive_nothing, send)

    assert committed_at_send == [1, 1, 2, 2]


async def test_click_keeps_the_evidence(edge: Edge) -> None:
    """A click has all that a later enrichment needs."""
    headers = [
        (b"host", b"go.example.com"),
        (b"user-agent", b"Browser/1"),
        (b"referer", b"https://news.example.org/"),
        (b"accept-language", b"de"),
        (b"sec-purpose", b"prefetch"),
        (b"sec-fetch-site", b"cross-site"),
        (b"sec-fetch-mode", b"navigate"),
        (b"sec-fetch-dest", b"document"),
        (b"sec-fetch-user", b"?1"),
        (b"sec-ch-ua", b'"Browser";v="1"'),
        (b"sec-ch-ua-mobile", b"?0"),
        (b"sec-ch-ua-platform", b'"Linux"'),
        (b"sec-gpc", b"1"),
        (b"from", b"bot@example.org"),
    ]
    await answer(edge, request("/abc1234", headers=headers, query=b"utm=x"))
    (click,) = edge.recorder.committed

    assert click._asdict() | {"time_ns": 0} == {
        "time_ns": 0,
        "code": "abc1234",
        "link_id": 1,
        "address": "192.0.2.1",
        "query": b"utm=x",
        "host": b"go.example.com",
        "user_agent": b"Browser/1",
        "referrer": b"https://news.example.org/",
        "language": b"de",
        "purpose": b"prefetch",
        "fetch": b"cross-site,navigate,document,?1",
        "client_hints": b'"Browser";v="1";?0;"Linux"',
        "privacy": b"1",
        "sender": b"bot@example.org",
        "country": "",
        "rule": "",
        "variant": "",
    }
    assert click.time_ns > 0


async def test_oversized_evidence_is_cut(edge: Edge) -> None:
    """No client can fill the disk with one header."""
    headers = [(b"user-agent", b"x" * 50_000), (b"referer", b"y" * 50_000)]
    await answer(edge, request("/abc1234", headers=headers, query=b"q" * 50_000))
    (click,) = edge.recorder.committed

    assert sum(len(field) for field in click[4:]) < 5_000


async def test_head_is_answered_and_not_counted(edge: Edge) -> None:
    """HEAD gets the same headers and leaves no click."""
    sent = await answer(edge, request("/abc1234", method="HEAD"))

    assert sent.status == 307
    assert sent.headers[b"location"] == TARGET.encode()
    assert edge.recorder.recorded == []


async def test_redirect_must_not_be_cached(edge: Edge) -> None:
    """A browser asks again for every click."""
    sent = await answer(edge, request("/abc1234"))

    assert sent.headers[b"cache-control"] == b"private, no-store"


async def test_slash_at_the_end_is_forgiven(edge: Edge) -> None:
    """E-mail programs that add a slash do not break a link."""
    assert (await answer(edge, request("/abc1234/"))).status == 307


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (b"text/html,*/*;q=0.8", b"text/html; charset=utf-8"),
        (b"application/json", b"application/problem+json"),
        (b"*/*", b"application/problem+json"),
    ],
)
async def test_unknown_code_answers_in_the_form_asked_for(
    edge: Edge, accept: bytes, content_type: bytes
) -> None:
    """People get a page, programs get a problem document."""
    sent = await answer(edge, request("/nosuch1", headers=[(b"accept", accept)]))

    assert sent.status == 404
    assert sent.headers[b"content-type"] == content_type
    assert sent.headers[b"content-length"] == str(len(sent.body)).encode()


async def test_problem_has_the_stable_code(edge: Edge) -> None:
    """Programs can rely on `code`."""
    sent = await answer(edge, request("/nosuch1"))

    assert json.loads(sent.body)["code"] == "link-not-found"


async def test_other_methods_are_refused(edge: Edge) -> None:
    """POST to a short link is 405 and says what is allowed."""
    sent = await answer(edge, request("/abc1234", method="POST"))

    assert sent.status == 405
    assert sent.headers[b"allow"] == b"GET, HEAD"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/shorten",
        "/health",
        "/metrics",
        "/a b",
        "/☃",
        "/a/b",
        "/favicon.ico",
        "//",
        "",
    ],
)
async def test_other_paths_are_passed_on(edge: Edge, path: str) -> None:
    """A path that cannot be a code goes to the API."""
    assert (await answer(edge, request(path))).status == 418


async def test_address_comes_from_a_trusted_proxy(edge: Edge) -> None:
    """Behind a trusted proxy the visitor's address is the forwarded one."""
    headers = [(b"x-forwarded-for", b"198.51.100.9")]
    await answer(edge, request("/abc1234", headers=headers, peer="10.0.0.1"))
    await answer(edge, request("/abc1234", headers=headers, peer="10.0.0.2"))

    addresses = [click.address for click in edge.recorder.committed]
    assert addresses == ["198.51.100.9", "10.0.0.2"]


async def test_concurrent_misses_make_one_look_up(edge: Edge) -> None:
    """A hundred visitors at once cost the store one query."""
    await asyncio.gather(*[answer(edge, request("/abc1234")) for _ in range(100)])
    await asyncio.gather(*[answer(edge, request("/nosuch1")) for _ in range(100)])

    assert edge.tally.unknown_codes == 1
    assert len(edge.recorder.committed) == 100


async def test_absence_is_forgotten_when_the_code_is_created(edge: Edge) -> None:
    """A link works at once, even if its code was visited a moment before."""
    assert (await answer(edge, request("/later12"))).status == 404
    await edge.add_link("later12", link_id=2)
    edge.lookups.forget("later12")

    assert (await answer(edge, request("/later12"))).status == 307
