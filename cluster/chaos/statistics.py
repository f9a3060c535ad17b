"""A reader of the statistics: no number may fall, or be above the truth."""

import json

from cluster.chaos.client import Client, UnansweredError
from cluster.chaos.score import Score

_OK = 200
_UNAVAILABLE = frozenset({502, 503, 504})


class StatisticsReader:
    """Reads the clicks of links, from any app that answers, and judges each number.

    The truth about a link is between the clicks that were answered and those that
    were sent. A number is compared with all that had been read before it was asked
    for, by any reader.
    """

    def __init__(self, score: Score, *, token: str = "") -> None:
        """Ask with *token*: the numbers of links with a password are not for all."""
        self._score = score
        self._token = token
        self._highest: dict[str, int] = {}

    async def read(self, client: Client, code: str) -> None:
        """Read the clicks of *code* once."""
        at_least = self._highest.get(code, 0)
        try:
            answer = await client.request(
                "GET", f"/api/stats/{code}", token=self._token
            )
        except UnansweredError:
            return
        if answer.status == _OK:
            self._judge(code, int(json.loads(answer.body)["clicks"]), at_least)
        elif answer.status not in _UNAVAILABLE:
            self._score.wrong.append(f"/api/stats/{code} answers {answer.status}.")

    def _judge(self, code: str, clicks: int, at_least: int) -> None:
        self._score.polls += 1
        if clicks < at_least:
            self._score.wrong.append(
                f"/api/stats/{code}: {clicks} after {at_least}: FELL."
            )
        self._highest[code] = max(self._highest.get(code, 0), clicks)
        excess = clicks - self._score.sent[code]
        self._score.excess[code] = max(self._score.excess[code], excess)
