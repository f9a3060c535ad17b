"""Refusals of calls about many links, and of those that are sent again."""

from waypost.domain.errors import DomainError


class IdempotencyKeyReused(DomainError):
    """Another request was sent under this Idempotency-Key: take a new one."""

    code = "idempotency-key-reused"


class IdempotencyInProgress(DomainError):
    """The request that was sent first under this Idempotency-Key still runs."""

    code = "idempotency-in-progress"


class BulkRejected(DomainError):
    """Nothing was done, because another item of the same call failed; see results."""

    code = "bulk-rejected"
