"""The body of `GET /api/v1/system`."""

from collections.abc import Mapping
from typing import Final

from pydantic import Field

from waypost.api.bodies import Body
from waypost.api.documents.openapi import Document
from waypost.telemetry.health import HealthState

SYSTEM_EXAMPLE: Final[Document] = {
    "version": "1.4.0",
    "mode": "embedded",
    "health": {"database": "healthy", "journal": "healthy"},
    "clicks": {"recorded": 16220, "counted": 16218, "pending": 2, "lost": 0},
    "journal": {
        "bytes": 81920,
        "limit_bytes": 4294967296,
        "readers": {"counts": 260, "rows": 0},
    },
    "warnings": [],
}


class ClicksOfSystem(Body):
    """Clicks on this process since its start; recorded = counted + pending + lost."""

    recorded: int = Field(description="Written to the journal before their answers.")
    counted: int
    pending: int = Field(description="On their way, which takes a second.")
    lost: int = Field(description="Overdue for so long that they are called missing.")


class JournalOfSystem(Body):
    """The click journal of this process."""

    bytes: int
    limit_bytes: int
    readers: Mapping[str, int] = Field(
        description="How many bytes each of its readers has still to read."
    )


class SystemBody(Body):
    """What this process is, and the proof that it loses no click."""

    version: str
    mode: str = Field(description="`embedded`, or `distributed` over Kafka.")
    health: Mapping[str, HealthState]
    clicks: ClicksOfSystem
    journal: JournalOfSystem
    warnings: list[str] = Field(description="What an operator should look at.")
