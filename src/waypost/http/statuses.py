"""The only place that knows which HTTP status a refusal has."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from waypost.domain import errors
from waypost.domain.bulk import errors as bulk_errors
from waypost.domain.campaigns import errors as campaign_errors
from waypost.domain.domains import errors as domain_errors
from waypost.domain.jobs import errors as job_errors
from waypost.domain.listing import errors as listing_errors
from waypost.domain.naming import errors as naming_errors
from waypost.domain.passwords import errors as password_errors
from waypost.domain.qr import errors as qr_errors
from waypost.domain.tags import errors as tag_errors
from waypost.domain.titles import errors as title_errors

STATUSES: Final[Mapping[type[errors.DomainError], HTTPStatus]] = {
    errors.LinkNotFound: HTTPStatus.NOT_FOUND,
    errors.LinkDeleted: HTTPStatus.GONE,
    errors.LinkDisabled: HTTPStatus.GONE,
    errors.LinkQuarantined: HTTPStatus.FORBIDDEN,
    errors.LinkNotYetValid: HTTPStatus.NOT_FOUND,
    errors.LinkExpired: HTTPStatus.GONE,
    errors.VisitRefused: HTTPStatus.FORBIDDEN,
    password_errors.PasswordRequired: HTTPStatus.UNAUTHORIZED,
    password_errors.WrongPassword: HTTPStatus.UNAUTHORIZED,
    password_errors.TooManyAttempts: HTTPStatus.TOO_MANY_REQUESTS,
    errors.CodeTaken: HTTPStatus.CONFLICT,
    errors.LinkChangedMeanwhile: HTTPStatus.CONFLICT,
    bulk_errors.IdempotencyKeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    bulk_errors.IdempotencyInProgress: HTTPStatus.CONFLICT,
    naming_errors.ExternalIdTaken: HTTPStatus.CONFLICT,
    naming_errors.OwnLinksOnly: HTTPStatus.FORBIDDEN,
    bulk_errors.BulkRejected: HTTPStatus.UNPROCESSABLE_ENTITY,
    domain_errors.DomainNotFound: HTTPStatus.NOT_FOUND,
    domain_errors.DomainExists: HTTPStatus.CONFLICT,
    domain_errors.DomainInUse: HTTPStatus.CONFLICT,
    domain_errors.CaseCollision: HTTPStatus.CONFLICT,
    domain_errors.InvalidHost: HTTPStatus.UNPROCESSABLE_ENTITY,
    qr_errors.InvalidLogo: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotRestorable: HTTPStatus.CONFLICT,
    errors.NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    errors.KeyInactive: HTTPStatus.UNAUTHORIZED,
    errors.ScopeMissing: HTTPStatus.FORBIDDEN,
    errors.DomainNotAllowed: HTTPStatus.FORBIDDEN,
    errors.ScopeExceedsOwn: HTTPStatus.FORBIDDEN,
    errors.KeyNotFound: HTTPStatus.NOT_FOUND,
    tag_errors.TagNotFound: HTTPStatus.NOT_FOUND,
    job_errors.JobNotFound: HTTPStatus.NOT_FOUND,
    job_errors.JobIsRunning: HTTPStatus.CONFLICT,
    job_errors.JobHasFinished: HTTPStatus.CONFLICT,
    tag_errors.TagExists: HTTPStatus.CONFLICT,
    campaign_errors.UtmTemplateNotFound: HTTPStatus.NOT_FOUND,
    errors.AbuseReportNotFound: HTTPStatus.NOT_FOUND,
    errors.KeyRevoked: HTTPStatus.CONFLICT,
    errors.LastAdmin: HTTPStatus.CONFLICT,
    errors.PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    errors.InvalidCode: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.ReservedCode: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.OptionConflict: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.InvalidRules: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.InvalidValues: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.InvalidTarget: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TargetMissing: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TargetTooLong: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TargetHasControlCharacters: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TargetMalformed: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TargetSchemeNotAllowed: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TargetHostInvalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TargetPortInvalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TargetHasCredentials: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TargetIsOwnLink: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TargetBlocked: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TargetIsShortener: HTTPStatus.UNPROCESSABLE_ENTITY,
    title_errors.TargetPrivate: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.InvalidRange: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UnknownZone: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.RangeTooLarge: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.InvalidCursor: HTTPStatus.UNPROCESSABLE_ENTITY,
    listing_errors.SortNeedsFilter: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    errors.TooManyStreams: HTTPStatus.TOO_MANY_REQUESTS,
    errors.FeatureOff: HTTPStatus.CONFLICT,
    errors.CodesExhausted: HTTPStatus.INSUFFICIENT_STORAGE,
    errors.BackendUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.DatabaseUnusable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.DatabaseDamaged: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.DatabaseGone: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.DatabaseNotWritable: HTTPStatus.SERVICE_UNAVAILABLE,
}

_NEVER_RAISED: Final = {errors.InvalidTarget, errors.DatabaseUnusable}


TARGET_REFUSALS: Final = tuple(
    error.code for error in STATUSES if error.__base__ is errors.InvalidTarget
)
"""The codes of faults of a target."""
STORE_REFUSALS: Final = tuple(
    error.code
    for error in STATUSES
    if issubclass(error, errors.BackendUnavailable) and error not in _NEVER_RAISED
)
"""The codes of faults of the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorKind:
    """One kind of refusal, as clients see it."""

    code: str
    """Stable and never renamed."""
    status: HTTPStatus
    detail: str
    """One sentence or two for the person who caused it."""


