"""The mutation that logs an activity on a lead."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import IDEMPOTENCY_KEY, LEAD_ID, none_if_unset, optional, required
from gql_leads.api.mutations.payload import INPUT, LeadPayload, lead_payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.activities import ACTIVITIES, Activity
from gql_leads.api.values.ids import decode_id
from gql_leads.api.values.scalars import DateTime
from gql_leads.domain.activities import ActivityKind, NewActivity
from gql_leads.services.leads import activities
from gql_leads.store.sql.rows import from_millis


@strawberry.input
class ActivityInput:
    kind: ActivityKind = required("The kind of activity.")
    subject: str = required("The subject, at most 200 characters.")
    body: str | None = optional("Details, at most 10,000 characters.")
    due_at: DateTime | None = optional("The due time.")
    completed_at: DateTime | None = optional("The time of completion, not in the future; if omitted, the activity is still open.")
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)

    def to_command(self) -> NewActivity:
        """Return the command for the service."""
        due_at, completed_at = none_if_unset(self.due_at), none_if_unset(self.completed_at)
        return NewActivity(
            kind=self.kind,
            subject=self.subject,
            body=none_if_unset(self.body),
            due_at=None if due_at is None else from_millis(due_at),
            completed_at=None if completed_at is None else from_millis(completed_at),
        )


@strawberry.input(description="An activity that was done, or is still to be done. The same `idempotencyKey` logs it once.")
class LogLeadActivityInput(ActivityInput):
    lead_id: strawberry.ID = required(LEAD_ID, id_of="Lead")


@payload
class LogLeadActivityPayload(LeadPayload):
    activity: Activity | None = strawberry.field(description="The activity; null if the mutation was refused.")


@strawberry.type
class LeadActivityMutations:
    @mutation("Log an activity that was done or is still to be done. The viewer becomes its owner.")
    async def log_lead_activity(self, info: Info, input: Annotated[LogLeadActivityInput, INPUT]) -> LogLeadActivityPayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        activity_id = await activities.log_lead_activity(app, viewer, lead_id, input.to_command(), none_if_unset(input.idempotency_key))
        return await lead_payload(info, LogLeadActivityPayload, lead_id, activity=await ACTIVITIES.by_id(info.context, activity_id))
