"""Put together what an app says of itself."""

from importlib.metadata import version

from waypost.api.context import SystemFacts
from waypost.config import Settings
from waypost.services.proof import JournalFacts
from waypost.wiring.parts.backends import MEGABYTE, Backends
from waypost.wiring.topology import topology_of


def system_facts(settings: Settings, backends: Backends) -> SystemFacts:
    """Return what the process of *backends* is."""
    journal, topology = backends.journal, topology_of(settings)
    readers = topology.journal_readers
    return SystemFacts(
        version=version("waypost"),
        mode="distributed" if topology.has_kafka else "embedded",
        gaps=backends.store.gaps,
        journal=JournalFacts(
            id=journal.journal,
            last=lambda: journal.last,
            bytes=lambda: journal.size,
            limit_bytes=settings.JOURNAL_MAX_MEGABYTES * MEGABYTE,
            unread=lambda: {one: journal.readers.unread(one) for one in readers},
        ),
    )
