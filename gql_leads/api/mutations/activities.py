"""Mutations that log activities of opportunities, and that complete, change and delete those of leads too."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry.types.unset import UnsetType

from gql_leads.api.mutations.input_fields import none_if_unset, optional, required, to_unset
from gql_leads.api.mutations.leads.activities import ActivityInput
from gql_leads.api.mutations.payload import INPUT, LeadPayload, Payload, lead_payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.activities import ACTIVITIES, Activity
from gql_leads.api.types.opportunities import Opportunity, opportunity_by_id
from gql_leads.api.values.ids import decode_id, encode_id
from gql_leads.api.values.scalars import DateTime
from gql_leads.domain.commands import ActivityFields
from gql_leads.domain.values.validation import UNSET, Unset
from gql_leads.services import activities
from gql_leads.store.sql.rows import from_millis


@strawberry.input(description="An activity that was done, or is still to be done. The same `idempotencyKey` logs it once.")
class LogOpportunityActivityInput(ActivityInput):
    opportunity_id: strawberry.ID = required("The opportunity, open or closed.", id_of="Opportunity")


@strawberry.input(description="The activity to complete.")
class CompleteActivityInput:
    activity_id: strawberry.ID = required("The activity.", id_of="Activity")


@strawberry.input(description="Changes to an activity. Omitted fields stay; an explicit null clears a field.")
class UpdateActivityInput:
    activity_id: strawberry.ID = required("The activity.", id_of="Activity")
    subject: str | None = optional("The subject, at most 200 characters.")
    body: str | None = optional("Details, at most 10,000 characters.")
    due_at: DateTime | None = optional("The due time.")
    completed_at: DateTime | None = optional("The time of completion, not in the future; null opens it again.")
    owner_id: strawberry.ID | None = optional("The member who does it from now on: an active member of the partner.", id_of="Member")

    def to_command(self) -> ActivityFields:
        """Return the command for the service."""
        owner_id = to_unset(self.owner_id)
        return ActivityFields(
            subject=to_unset(self.subject),
            body=to_unset(self.body),
            due_at=_instant(self.due_at),
            completed_at=_instant(self.completed_at),
            owner_id=decode_id("Member", owner_id) if isinstance(owner_id, str) else owner_id,
        )


def _instant(value: DateTime | UnsetType | None) -> datetime | Unset | None:
    return UNSET if isinstance(value, UnsetType) else None if value is None else from_millis(value)


@strawberry.input(description="The activity to delete.")
class DeleteActivityInput:
    activity_id: strawberry.ID = required("The activity.", id_of="Activity")


@payload
class LogOpportunityActivityPayload(Payload):
    activity: Activity | None = strawberry.field(description="The activity; null if the mutation was refused.")
    opportunity: Opportunity | None = strawberry.field(description="The opportunity; null if the mutation was refused.")


@payload
class CompleteActivityPayload(LeadPayload):
    activity: Activity | None = strawberry.field(description="The activity; null if the mutation was refused.")
    opportunity: Opportunity | None = strawberry.field(
        description="The opportunity of the activity; null if the mutation was refused, and for an activity of a lead."
    )


@payload
class UpdateActivityPayload(Payload):
    activity: Activity | None = strawberry.field(description="The activity after the change; null if the mutation was refused.")


@payload
class DeleteActivityPayload(Payload):
    deleted_activity_id: strawberry.ID | None = strawberry.field(description="The id; null if the mutation was refused.")


WHO = "By its owner or a referral admin of its partner, also on an archived lead."


@strawberry.type
class ActivityMutations:
    @mutation("Log an activity on an opportunity that was done or is still to be done. The viewer becomes its owner.")
    async def log_opportunity_activity(
        self, info: Info, input: Annotated[LogOpportunityActivityInput, INPUT]
    ) -> LogOpportunityActivityPayload | None:
        context, opportunity_id = info.context, decode_id("Opportunity", input.opportunity_id)
        key = none_if_unset(input.idempotency_key)
        activity_id = await activities.log_opportunity_activity(context.app, context.viewer, opportunity_id, input.to_command(), key)
        activity, opportunity = await ACTIVITIES.by_id(context, activity_id), await opportunity_by_id(context, opportunity_id)
        return LogOpportunityActivityPayload(errors=[], activity=activity, opportunity=opportunity)

    @mutation(
        "Mark an activity as completed now. Members may complete each other's activities while they may log them; a completed one does not"
        " change."
    )
    async def complete_activity(self, info: Info, input: Annotated[CompleteActivityInput, INPUT]) -> CompleteActivityPayload | None:
        context = info.context
        done = await activities.complete_activity(context.app, context.viewer, decode_id("Activity", input.activity_id))
        activity = await ACTIVITIES.by_id(context, done.id)
        if done.lead_id is not None:
            return await lead_payload(info, CompleteActivityPayload, done.lead_id, activity=activity, opportunity=None)
        assert done.opportunity_id is not None, "an activity belongs to a lead or to an opportunity"
        opportunity = await opportunity_by_id(context, done.opportunity_id)
        return CompleteActivityPayload(errors=[], activity=activity, lead=None, opportunity=opportunity)

    @mutation(f"Reschedule, reword, hand over or reopen an activity. {WHO}")
    async def update_activity(self, info: Info, input: Annotated[UpdateActivityInput, INPUT]) -> UpdateActivityPayload | None:
        context = info.context
        after = await activities.update_activity(context.app, context.viewer, decode_id("Activity", input.activity_id), input.to_command())
        return UpdateActivityPayload(errors=[], activity=await ACTIVITIES.by_id(context, after.id))

    @mutation(f"Delete an activity; the timeline keeps what it was. {WHO}")
    async def delete_activity(self, info: Info, input: Annotated[DeleteActivityInput, INPUT]) -> DeleteActivityPayload | None:
        activity_id: UUID = decode_id("Activity", input.activity_id)
        await activities.delete_activity(info.context.app, info.context.viewer, activity_id)
        return DeleteActivityPayload(errors=[], deleted_activity_id=encode_id("Activity", activity_id))
