"""Every way in which the product refuses. HTTP statuses live in `http/statuses.py`."""

from collections.abc import Sequence
from typing import ClassVar

from waypost.domain.access.limits import Decision
from waypost.domain.wrong.values import WrongValue


class DomainError(Exception):
    """Base of all refusals.

    `code` is stable, public and never renamed. The text of the exception is one
    sentence for the person who caused it; it must not carry secrets. Without a
    text, the first line of the class's docstring is used.
    """

    code: ClassVar[str]
    wrong: Sequence[WrongValue] = ()
    """Which values of a request it is about, where that is known."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").partition("\n")[0])

    def at(self, *place: str | int) -> WrongValue:
        """Return what it says about the value at *place*."""
        return WrongValue(place, self.code, str(self))


class LinkNotFound(DomainError):
    """No link has this code."""

    code = "link-not-found"


class LinkDeleted(DomainError):
    """This link was deleted."""

    code = "link-deleted"


class LinkDisabled(DomainError):
    """This link is turned off."""

    code = "link-disabled"


class LinkQuarantined(DomainError):
    """This link may be dangerous: ask the person who gave it to you."""

    code = "link-quarantined"


class LinkNotYetValid(DomainError):
    """This link is not valid yet."""

    code = "link-not-yet-valid"


class LinkExpired(DomainError):
    """This link has expired."""

    code = "link-expired"


class VisitRefused(DomainError):
    """This link is not meant for this visitor."""

    code = "visit-refused"


class OptionConflict(DomainError):
    """The options of a link contradict each other."""

    code = "option-conflict"


class InvalidRules(DomainError):
    """The rules or variants of a link are wrong; see the errors."""

    code = "invalid-rules"

    def __init__(self, wrong: Sequence[WrongValue] = ()) -> None:
        first = f"{wrong[0].pointer}: {wrong[0].detail}" if wrong else ""
        more = f" {len(wrong) - 1} more are wrong; see the errors."
        super().__init__(first + more * (len(wrong) > 1) or None)
        self.wrong = wrong


class InvalidValues(DomainError):
    """A field is missing or of the wrong type; see the errors."""

    code = "invalid-request"

    def __init__(self, wrong: Sequence[WrongValue] = ()) -> None:
        many = f"{len(wrong)} fields are wrong; see the errors."
        super().__init__(many if len(wrong) > 1 else None)
        self.wrong = wrong


class NotAuthenticated(DomainError):
    """A request without a key, or with one that is not known."""

    code = "not-authenticated"

    def __init__(self, message: str = "This needs a key.") -> None:
        super().__init__(
            f"{message} Send one in the header Authorization: Bearer wp_…, or in "
            "X-API-Key. An admin makes keys with `waypost keys create`."
        )


class KeyInactive(DomainError):
    """This key was revoked, or has expired: an admin makes another one."""

    code = "key-inactive"


class ScopeMissing(DomainError):
    """This key lacks the scope that this needs: an admin makes one that has it."""

    code = "scope-missing"

    def __init__(self, required: str = "") -> None:
        super().__init__(
            f"This key lacks the scope {required}: an admin can add it to the key, or "
            "make another one."
            if required
            else None
        )
        self.required = required
        """The scope that is needed."""


class DomainNotAllowed(DomainError):
    """This key is bound to other domains than that of these links."""

    code = "domain-not-allowed"


class ScopeExceedsOwn(DomainError):
    """A key makes no key that permits more than itself, and changes none that does."""

    code = "scope-exceeds-own"


class KeyNotFound(DomainError):
    """No key has this id."""

    code = "key-not-found"


class AbuseReportNotFound(DomainError):
    """No report has this id."""

    code = "abuse-report-not-found"


class KeyRevoked(DomainError):
    """This key was revoked, which is permanent: make another one."""

    code = "key-revoked"


class LastAdmin(DomainError):
    """This is the last key with the scope admin: make another one first."""

    code = "last-admin"


class PreconditionFailed(DomainError):
    """This link has changed since you read it: If-Match does not name its ETag."""

    code = "precondition-failed"


class CodeTaken(DomainError):
    """This code already belongs to another link. Choose a different one."""

    code = "code-taken"


class LinkChangedMeanwhile(DomainError):
    """Another client has changed this link since you read it. Read it again first."""

    code = "link-changed"


class NotRestorable(DomainError):
    """This link is not deleted, or was deleted too long ago to be restored."""

    code = "not-restorable"


class InvalidCode(DomainError):
    """This cannot be a short code."""

    code = "invalid-code"


class ReservedCode(DomainError):
    """This word is reserved for the product's own pages. Choose a different code."""

    code = "reserved-code"


