"""Routes that ask for jobs, and look at them, under `/api/v1/jobs`."""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Body, Path, Request, Response

from waypost.api import idempotency_key as repeats
from waypost.api.access.guard import KEY_REFUSALS, GuardedRoute, cause_of, needs
from waypost.api.context import ApiContext, context_of
from waypost.api.documents.openapi import answer_like, refusals
from waypost.api.jobs.bodies import (
    JOB_EXAMPLE,
    JOB_ID,
    NEW_JOB_EXAMPLES,
    JobList,
    JobView,
    NewJob,
)
from waypost.api.listing.answers import list_answers
from waypost.api.listing.pages import decode_id_cursor, encode_cursor, page_of
from waypost.api.listing.parameters import PAGING, page_limit
from waypost.api.repeats.once import Once, answered
from waypost.api.reports.parameters import Parameter, documented
from waypost.api.reports.queries import values_of
from waypost.domain.access.scopes import KeyScope
from waypost.domain.errors import FeatureOff
from waypost.domain.jobs.asked import ACTIVE, AskedJob, AskedState, AskedType
from waypost.domain.jobs.errors import JobNotFound
from waypost.http.statuses import BODY_REFUSALS, STORE_REFUSALS
from waypost.ports.batch.asked_jobs import AskedJobs
from waypost.services.jobs.asking import ask_for_job, cancel_job, find_job

_PREFIX: Final = "/api/v1/jobs"
_POLL_SECONDS: Final = "2"
_ALWAYS: Final = ("internal-error", *STORE_REFUSALS)
_OF_LIST: Final = (
    Parameter(
        name="type",
        description="Only jobs of this type. Repeat it for several.",
        example="archive",
        values=tuple(AskedType),
        is_repeatable=True,
    ),
    Parameter(
        name="state",
        description="Only jobs in this state. Repeat it for several.",
        example="running",
        values=tuple(AskedState),
        is_repeatable=True,
    ),
    *PAGING,
)
_OF_NEW: Final = (
    Parameter(
        name="dry_run",
        description="`true`: count what the job would do, and do nothing.",
        example="true",
        values=("true", "false"),
    ),
)

JobId = Annotated[str, Path(description="The job's id.", examples=[JOB_ID])]

router = APIRouter(prefix=_PREFIX, tags=["jobs"], route_class=GuardedRoute)


@router.get(
    "",
    operation_id="list_jobs",
    summary="List jobs",
    response_description="The jobs, the newest first.",
    responses=list_answers(JOB_EXAMPLE),
    openapi_extra=documented(_OF_LIST) | needs(KeyScope.ADMIN),
)
async def list_jobs(request: Request) -> JobList:
    """List the jobs that were asked for over the API. They are kept for 30 days.

    What servers and commands run by themselves is shown by `waypost jobs status`.
    """
    values = values_of(request, _OF_LIST)
    types = [one for one in AskedType if one in values.get("type", AskedType)]
    states = [one for one in AskedState if one in values.get("state", AskedState)]
    of = "-".join([*types, *states])
    limit = page_limit(values)
    before = [decode_id_cursor(text, of) for text in values.get("cursor", [])]
    jobs = context_of(request).jobs
    if jobs is None:
        return JobList(data=[], next_cursor=None)
    found = await jobs.page(
        types, states, before_id=before[0] if before else None, limit=limit + 1
    )
    shown, last = page_of(found, limit)
    return JobList(
        data=[JobView.of(one) for one in shown],
        next_cursor=encode_cursor(last.id, of) if last else None,
    )


@router.post(
    "",
    operation_id="ask_for_job",
    summary="Run a job",
    status_code=HTTPStatus.ACCEPTED,
    response_description="It waits, or runs; `Location` says where to look.",
    responses={
        HTTPStatus.ACCEPTED.value: answer_like("job", JOB_EXAMPLE),
        **refusals(
            *KEY_REFUSALS,
            "unknown-parameter",
            "job-running",
            "feature-off",
            *BODY_REFUSALS,
            *repeats.REFUSALS,
            *_ALWAYS,
        ),
    },
    response_model=JobView,
    openapi_extra=documented(_OF_NEW, repeats.PARAMETER) | needs(KeyScope.ADMIN),
)
async def ask(
    wanted: Annotated[NewJob, Body(openapi_examples=NEW_JOB_EXAMPLES)],
    request: Request,
) -> Response:
    """Have the process that stores clicks run a job.

    If that process is killed, it begins the job again: what is done already is not
    done twice.
    """
    is_dry_run = values_of(request, _OF_NEW).get("dry_run") == ["true"]
    return await answered(request, partial(_ask, wanted.type, is_dry_run, request))


