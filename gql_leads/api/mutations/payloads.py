"""What mutations answer, and the one mechanism by which a refusal becomes data."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar, dataclass_transform
from uuid import UUID

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.base import StrawberryList, StrawberryOptional
from strawberry.types.field import StrawberryField

from gql_leads.api.mutations.inputs import ClaimNextLeadInput
from gql_leads.api.resolving.construction import made
from gql_leads.api.resolving.context import Info
from gql_leads.api.resolving.errors import UserError, user_errors
from gql_leads.api.resolving.lead_lists import lead_by_id
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types.lead import Lead
from gql_leads.api.types.notes import Note
from gql_leads.api.types.queues import ClaimAllowance, LeadQueue, allowance_of
from gql_leads.api.values.ids import decode_optional_id
from gql_leads.api.values.scalars import URL, DateTime, EventCursor
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


Made = TypeVar("Made", bound=Payload)
GIVEN: Final = strawberry.argument(description="What is asked for.")


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def payload(cls: type[Made]) -> type[Made]:
    """The type that a mutation answers with: `saveQueue` with `SaveQueuePayload`."""
    name = cls.__name__.removesuffix("Payload")
    return strawberry.type(cls, description=f"What `{name[0].lower()}{name[1:]}` did.")


@payload
class UpdateLeadStatusPayload(LeadPayload):
    pass


@payload
class UpdateLeadPayload(LeadPayload):
    pass


@payload
class AcceptLeadPayload(LeadPayload):
    pass


@payload
class DeclineLeadPayload(LeadPayload):
    pass


@payload
class UpdateLeadDealPayload(LeadPayload):
    pass


@payload
class QualifyLeadPayload(LeadPayload):
    pass


@payload
class MarkLeadWonPayload(LeadPayload):
    pass


@payload
class MarkLeadLostPayload(LeadPayload):
    pass


@payload
class FavoriteLeadPayload(LeadPayload):
    pass


@payload
class UnfavoriteLeadPayload(LeadPayload):
    pass


@payload
class ReleaseLeadPayload(LeadPayload):
    pass


@payload
class AssignLeadPayload(LeadPayload):
    pass


@payload
class CreateLeadPayload(LeadPayload):
    pass


@payload
class AddLeadNotePayload(LeadPayload):
    note: Note | None = strawberry.field(description="The note; null where it was refused.")


@payload
class ClaimLeadPayload(LeadPayload):
    queue_id: strawberry.Private[UUID | None] = None

    @strawberry.field(description="What the viewer's partner may still take from the queue the lead came from.")
    async def allowance(self, info: Info) -> ClaimAllowance | None:
        return None if self.queue_id is None else await allowance_of(info.context, self.queue_id)


@payload
class ClaimNextLeadPayload(LeadPayload):
    queue_id: strawberry.Private[UUID | None] = None

    @strawberry.field(description="Of the queue the lead came from; without a lead, of the queue asked for, else null.")
    async def allowance(self, info: Info) -> ClaimAllowance | None:
        asked = decode_optional_id("LeadQueue", self.given.queue_id) if isinstance(self.given, ClaimNextLeadInput) else None
        queue_id = self.queue_id or asked
        return None if queue_id is None else await allowance_of(info.context, queue_id)


@payload
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


@payload
class UpdateLeadStatusesPayload(BulkPayload):
    pass


@payload
class DeleteLeadsPayload(BulkPayload):
    pass


@payload
class RestoreLeadsPayload(BulkPayload):
    pass


@payload
class ClearTestLeadsPayload(Payload):
    deleted_count: int = strawberry.field(description="How many leads are gone; 0 where it was refused.")


@payload
class SaveQueuePayload(Payload):
    queue: LeadQueue | None = strawberry.field(description="The queue; null where it was refused.")


@strawberry.type(description="A CSV of exactly the leads the query lists, at a signed link that streams it.")
class LeadExport:
    filename: str = strawberry.field(description="`Leads_mmddyyyy.csv`")
    url: URL = strawberry.field(description="The link; it needs no header.")
    expires_at: DateTime = strawberry.field(description="Until when the link can be opened.")
    row_count: int = strawberry.field(description="How many leads there were when the link was made.")
    event_cursor: EventCursor = strawberry.field(description="Subscribe from here, and the file and the stream together miss nothing.")


@payload
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
