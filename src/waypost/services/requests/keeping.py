"""Keep the answer to a request in the transaction that the request makes."""

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from waypost.domain.bulk.errors import IdempotencyInProgress
from waypost.ports.bulk.answers import AnswerWriter, KeptAnswer
from waypost.ports.runtime import Clock

T = TypeVar("T")

AnswerOf: TypeAlias = Callable[[T], KeptAnswer] | None
"""Returns the answer about what was made or changed. None: it is not kept."""


async def keep_answer(
    answer_of: AnswerOf[T], about: T, *, answers: AnswerWriter, clock: Clock
) -> None:
    """Keep the answer *about* something, if it is to be kept.

    Raises:
        IdempotencyInProgress: The same request was carried out before: all that this
            transaction has changed is rolled back.
        BackendUnavailable: The store does not answer.
    """
    if answer_of is None:
        return
    if not await answers.add([answer_of(about)], at=clock.now()):
        raise IdempotencyInProgress
