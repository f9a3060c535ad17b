"""Jobs that are asked for over the API: run, repeated, cancelled and taken over."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN, BASE_URL, Api
from waypost.adapters.sql.jobs.asked import SqlAskedJobs
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.analytics.jobs import JobRun, JobState
from waypost.domain.jobs.asked import KEPT_DAYS, AskedState
from waypost.services.jobs.serving import ABANDONED, AskedJobRunner
from waypost.services.jobs.tasks import TasksDone

JOBS = "/api/v1/jobs"


class Hands:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 4, 2, 8, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the moment."""
        return self.moment


@dataclass
class Product:
    """A server, and what runs its jobs."""

    client: httpx.AsyncClient
    jobs: SqlAskedJobs
    clock: Hands = field(default_factory=Hands)
    ran: list[tuple[str, bool]] = field(default_factory=list)
    ends: asyncio.Event = field(default_factory=asyncio.Event)
    """Until then, jobs run."""
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    error: str | None = None

    def runner(self) -> AskedJobRunner:
        """Return one that looks for cancellations all the time."""
        return AskedJobRunner(self.jobs, run=self._run, clock=self.clock, interval=0.01)

    async def _run(
        self,
        name: str,
        is_dry_run: bool,  # noqa: FBT001 - as a job is called
        outcome: TasksDone,
    ) -> JobRun:
        self.ran.append((name, is_dry_run))
        outcome.total, outcome.skipped = 4, 1
        outcome.done.append("the first")
        outcome.counts["days"] = 1
        self.begun.set()
        await self.ends.wait()
        outcome.done += ["the second", "the third"]
        outcome.counts["days"] = 3
        return JobRun(
            job=name,
            id="1",
            state=JobState.FAILED if self.error else JobState.SUCCEEDED,
            at=self.clock.now(),
            counts={"days": 3},
            error=self.error,
        )

    async def ask(self, kind: str, query: str = "") -> httpx.Response:
        """Ask for a job."""
        body = {"type": kind}
        return await self.client.post(f"{JOBS}{query}", json=body, headers=AS_ADMIN)

    async def seen(self, job_id: object) -> Mapping[str, object]:
        """Return a job as a client sees it."""
        answer = await self.client.get(f"{JOBS}/{job_id}", headers=AS_ADMIN)
        assert answer.status_code == 200, answer.text
        found: Mapping[str, object] = answer.json()
        is_active = found["state"] in {"queued", "running"}
        assert ("retry-after" in answer.headers) == is_active
        return found

    async def cancel(self, job_id: object) -> httpx.Response:
        """Cancel a job."""
        return await self.client.post(f"{JOBS}/{job_id}/cancel", headers=AS_ADMIN)

    async def audited(self) -> list[str]:
        """Return what the audit trail says of jobs, the oldest first."""
        answer = await self.client.get("/api/v1/audit", headers=AS_ADMIN)
        entries = answer.json()["data"]
        return [one["action"] for one in entries if one["resource"]["type"] == "job"][
            ::-1
        ]


@pytest.fixture(params=["database_url", "migrated_postgres_url"])
async def product(request: pytest.FixtureRequest) -> AsyncIterator[Product]:
    """A server over each kind of database."""
    url = request.getfixturevalue(request.param)
    async with aclosing(await SqlStorage.open(url, timeout_seconds=60)) as storage:
        jobs = SqlAskedJobs(storage.database)
        api = Api(storage=storage, jobs=jobs)
        transport = httpx.ASGITransport(api.create())
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
            yield Product(client, jobs)


async def test_a_job_is_run(product: Product) -> None:
    """It waits, runs and ends, and says what it did; the trail says who asked."""
    answer = await product.ask("verify", "?dry_run=true")
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert answer.headers["location"] == f"{BASE_URL}{JOBS}/{job['id']}"
    assert answer.headers["retry-after"]
    assert (job["state"], job["dry_run"], job["started_at"]) == ("queued", True, None)
    assert job["progress"] is None
    working = asyncio.create_task(product.runner().round())
    await product.begun.wait()
    while (running := await product.seen(job["id"]))["progress"] is None:
        assert running["state"] == "running"
    assert running["progress"] == {"done": 2, "total": 4}
    assert running["result"] == {"days": 1}
    product.ends.set()
    await working
    ended = await product.seen(job["id"])
    assert (ended["state"], ended["result"]) == ("succeeded", {"days": 3})
    assert ended["progress"] == {"done": 4, "total": 4}
    assert product.ran == [("verify", True)]
    assert await product.audited() == ["job.asked"]


