"""Errors that the service reports to clients.

    LeadsError
    ├── Refusal                     a rule forbids the change: data in a payload's `errors`
    │   ├── Invalid                 one or more invalid fields
    │   ├── NotFound
    │   ├── NotPermitted
    │   ├── VersionConflict
    │   ├── InvalidTransition
    │   ├── LeadAlreadyClaimed
    │   ├── QualificationIncomplete
    │   ├── ClaimLimitReached
    │   ├── QueueEmpty
    │   └── SignInRefused
    └── RequestError                the request is invalid: a GraphQL error with a code
        ├── BadInput
        ├── CursorExpired
        ├── Forbidden
        ├── Unauthenticated
        └── Unavailable
            └── StorageFull

The docstring of an exception is its message unless one is given, so it is written for users of the API.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gql_leads.domain.leads.actions import LeadAction, Requirement
from gql_leads.domain.leads.lead import LeadStage


class LeadsError(Exception):
    """Something went wrong."""

    def __init__(self, message: str | None = None, *, field: tuple[str, ...] | None = None) -> None:
        self.message = message or " ".join((self.__doc__ or "").split())
        self.field = field
        super().__init__(self.message)


class Refusal(LeadsError):
    """This cannot be done."""


@dataclass(frozen=True, slots=True)
class InvalidField:
    """Invalid input field: its path, and a sentence for users that says how to correct it."""

    field: tuple[str, ...]
    message: str


class Invalid(Refusal):
    """Some fields are not right."""

    def __init__(self, invalid_fields: Sequence[InvalidField]) -> None:
        super().__init__(" ".join(fault.message for fault in invalid_fields))
        self.invalid_fields = tuple(invalid_fields)


class NotFound(Refusal):
    """There is no such object, or none that you may see."""


def not_yours(what: str, *field: str) -> NotFound:
    """Return the refusal of another partner's object that everybody may see, such as a published listing."""
    return NotFound(f"This is the {what} of another partner. Choose one of your own partner's.", field=field)


class NotPermitted(Refusal):
    """Your roles do not permit this."""


class VersionConflict(Refusal):
    """It was changed since you read it. Read it again and repeat the change if you still want it."""

    def __init__(self, current_version: int, record_type: str | None = None, record_id: UUID | None = None) -> None:
        """Name the record by the type and id that the API has for it; None for what has no id."""
        super().__init__(field=("expectedVersion",))
        self.current_version = current_version
        self.record_type = record_type
        self.record_id = record_id


class InvalidTransition(Refusal):
    """The lead's stage does not allow this."""

    def __init__(self, message: str | None, stage: LeadStage, allowed: Sequence[LeadAction]) -> None:
        super().__init__(message)
        self.stage = stage
        self.allowed_actions = tuple(allowed)


class LeadAlreadyClaimed(Refusal):
    """Somebody was faster: the lead is already claimed."""

    def __init__(self, claimed_at: datetime) -> None:
        super().__init__()
        self.claimed_at = claimed_at


class QualificationIncomplete(Refusal):
    """The lead must be qualified first."""

    def __init__(self, missing: Sequence[Requirement]) -> None:
        names = ", ".join(requirement.value.lower().replace("_", " ") for requirement in missing)
        super().__init__(f"The lead must be qualified first. Still missing: {names}.")
        self.missing = tuple(missing)


class ClaimLimitReached(Refusal):
    """Your partner has reached the limit of this queue."""

    def __init__(self, message: str, limit: int, resets_at: datetime | None) -> None:
        super().__init__(message)
        self.limit = limit
        self.resets_at = resets_at


class QueueEmpty(Refusal):
    """There is nothing to claim right now."""


class SignInRefused(Refusal):
    """The address or the password is wrong, or this member cannot sign in."""


class RequestError(LeadsError):
    """The request cannot be answered."""

    code = "BAD_USER_INPUT"


class BadInput(RequestError):
    """An argument is not right."""


class CursorExpired(RequestError):
    """This cursor is older than the event log reaches. Read the list again and subscribe from its eventCursor."""

    code = "CURSOR_EXPIRED"


class Forbidden(RequestError):
    """Your roles do not permit this."""

    code = "FORBIDDEN"


class Unauthenticated(RequestError):
    """Sign in first: send a bearer token in the Authorization header."""

    code = "UNAUTHENTICATED"


class Unavailable(RequestError):
    """The service cannot reach its database right now. Try again in a moment."""

    code = "SERVICE_UNAVAILABLE"


class StorageFull(Unavailable):
    """The server has no space left to save changes. Try again later; its operator has to free some."""