class CodesExhausted(DomainError):
    """Every short code of this length has been handed out."""

    code = "codes-exhausted"


class InvalidTarget(DomainError):
    """Base of all refusals of a target URL; never raised itself."""

    code = "invalid-target"


class TargetMissing(InvalidTarget):
    """The URL is empty."""

    code = "target-missing"


class TargetTooLong(InvalidTarget):
    """The URL is too long."""

    code = "target-too-long"


class TargetHasControlCharacters(InvalidTarget):
    """The URL contains a line break or another control character."""

    code = "target-control-character"


class TargetMalformed(InvalidTarget):
    """This is not an absolute URL such as https://example.com/page."""

    code = "target-malformed"


class TargetSchemeNotAllowed(InvalidTarget):
    """URLs of this scheme may not be shortened here."""

    code = "target-scheme-not-allowed"


class TargetHostInvalid(InvalidTarget):
    """The host name of the URL is missing or not valid."""

    code = "target-host-invalid"


class TargetPortInvalid(InvalidTarget):
    """The port of the URL is not a number from 1 to 65535."""

    code = "target-port-invalid"


class TargetHasCredentials(InvalidTarget):
    """The URL contains a user name or password, which every visitor would see."""

    code = "target-credentials"


class TargetIsOwnLink(InvalidTarget):
    """The URL leads back to this shortener."""

    code = "target-own-link"


class TargetBlocked(InvalidTarget):
    """The URL is on a blocklist of this server: no link may lead there."""

    code = "target-blocked"


class TargetIsShortener(InvalidTarget):
    """The URL leads to another shortener: use the URL to which that one leads."""

    code = "target-shortener"


class InvalidRange(DomainError):
    """The period of a report is empty, or not a period."""

    code = "invalid-range"


class UnknownZone(DomainError):
    """There is no such time zone. Use a name of IANA, such as Europe/Zurich."""

    code = "unknown-zone"


class RangeTooLarge(DomainError):
    """The report needs too much work: choose a shorter period or a coarser interval."""

    code = "range-too-large"


class InvalidCursor(DomainError):
    """The cursor is not one of this list: start again without it."""

    code = "invalid-cursor"


class RateLimited(DomainError):
    """A limit of requests is reached: wait, as the header Retry-After says."""

    code = "rate-limited"

    def __init__(self, decision: Decision | None = None) -> None:
        super().__init__(_of_limit(decision) if decision else None)
        self.decision = decision
        """The refusal by the limit."""


def _of_limit(decision: Decision) -> str:
    policy = decision.policy
    seconds = policy.rate.seconds
    return (
        f"The limit {policy.name} is reached, of {policy.rate.quota} requests in "
        f"{f'{seconds} seconds' if seconds > 1 else 'a second'}: wait for "
        f"{decision.wait_seconds} s, as the header Retry-After says."
    )


class TooManyStreams(DomainError):
    """This server sends as many streams as it can: close one, or try again later."""

    code = "too-many-streams"


class FeatureOff(DomainError):
    """A setting turns this off; the text says which."""

    code = "feature-off"


class BackendUnavailable(DomainError):
    """A server or file that is needed for this does not answer. Try again shortly."""

    code = "backend-unavailable"
    is_deadlock = False
    """Whether two that write waited for each other: the other one goes on, and the same
    may succeed at once."""


class DatabaseUnusable(BackendUnavailable):
    """Base of faults that only the operator can repair; never raised itself."""

    code = "database-unusable"
    advice: ClassVar[str]
    """What the operator has to do, in whole sentences."""


class DatabaseDamaged(DatabaseUnusable):
    """The database is damaged. This server's operator has to restore it."""

    code = "database-damaged"
    advice = (
        "Stop the server, keep a copy of the damaged database, check the disk, and "
        "restore a backup with `waypost restore`. On SQLite, `PRAGMA integrity_check` "
        "lists what is damaged."
    )


class DatabaseGone(DatabaseUnusable):
    """The database's file was deleted or replaced while this server was running."""

    code = "database-gone"
    advice = (
        "Put the file back where it was, or stop the server, restore a backup with "
        "`waypost restore`, and start again. Nothing is written until then; clicks "
        "wait in the journal."
    )


class DatabaseNotWritable(DatabaseUnusable):
    """The database cannot be written: its disk is full, failing or write-protected."""

    code = "database-not-writable"
    advice = (
        "Make room on the disk of the database, or check who may write there. "
        "Clicks wait in the journal meanwhile."
    )


class Unusable(Exception):
    """A start or a command ends: a part is unusable, and the text says what to do."""
