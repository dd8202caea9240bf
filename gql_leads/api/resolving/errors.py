"""How a refusal is said: as data in a mutation's payload, or as a GraphQL error with a code."""

from collections.abc import Mapping
from typing import Any

import strawberry

from gql_leads.api.values import enums  # noqa: F401 - an enum must be described before a type names it
from gql_leads.api.values.scalars import DateTime
from gql_leads.domain import errors
from gql_leads.domain.leads.actions import LeadAction, Requirement
from gql_leads.domain.leads.lead import LeadStage
from gql_leads.store.sql.rows import to_millis

MESSAGE = "What is wrong, and what to do about it, in a sentence for people."
FIELD = "Path of the input field at fault."


@strawberry.interface(description="A rule that says no. Read `message`, and `__typename` with the facts where you want more.")
class UserError:
    message: str = strawberry.field(description=MESSAGE)
    field: list[str] | None = strawberry.field(description=FIELD)


@strawberry.type(description="A field of the input is not right.")
class InvalidInput(UserError):
    pass


@strawberry.type(description="No such object, or none that the viewer may know of: the two are not told apart.")
class NotFound(UserError):
    pass


@strawberry.type(description="The viewer's roles do not permit this.")
class NotPermitted(UserError):
    pass


@strawberry.type(description="The lead's stage does not offer this.")
class InvalidTransition(UserError):
    stage: LeadStage = strawberry.field(description="The stage the lead is in.")
    allowed_actions: list[LeadAction] = strawberry.field(description="What the viewer may do with the lead instead.")


@strawberry.type(description="The lead must be qualified before this is allowed.")
class QualificationIncomplete(UserError):
    missing: list[Requirement] = strawberry.field(description="What is still to be established.")


@strawberry.type(description="Somebody was faster.")
class LeadAlreadyClaimed(UserError):
    claimed_at: DateTime = strawberry.field(description="When the lead was claimed.")


@strawberry.type(description="The viewer's partner has taken as much from the queue as it may.")
class ClaimLimitReached(UserError):
    limit: int = strawberry.field(description="The limit that was reached.")
    resets_at: DateTime | None = strawberry.field(description="When the day's claims are counted anew; null where open claims are limited.")


@strawberry.type(description="There is nothing to claim.")
class QueueEmpty(UserError):
    pass


@strawberry.type(description="It was changed since the version that was expected.")
class VersionConflict(UserError):
    current_version: int = strawberry.field(description="The version it has now.")


USER_ERRORS = [
    InvalidInput, NotFound, NotPermitted, InvalidTransition, QualificationIncomplete,
    LeadAlreadyClaimed, ClaimLimitReached, QueueEmpty, VersionConflict,
]  # fmt: skip


def user_errors(refusal: errors.LeadsError) -> list[UserError]:
    """What a payload says of a refusal: one error, unless several fields are at fault."""
    if isinstance(refusal, errors.Invalid):
        return [InvalidInput(message=fault.message, field=list(fault.field)) for fault in refusal.faults]
    said: dict[str, Any] = {"message": refusal.message, "field": list(refusal.field) if refusal.field else None}
    match refusal:
        case errors.BadInput():
            return [InvalidInput(**said)]
        case errors.NotFound():
            return [NotFound(**said)]
        case errors.NotPermitted():
            return [NotPermitted(**said)]
        case errors.VersionConflict():
            return [VersionConflict(**said, current_version=refusal.current_version)]
        case errors.InvalidTransition():
            return [InvalidTransition(**said, stage=refusal.stage, allowed_actions=list(refusal.allowed_actions))]
        case errors.LeadAlreadyClaimed():
            return [LeadAlreadyClaimed(**said, claimed_at=DateTime(to_millis(refusal.claimed_at)))]
        case errors.QualificationIncomplete():
            return [QualificationIncomplete(**said, missing=list(refusal.missing))]
        case errors.ClaimLimitReached():
            resets_at = None if refusal.resets_at is None else DateTime(to_millis(refusal.resets_at))
            return [ClaimLimitReached(**said, limit=refusal.limit, resets_at=resets_at)]
        case errors.QueueEmpty():
            return [QueueEmpty(**said)]
    raise refusal


def describe_error(exception: BaseException) -> tuple[str, str, Mapping[str, Any]] | None:
    """Message, code and further extensions of an exception that a client may see; None for every other."""
    if isinstance(exception, errors.RequestError):
        return exception.message, exception.code, {}
    return None