NO_SUCH_PAGE: Final = ErrorKind(
    code="not-found",
    status=HTTPStatus.NOT_FOUND,
    detail="There is nothing at this address. See /docs for what there is.",
)
LINK_EXHAUSTED: Final = ErrorKind(
    code="link-exhausted",
    status=HTTPStatus.GONE,
    detail="So many people have passed as the link allows.",
)
PREFETCH_REFUSED: Final = ErrorKind(
    code="prefetch-refused",
    status=HTTPStatus.SERVICE_UNAVAILABLE,
    detail="Only so many people may follow this link, so that it is not loaded early.",
)
INTERNAL_ONLY: Final = ErrorKind(
    code="internal-only",
    status=HTTPStatus.FORBIDDEN,
    detail="This is for operators: the server's setting INTERNAL_ADDRESSES does not "
    "have your address, and you do not send the bearer token of INTERNAL_TOKEN.",
)
METHOD_NOT_ALLOWED: Final = ErrorKind(
    code="method-not-allowed",
    status=HTTPStatus.METHOD_NOT_ALLOWED,
    detail="This address does not take this method; the header Allow lists those "
    "that it takes.",
)
MALFORMED_JSON: Final = ErrorKind(
    code="malformed-json",
    status=HTTPStatus.BAD_REQUEST,
    detail="The body is not complete and valid JSON in UTF-8.",
)
UNSUPPORTED_MEDIA_TYPE: Final = ErrorKind(
    code="unsupported-media-type",
    status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    detail="Send JSON, with the header Content-Type: application/json.",
)
INVALID_REQUEST: Final = ErrorKind(
    code=errors.InvalidValues.code,
    status=STATUSES[errors.InvalidValues],
    detail=str(errors.InvalidValues()),
)
UNKNOWN_FIELD: Final = ErrorKind(
    code="unknown-field",
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    detail="The body has a field that this request does not take, and nothing was "
    "done; see the errors.",
)
UNKNOWN_PARAMETER: Final = ErrorKind(
    code="unknown-parameter",
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    detail="The query has a parameter that this request does not take; see the errors.",
)
QUERY_TOO_LONG: Final = ErrorKind(
    code="query-too-long",
    status=HTTPStatus.REQUEST_URI_TOO_LONG,
    detail="The query is longer than 32 KiB, or has more than 200 parameters.",
)
BODY_TOO_LARGE: Final = ErrorKind(
    code="body-too-large",
    status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    detail="The body is larger than 64 KiB.",
)
TOO_MANY_ITEMS: Final = ErrorKind(
    code="too-many-items",
    status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    detail="A call takes 10,000 items at most: send several, or a stream of JSON "
    "Lines (Content-Type: application/jsonl), which takes any number.",
)
REQUEST_TIMEOUT: Final = ErrorKind(
    code="request-timeout",
    status=HTTPStatus.REQUEST_TIMEOUT,
    detail="The request did not arrive in time.",
)
INTERNAL_ERROR: Final = ErrorKind(
    code="internal-error",
    status=HTTPStatus.INTERNAL_SERVER_ERROR,
    detail="Something went wrong here. The server's log has the details under this "
    "request's id.",
)
# Refused at the connection, before there is a complete request.
MALFORMED_REQUEST: Final = ErrorKind(
    code="malformed-request",
    status=HTTPStatus.BAD_REQUEST,
    detail="These bytes are not an HTTP request.",
)
HEAD_TOO_LARGE: Final = ErrorKind(
    code="head-too-large",
    status=HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    detail="The request line with its headers is too long.",
)

BODY_REFUSALS: Final = tuple(
    kind.code
    for kind in (
        MALFORMED_JSON,
        REQUEST_TIMEOUT,
        BODY_TOO_LARGE,
        UNSUPPORTED_MEDIA_TYPE,
        INVALID_REQUEST,
        UNKNOWN_FIELD,
    )
)
"""The codes of faults that every body in JSON can have."""

_OF_HTTP: Final = (
    NO_SUCH_PAGE,
    LINK_EXHAUSTED,
    PREFETCH_REFUSED,
    INTERNAL_ONLY,
    METHOD_NOT_ALLOWED,
    MALFORMED_JSON,
    UNSUPPORTED_MEDIA_TYPE,
    UNKNOWN_FIELD,
    UNKNOWN_PARAMETER,
    QUERY_TOO_LONG,
    BODY_TOO_LARGE,
    TOO_MANY_ITEMS,
    REQUEST_TIMEOUT,
    INTERNAL_ERROR,
    MALFORMED_REQUEST,
    HEAD_TOO_LARGE,
)


def _kinds() -> Iterator[ErrorKind]:
    for error, status in STATUSES.items():
        if error not in _NEVER_RAISED:
            yield ErrorKind(code=error.code, status=status, detail=str(error()))
    yield from _OF_HTTP


ERRORS: Final[Mapping[str, ErrorKind]] = {kind.code: kind for kind in _kinds()}
"""Every kind of refusal that a client can meet, by its code."""
