"""The chaos run's reader of statistics finds numbers that fall or exceed the truth."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from cluster.chaos.checks import wrong_statistics
from cluster.chaos.client import Client
from cluster.chaos.score import Score
from cluster.chaos.statistics import StatisticsReader


@asynccontextmanager
async def answering(bodies: Iterable[tuple[int, object]]) -> AsyncIterator[Client]:
    """Serve these statuses and bodies, one after the other, to the client yielded."""
    left = iter(bodies)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for status, body in left:
            await reader.readuntil(b"\r\n\r\n")
            content = json.dumps(body).encode()
            head = f"HTTP/1.1 {status} -\r\ncontent-length: {len(content)}\r\n\r\n"
            writer.write(head.encode() + content)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Client(port) as client:
            yield client


async def judged(*numbers: int, sent: int) -> Score:
    """Return the books after reading these numbers of a link followed *sent* times."""
    score = Score(sent=Counter(a=sent))
    reader = StatisticsReader(score)
    async with answering((200, {"clicks": number}) for number in numbers) as client:
        for _ in numbers:
            await reader.read(client, "a")
    assert score.polls == len(numbers)
    return score


async def test_growing_numbers_are_right() -> None:
    """Numbers that grow up to what was sent break no promise."""
    score = await judged(0, 3, 3, 5, sent=5)
    assert score.wrong == []
    assert wrong_statistics(score, {}) == []


async def test_a_falling_number_is_found() -> None:
    """A number of clicks that is lower than before is reported."""
    score = await judged(3, 2, 4, sent=5)
    assert score.wrong == ["/api/stats/a: 2 after 3: FELL."]


async def test_a_number_above_the_truth_is_found() -> None:
    """More clicks than were sent are too many, unless a proxy sent some twice."""
    score = await judged(7, 5, sent=5)
    assert wrong_statistics(score, {}) == [
        "/api/stats/a: 2 above all that was sent: ABOVE THE TRUTH."
    ]
    assert wrong_statistics(score, {"a": 1}) != []
    assert wrong_statistics(score, {"a": 2}) == []


async def test_a_refusal_in_good_order_is_no_number() -> None:
    """While nothing can be read, nothing is judged; other errors are wrong."""
    score = Score()
    reader = StatisticsReader(score)
    async with answering([(503, {}), (502, {}), (500, {})]) as client:
        for _ in range(3):
            await reader.read(client, "a")
    assert score.polls == 0
    assert score.wrong == ["/api/stats/a answers 500."]
