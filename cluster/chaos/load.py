"""Mixed load: some create links, many follow them or read counts, most follow one."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeAlias

from cluster.chaos.client import Answer, Client, UnansweredError
from cluster.chaos.offers import Offer, offer, plain
from cluster.chaos.score import Score
from cluster.chaos.statistics import StatisticsReader

_WRITERS, _READERS, _FANS, _POLLERS = 2, 5, 7, 2
"""Clients of each kind; each sends as many requests as any other."""
_REFUSED = 503
_LOST_ON_THE_WAY = frozenset({502, 504})

_Act: TypeAlias = Callable[[Client], Awaitable[None]]


class Load:
    """Clients of the cluster behind *port*, from `start` until `stop`.

    *rate* is how many requests a second all of them send together at most. What they
    send depends on *seed*; when they send it does not. *token* is that of an admin.
    """

    def __init__(
        self, *, port: int, token: str, rate: float, seed: int, score: Score
    ) -> None:
        self._port = port
        self._pause = (_WRITERS + _READERS + _FANS + _POLLERS) / rate
        self._random = random.Random(seed)
        self._score = score
        self._statistics = StatisticsReader(score, token=token)
        self._codes: list[str] = []
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._numbers = iter(range(1, 1_000_000_000))

    async def start(self) -> None:
        """Create the link that most will follow, and let the clients loose.

        Raises:
            UnansweredError: The cluster does not even create one link.
        """
        async with Client(self._port) as client:
            await self._create(client)
        if not self._codes:
            raise UnansweredError(sent=True)
        kinds = (
            *[self._create] * _WRITERS,
            *[self._follow_any] * _READERS,
            *[self._follow_the_famous] * _FANS,
            *[self._read_statistics] * _POLLERS,
        )
        self._tasks = [self._task(one, self._port) for one in kinds]

    def visit(self, port: int) -> None:
        """Let one more client follow links, at an app that listens on *port* itself."""
        self._tasks.append(self._task(self._follow_any, port))

    async def stop(self) -> None:
        """End when every request that was sent has its answer, or never gets one."""
        self._stopping.set()
        await asyncio.gather(*self._tasks)

    def _task(self, act: _Act, port: int) -> asyncio.Task[None]:
        return asyncio.create_task(self._repeat(act, port))

    async def _repeat(self, act: _Act, port: int) -> None:
        async with Client(port) as client:
            while not self._stopping.is_set():
                await act(client)
                await asyncio.sleep(self._pause * self._random.uniform(0.5, 1.5))

    async def _create(self, client: Client) -> None:
        # The first is the one that most follow: as fast as can be.
        number = next(self._numbers)
        new = offer(number, dice=self._random) if self._codes else plain(number)
        try:
            answer = await client.request("POST", new.path, new.body)
        except UnansweredError as error:
            self._score.creates_in_doubt += error.sent
            return
        if answer.status == 201:
            link = json.loads(answer.body)
            self._promise(link.get("code") or link["short_code"], new)
        elif answer.status in _LOST_ON_THE_WAY:
            self._score.creates_in_doubt += 1
        elif answer.status == _REFUSED:
            self._score.refused["create"] += 1
        else:
            self._score.wrong.append(f"A create was answered {_described(answer)}.")

    def _promise(self, code: str, new: Offer) -> None:
        if code in self._score.promised:
            self._score.wrong.append(f"The code {code} was given to two links.")
        self._score.promised[code] = new
        self._codes.append(code)

    async def _follow_any(self, client: Client) -> None:
        await self._follow(client, self._random.choice(self._codes))

    async def _follow_the_famous(self, client: Client) -> None:
        await self._follow(client, self._codes[0])

    async def _read_statistics(self, client: Client) -> None:
        code = self._random.choice([self._codes[0], self._random.choice(self._codes)])
        await self._statistics.read(client, code)

    async def _follow(self, client: Client, code: str) -> None:
        link = self._score.promised[code]
        self._score.sent[code] += 1
        asked = datetime.now(UTC)
        try:
            answer = await client.request("GET", f"/{code}{link.query}")
        except UnansweredError as error:
            self._score.in_doubt[code] += error.sent
            return
        if link.allows(answer, asked=asked, answered=datetime.now(UTC)):
            self._score.answered[code] += link.is_click(answer)
        elif answer.status in _LOST_ON_THE_WAY:
            self._score.unanswered_by_apps += 1
        elif answer.status == _REFUSED:
            self._score.refused["redirect"] += 1
        else:
            self._score.wrong.append(
                f"/{code} with {link.options} was answered {_described(answer)}."
            )


def _described(answer: Answer) -> str:
    return f"{answer.status} {answer.location or answer.body[:200]!r}"
