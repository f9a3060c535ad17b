"""The backends of the use cases of tags, bound once."""

from dataclasses import dataclass

from waypost.ports.links import LinkLists
from waypost.ports.runtime import Clock
from waypost.ports.storage import Storage
from waypost.ports.tags.store import TagReader


@dataclass(frozen=True, slots=True, kw_only=True)
class TagContext:
    """For as long as the process lives."""

    storage: Storage
    tags: TagReader
    lists: LinkLists
    clock: Clock
