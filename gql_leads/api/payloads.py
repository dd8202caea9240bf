"""What mutations answer, and the one mechanism by which a refusal becomes data."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar
from uuid import UUID

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.base import StrawberryList, StrawberryOptional
from strawberry.types.field import StrawberryField

from gql_leads.api.context import Info
from gql_leads.api.errors import UserError, user_errors
from gql_leads.api.history import Note
from gql_leads.api.ids import sought_or_none
from gql_leads.api.inputs import ClaimNextLeadInput
from gql_leads.api.lead import Lead
from gql_leads.api.making import made
from gql_leads.api.organisation import ClaimAllowance, LeadQueue, allowance_of
from gql_leads.api.reading import lead_by_id
from gql_leads.api.scalars import URL, DateTime, EventCursor
from gql_leads.api.selection import Selection
from gql_leads.domain.errors import BadInput, Refusal


@strawberry.type(description="What a mutation did.")
class Payload:
    given: strawberry.Private[object] = None
    """The input of a mutation that was refused."""
    errors: list[UserError] = strawberry.field(description="Why nothing was changed; empty where it was done.")


@strawberry.type(description="What a mutation did with a lead.")
class LeadPayload(Payload):
    lead: Lead | None = strawberry.field(
        description="The lead after the change; null where it was refused, or is out of the viewer's sight now."
    )


GIVEN: Final = strawberry.argument(description="What is asked for.")


def _answers(mutation: str) -> str:
    return f"What `{mutation}` did."


@strawberry.type(description=_answers("updateLeadStatus"))
class UpdateLeadStatusPayload(LeadPayload):
    pass


@strawberry.type(description=_answers("updateLead"))
class UpdateLeadPayload(LeadPayload):
    pass


@strawberry.type(description=_answers("acceptLead"))
class AcceptLeadPayload(LeadPayload):
    pass


@strawberry.type(description=_answers("declineLead"))
class DeclineLeadPayload(LeadPayload):
    pass


@strawberry.type(description=_answers("updateLeadDeal"))
class UpdateLeadDealPayload(LeadPayload):
    pass


@strawberry.type(description=_answers("qualifyLead"))
class QualifyLeadPayload(LeadPayload):
    pass


@strawberry.type(description=_answers("markLeadWon"))
class MarkLeadWonPayload(LeadPayload):
    pass


@strawberry.type(description=_answers("markLeadLost"))
class MarkLeadLostPayload(LeadPayload):
    pass


@strawberry.type(description=_answers("favoriteLead"))
class FavoriteLeadPayload(LeadPayload):
    pass


@strawberry.type(description=_answers("unfavoriteLead"))
class UnfavoriteLeadPayload(LeadPayload):
    pass


@strawberry.type(description=_answers("releaseLead"))
class ReleaseLeadPayload(LeadPayload):
    pass


@strawberry.type(description=_answers("assignLead"))
class AssignLeadPayload(LeadPayload):
    pass


@strawberry.type(description=_answers("createLead"))
class CreateLeadPayload(LeadPayload):
    pass


@strawberry.type(description=_answers("addLeadNote"))
class AddLeadNotePayload(LeadPayload):
    note: Note | None = strawberry.field(description="The note; null where it was refused.")


@strawberry.type(description=_answers("claimLead"))
class ClaimLeadPayload(LeadPayload):
    queue_id: strawberry.Private[UUID | None] = None

    @strawberry.field(description="What the viewer's partner may still take from the queue the lead came from.")
    async def allowance(self, info: Info) -> ClaimAllowance | None:
        return None if self.queue_id is None else await allowance_of(info.context, self.queue_id)


@strawberry.type(description=_answers("claimNextLead"))
class ClaimNextLeadPayload(LeadPayload):
    queue_id: strawberry.Private[UUID | None] = None

    @strawberry.field(description="Of the queue the lead came from; without a lead, of the queue asked for, else null.")
    async def allowance(self, info: Info) -> ClaimAllowance | None:
        asked = sought_or_none("LeadQueue", self.given.queue_id) if isinstance(self.given, ClaimNextLeadInput) else None
        queue_id = self.queue_id or asked
        return None if queue_id is None else await allowance_of(info.context, queue_id)


@strawberry.type(description=_answers("deleteLead"))
class DeleteLeadPayload(Payload):
    deleted_lead_id: strawberry.ID | None = strawberry.field(description="The lead that is gone; null where it was refused.")


@strawberry.type(description="What became of one lead. In the order of the ids given.")
class BulkLeadResult:
    lead_id: strawberry.ID = strawberry.field(description="The id as it was given.")
    lead: Lead | None = strawberry.field(description="The lead after the change; null where it was refused, or is not there now.")
    errors: list[UserError] = strawberry.field(description="Why it was not changed; empty where it was.")


@strawberry.type(description="What a mutation did with many leads.")
class BulkPayload(Payload):
    results: list[BulkLeadResult] = strawberry.field(description="One for each id, in the order given.")


@strawberry.type(description=_answers("updateLeadStatuses"))
class UpdateLeadStatusesPayload(BulkPayload):
    pass


@strawberry.type(description=_answers("deleteLeads"))
class DeleteLeadsPayload(BulkPayload):
    pass


@strawberry.type(description=_answers("restoreLeads"))
class RestoreLeadsPayload(BulkPayload):
    pass


@strawberry.type(description=_answers("clearTestLeads"))
class ClearTestLeadsPayload(Payload):
    deleted_count: int = strawberry.field(description="How many leads are gone; 0 where it was refused.")


@strawberry.type(description=_answers("saveQueue"))
class SaveQueuePayload(Payload):
    queue: LeadQueue | None = strawberry.field(description="The queue; null where it was refused.")


@strawberry.type(description="A CSV of exactly the leads the query lists, at a signed link that streams it.")
class LeadExport:
    filename: str = strawberry.field(description="`Leads_mmddyyyy.csv`")
    url: URL = strawberry.field(description="The link; it needs no header.")
    expires_at: DateTime = strawberry.field(description="Until when the link can be opened.")
    row_count: int = strawberry.field(description="How many leads there were when the link was made.")
    event_cursor: EventCursor = strawberry.field(description="Subscribe from here, and the file and the stream together miss nothing.")


@strawberry.type(description=_answers("exportLeads"))
class ExportLeadsPayload(Payload):
    export: LeadExport | None = strawberry.field(description="The export; null where it was refused.")


Answer = TypeVar("Answer", bound=LeadPayload)


async def answered(info: Info, kind: type[Answer], lead_id: UUID, **more: Any) -> Answer:
    """The payload of a change that was committed, with what was selected of the lead as it is now."""
    asked = Selection.under(info).fields(kind.__name__)
    lead = await lead_by_id(info.context, lead_id, asked["lead"]) if "lead" in asked else None
    return kind(errors=[], lead=lead, **more)


class RefusalsAsData(FieldExtension):
    """Answers a refusal with the mutation's own payload: its `errors` filled, its objects null, its lists empty, its counts 0."""

    def apply(self, field: StrawberryField) -> None:
        """Learn the payload's type from the mutation's."""
        self._field = field

    async def resolve_async(self, next_: Callable[..., Awaitable[Any]], source: Any, info: Any, **given: Any) -> Any:
        """Do it, or say why not."""
        info.context.tried = {}  # what the mutation before only tried
        try:
            return await next_(source, info, **given)
        except (Refusal, BadInput) as refusal:
            return self._refused(refusal, given["input"])

    def _refused(self, refusal: Refusal | BadInput, given: object) -> Any:
        kind: Any = self._field.type.of_type if isinstance(self._field.type, StrawberryOptional) else self._field.type
        nothing: dict[str, Any] = {
            field.python_name: [] if isinstance(field.type, StrawberryList) else 0 if field.type is int else None
            for field in kind.__strawberry_definition__.fields
        }
        return made(kind, **{**nothing, "errors": user_errors(refusal), "given": given})


def mutation(description: str) -> Callable[[Callable[..., Any]], Any]:
    """A mutation whose refusals are data."""
    decorate: Callable[[Callable[..., Any]], Any] = strawberry.mutation(description=description, extensions=[RefusalsAsData()])
    return decorate
