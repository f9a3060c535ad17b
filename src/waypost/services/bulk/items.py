"""What a call about many links asks for, item by item, and what becomes of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self, TypeAlias

from waypost.domain.errors import DomainError
from waypost.domain.links import Link
from waypost.domain.wrong.values import WrongValue
from waypost.services.links.create import Draft, LinkCreation
from waypost.services.links.edit import Change


class NamedChange(NamedTuple):
    """A change of the link that a client calls *name*."""

    name: str
    change: Change


class Put(NamedTuple):
    """A link that a client calls *name*: it is changed, or made if there is none."""

    name: str
    draft: Draft
    change: Change


class Reusable(NamedTuple):
    """A link that is made only if there is none like it, as `services.links.reuse`."""

    creation: LinkCreation
    given: Collection[str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An item that is refused."""

    code: str
    """Of the refusal, as `domain.errors` has them."""
    detail: str
    errors: Sequence[WrongValue] = ()
    """The fields of the item that are wrong, and why."""
    current: Link | None = None
    """The link, where it has another version than the item names."""

    @classmethod
    def of(cls, error: DomainError) -> Self:
        """Return the refusal that *error* is."""
        return cls(error.code, str(error), errors=error.wrong)


class Done(NamedTuple):
    """An item that was carried out."""

    link: Link
    """As it is now."""
    is_new: bool


Item: TypeAlias = Draft | NamedChange | Put | Reusable | Refusal
Outcome: TypeAlias = Done | Refusal
