"""The health of a keygen: its database, and its Redis nodes taken together."""

from collections.abc import Mapping, Sequence

from waypost.http.answers import Answer
from waypost.http.health import health_answer, readiness_answer
from waypost.telemetry.health import Check, HealthState, states_of
from waypost.telemetry.log_throttle import LogThrottle


class KeygenHealth:
    """The answers of a keygen that leases ids from *database* and *nodes*."""

    def __init__(self, *, database: Check, nodes: Sequence[Check]) -> None:
        self._nodes = {f"node_{at}": node for at, node in enumerate(nodes, 1)}
        self._checks = {"database": database, **self._nodes}
        self._throttle = LogThrottle()

    async def health(self) -> Answer:
        """Return whether everything works."""
        parts = await self._states()
        is_well = HealthState.UNHEALTHY not in parts.values()
        return health_answer(parts, is_well=is_well)

    async def readiness(self) -> Answer:
        """Return whether ids can be leased, from the database or one of the nodes."""
        parts = await self._states()
        sources = parts.values() if self._nodes else {parts["database"]}
        return readiness_answer(parts, is_ready=HealthState.HEALTHY in sources)

    async def _states(self) -> Mapping[str, HealthState]:
        """Return the states of the database and, as `cache`, of all Redis nodes."""
        states = await states_of(self._checks, throttle=self._throttle)
        database = states.pop("database")
        is_well = not states or HealthState.HEALTHY in states.values()
        return {"database": database, "cache": HealthState.of(is_well=is_well)}
