"""The mutation that creates and changes queues."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import IDEMPOTENCY_KEY, none_if_unset, optional, to_unset
from gql_leads.api.mutations.payload import INPUT, Payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.queues import LeadQueue, queue_by_id
from gql_leads.api.values.ids import decode_ids, decode_optional_id
from gql_leads.domain import commands
from gql_leads.services import queues


@strawberry.input(description="A new queue, or changes to an existing one. Omitted fields stay; an explicit null clears a field.")
class SaveQueueInput:
    queue_id: strawberry.ID | None = optional("The queue to change; if omitted, a new one is created.", id_of="LeadQueue")
    name: str | None = optional("The name. Required for a new one.")
    partner_ids: list[strawberry.ID] | None = optional(
        "The partners that may claim; an empty list means every active partner.", id_of="Partner"
    )
    max_open_claims_per_partner: int | None = optional("The maximum number of open claims per partner. Null means no limit.")
    max_claims_per_partner_per_day: int | None = optional("The maximum number of claims per partner and day. Null means no limit.")

    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)

    def to_command(self) -> commands.SaveQueue:
        """Return the command for the service."""
        return commands.SaveQueue(
            queue_id=decode_optional_id("LeadQueue", self.queue_id),
            name=to_unset(self.name),
            partner_ids=decode_ids("Partner", self.partner_ids),
            max_open_claims=to_unset(self.max_open_claims_per_partner),
            max_claims_per_day=to_unset(self.max_claims_per_partner_per_day),
        )


@payload
class SaveQueuePayload(Payload):
    queue: LeadQueue | None = strawberry.field(description="The queue; null if the mutation was refused.")


@strawberry.type
class QueueMutations:
    @mutation("Create a queue, or change one. Lists and subscriptions take a change of its partners into account.")
    async def save_queue(self, info: Info, input: Annotated[SaveQueueInput, INPUT]) -> SaveQueuePayload | None:
        app, viewer, key = info.context.app, info.context.viewer, none_if_unset(input.idempotency_key)
        queue_id = await queues.save_queue(app, viewer, input.to_command(), key)
        return SaveQueuePayload(errors=[], queue=await queue_by_id(info.context, queue_id))