async def _ask(
    kind: AskedType,
    is_dry_run: bool,  # noqa: FBT001  # bound by `partial`
    request: Request,
    once: Once | None,
) -> Response:
    context = context_of(request)
    job = await ask_for_job(
        kind,
        is_dry_run=is_dry_run,
        by=cause_of(request),
        jobs=_able(context, kind),
        clock=context.links.clock,
        answer_of=once and (lambda one: once.keeping(_asked(one, context))),
    )
    return _asked(job, context)


def _asked(job: AskedJob, context: ApiContext) -> Response:
    """Return the answer that a job was asked for."""
    response = _shown(job)
    response.status_code = HTTPStatus.ACCEPTED
    response.headers["Location"] = f"{context.base_url}{_PREFIX}/{job.id}"
    response.headers["Retry-After"] = _POLL_SECONDS
    return response


def _shown(job: AskedJob) -> Response:
    body = JobView.of(job).model_dump_json()
    return Response(body, media_type="application/json")


@router.get(
    "/{id}",
    operation_id="get_job",
    summary="Look at a job",
    response_description="The job; `Retry-After` says when to look again.",
    responses={
        HTTPStatus.OK.value: answer_like("job", JOB_EXAMPLE),
        **refusals(*KEY_REFUSALS, "job-not-found", *_ALWAYS),
    },
    openapi_extra=needs(KeyScope.ADMIN),
)
async def get_job(
    id: JobId,  # noqa: A002 - the name in the path
    request: Request,
    response: Response,
) -> JobView:
    """Return how a job stands."""
    job = await find_job(id, jobs=_kept(context_of(request)))
    if job.state in ACTIVE:
        response.headers["Retry-After"] = _POLL_SECONDS
    return JobView.of(job)


@router.post(
    "/{id}/cancel",
    operation_id="cancel_job",
    summary="Cancel a job",
    response_description="The job; one that runs ends some seconds later.",
    responses={
        HTTPStatus.OK.value: answer_like("job", JOB_EXAMPLE),
        **refusals(
            *KEY_REFUSALS,
            "job-not-found",
            "job-finished",
            *repeats.REFUSALS,
            *_ALWAYS,
        ),
    },
    response_model=JobView,
    openapi_extra=needs(KeyScope.ADMIN) | repeats.DOCUMENTED,
)
async def cancel(
    id: JobId,  # noqa: A002 - the name in the path
    request: Request,
) -> Response:
    """Cancel a job that waits or runs. What it has done stays done."""
    return await answered(request, partial(_cancel, id, request))


async def _cancel(job_id: str, request: Request, once: Once | None) -> Response:
    context = context_of(request)
    job = await cancel_job(
        job_id,
        is_dry_run=context.is_dry_run,
        by=cause_of(request),
        jobs=_kept(context),
        clock=context.links.clock,
        answer_of=once and (lambda one: once.keeping(_shown(one))),
    )
    return _shown(job)


def _kept(context: ApiContext) -> AskedJobs:
    """Return the jobs; where none can be asked for, there is none."""
    if context.jobs is None:
        raise JobNotFound
    return context.jobs


def _able(context: ApiContext, kind: AskedType) -> AskedJobs:
    """Return the jobs, if one of *kind* can be run with the settings.

    Raises:
        FeatureOff: It cannot.
    """
    if context.jobs is None:
        raise FeatureOff(
            "Jobs work on stored clicks, and this server stores none: set REPORTS=true "
            "and a DATABASE_URL that lasts."
        )
    if kind in context.jobs_off:
        raise FeatureOff(context.jobs_off[kind])
    return context.jobs