async def test_a_failure_is_shown(product: Product) -> None:
    """A job that has failed says why."""
    product.error = "OSError: No space left on device"
    product.ends.set()
    job = (await product.ask("verify")).json()
    await product.runner().round()
    ended = await product.seen(job["id"])
    assert (ended["state"], ended["error"]) == ("failed", product.error)


async def test_one_of_a_type_at_a_time(product: Product) -> None:
    """Asked for ten times at once, a job is there once; then again."""
    answers = await asyncio.gather(*(product.ask("verify") for _ in range(10)))
    assert sorted(one.status_code for one in answers) == [202] + [409] * 9
    refused = next(one for one in answers if one.status_code == 409)
    assert refused.json()["code"] == "job-running"
    assert (await product.ask("reclassify")).status_code == 202
    product.ends.set()
    await product.runner().round()
    assert (await product.ask("verify")).status_code == 202


async def test_cancelling(product: Product) -> None:
    """A job that waits is cancelled at once, one that runs soon, one that ended not."""
    waiting = (await product.ask("verify")).json()["id"]
    assert (await product.cancel(waiting)).json()["state"] == "canceled"
    running = (await product.ask("verify")).json()["id"]
    working = asyncio.create_task(product.runner().round())
    await product.begun.wait()
    assert (await product.cancel(running)).json()["state"] == "running"
    await working
    ended = await product.seen(running)
    assert (ended["state"], ended["result"]) == ("canceled", {"days": 1})
    for job_id in (waiting, running):
        again = await product.cancel(job_id)
        assert (again.status_code, again.json()["code"]) == (409, "job-finished")
    actions = ["job.asked", "job.canceled"] * 2
    assert await product.audited() == actions


async def test_a_job_whose_process_was_killed_is_begun_again(product: Product) -> None:
    """Another process takes it after a minute, and not before."""
    job = (await product.ask("verify")).json()
    killed = asyncio.create_task(product.runner().round())
    await product.begun.wait()
    killed.cancel()
    await asyncio.wait([killed])
    product.ends.set()
    product.clock.moment += ABANDONED - timedelta(seconds=1)
    await product.runner().round()
    assert (await product.seen(job["id"]))["state"] == "running"
    product.clock.moment += timedelta(seconds=2)
    await product.runner().round()
    assert (await product.seen(job["id"]))["state"] == "succeeded"
    assert len(product.ran) == 2


async def test_pages_and_filters(product: Product) -> None:
    """Newest first, a page at a time, by type and state; old ones are gone."""
    product.ends.set()
    ids = []
    for kind in ("verify", "reclassify", "verify"):
        ids.append((await product.ask(kind)).json()["id"])
        await product.runner().round()

    async def listed(query: str) -> tuple[list[str], str | None]:
        answer = await product.client.get(f"{JOBS}?{query}", headers=AS_ADMIN)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        return [one["id"] for one in found["data"]], found["next_cursor"]

    first, cursor = await listed("limit=2")
    assert first == [ids[2], ids[1]]
    assert await listed(f"limit=2&cursor={cursor}") == ([ids[0]], None)
    assert await listed("type=reclassify&state=succeeded") == ([ids[1]], None)
    assert await listed("state=running") == ([], None)
    await product.jobs.expire(product.clock.now() + timedelta(days=KEPT_DAYS))
    assert await listed("") == ([], None)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"type": "tidy"}, 422, "invalid-request"),
        ({}, 422, "invalid-request"),
        ({"type": "verify", "params": {"day": 1}}, 422, "unknown-field"),
        ({"type": "verify", "when": "now"}, 422, "unknown-field"),
    ],
)
async def test_what_is_wrong(
    product: Product, body: dict[str, object], status: int, code: str
) -> None:
    """A job that there is not, and what none takes, is refused with what is wrong."""
    answer = await product.client.post(JOBS, json=body, headers=AS_ADMIN)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    for name in ("none", "0195f2a0-7c1e-7b3a-9d52-5d1f0c8e2b11"):
        missing = await product.client.get(f"{JOBS}/{name}", headers=AS_ADMIN)
        assert (missing.status_code, missing.json()["code"]) == (404, "job-not-found")


async def test_where_no_process_runs_jobs() -> None:
    """A server that stores no clicks refuses, and says which setting is missing."""
    transport = httpx.ASGITransport(Api().create())
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        answer = await Product(client, None).ask("verify")  # type: ignore[arg-type]  # never used
        assert (answer.status_code, answer.json()["code"]) == (409, "feature-off")
        assert "REPORTS" in answer.json()["detail"]


def test_states_are_those_of_the_port() -> None:
    """Clients know these words."""
    assert {*AskedState} == {"queued", "running", "succeeded", "failed", "canceled"}
