"""Domain errors in GraphQL: refusals as `UserError` objects, request errors as errors with a code."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import strawberry

from gql_leads.api.resolving.context import Info
from gql_leads.api.resolving.references import load_reference
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.node import Node
from gql_leads.api.values import enums  # noqa: F401 - an enum must be described before a type names it
from gql_leads.api.values.scalars import DateTime
from gql_leads.domain import errors
from gql_leads.domain.leads.actions import LeadAction, Requirement
from gql_leads.domain.leads.lead import LeadStage
from gql_leads.store.sql.rows import to_millis

MESSAGE = "The reason, and what to do about it, in a sentence for people."
FIELD = "The path of the invalid input field."


@strawberry.interface(description="The reason why a mutation was refused. Show `message`; `__typename` and its fields are for programs.")
class UserError:
    message: str = strawberry.field(description=MESSAGE)
    field: list[str] | None = strawberry.field(description=FIELD)


@strawberry.type(description="A field of the input is invalid.")
class InvalidInput(UserError):
    pass


@strawberry.type(description="The object does not exist, or the viewer may not see it; the two are not distinguished.")
class NotFound(UserError):
    pass


@strawberry.type(description="The viewer's roles do not permit this.")
class NotPermitted(UserError):
    pass


@strawberry.type(description="The action is not possible in the lead's stage.")
class InvalidTransition(UserError):
    stage: LeadStage = strawberry.field(description="The stage of the lead.")
    allowed_actions: list[LeadAction] = strawberry.field(description="The actions that the viewer may take instead.")


@strawberry.type(description="The lead must be qualified before this is allowed.")
class QualificationIncomplete(UserError):
    missing: list[Requirement] = strawberry.field(description="The missing steps.")


@strawberry.type(description="Another partner has claimed the lead.")
class LeadAlreadyClaimed(UserError):
    claimed_at: DateTime = strawberry.field(description="The time of the claim.")


@strawberry.type(description="The viewer's partner has reached a claim limit of the queue.")
class ClaimLimitReached(UserError):
    limit: int = strawberry.field(description="The limit that was reached.")
    resets_at: DateTime | None = strawberry.field(description="The time when the daily count restarts; null for the limit of open claims.")


@strawberry.type(description="No lead can be claimed.")
class QueueEmpty(UserError):
    pass


@strawberry.type(description="The one answer to a wrong address, a wrong password and a member who may not sign in.")
class SignInRefused(UserError):
    pass


@strawberry.type(description="The object was changed after `expectedVersion`.")
class VersionConflict(UserError):
    current_version: int = strawberry.field(description="The current version.")
    record_type: strawberry.Private[str | None] = None
    record_id: strawberry.Private[UUID | None] = None

    @strawberry.field(
        description="The object as it is now and as the viewer may see it; null for the assignment rules, and if it was deleted meanwhile."
    )
    async def current(self, info: Info) -> Node | None:
        if self.record_type is None:
            return None
        found: Node | None = await load_reference(info.context, self.record_type, self.record_id, Selection.under(info))
        return found


USER_ERRORS = [
    InvalidInput, NotFound, NotPermitted, InvalidTransition, QualificationIncomplete,
    LeadAlreadyClaimed, ClaimLimitReached, QueueEmpty, SignInRefused, VersionConflict,
]  # fmt: skip


def user_errors(refusal: errors.LeadsError) -> list[UserError]:
    """Return a refusal as the errors of a payload: one for each invalid field, or one in all."""
    if isinstance(refusal, errors.Invalid):
        return [InvalidInput(message=fault.message, field=list(fault.field)) for fault in refusal.invalid_fields]
    common: dict[str, Any] = {"message": refusal.message, "field": list(refusal.field) if refusal.field else None}
    match refusal:
        case errors.BadInput():
            return [InvalidInput(**common)]
        case errors.NotFound():
            return [NotFound(**common)]
        case errors.NotPermitted():
            return [NotPermitted(**common)]
        case errors.VersionConflict():
            return [_version_conflict(refusal, common)]
        case errors.InvalidTransition():
            return [InvalidTransition(**common, stage=refusal.stage, allowed_actions=list(refusal.allowed_actions))]
        case errors.LeadAlreadyClaimed():
            return [LeadAlreadyClaimed(**common, claimed_at=DateTime(to_millis(refusal.claimed_at)))]
        case errors.QualificationIncomplete():
            return [QualificationIncomplete(**common, missing=list(refusal.missing))]
        case errors.ClaimLimitReached():
            resets_at = None if refusal.resets_at is None else DateTime(to_millis(refusal.resets_at))
            return [ClaimLimitReached(**common, limit=refusal.limit, resets_at=resets_at)]
        case errors.SignInRefused():
            return [SignInRefused(**common)]
        case errors.QueueEmpty():
            return [QueueEmpty(**common)]
    raise refusal


def _version_conflict(refusal: errors.VersionConflict, common: dict[str, Any]) -> VersionConflict:
    return VersionConflict(**common, current_version=refusal.current_version, record_type=refusal.record_type, record_id=refusal.record_id)


def describe_error(exception: BaseException) -> tuple[str, str, Mapping[str, Any]] | None:
    """Return message, code and further extensions of a request error; None for exceptions that clients must not see."""
    if isinstance(exception, errors.RequestError):
        return exception.message, exception.code, {}
    return None
