"""The mutation that creates and changes queues."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import optional, to_unset
from gql_leads.api.mutations.payload import INPUT, Payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.queues import LeadQueue, queue_by_id
from gql_leads.api.values.ids import decode_ids, decode_optional_id
from gql_leads.domain import commands
from gql_leads.services import queues


@strawberry.input(description="A queue to make, or to change. What is left out stays; an explicit null clears it.")
class SaveQueueInput:
    queue_id: strawberry.ID | None = optional("The queue to change; left out, a new one is made.")
    name: str | None = optional("What people call it. Required for a new one.")
    partner_ids: list[strawberry.ID] | None = optional("Who may claim; an empty list: every active partner.")
    max_open_claims_per_partner: int | None = optional("How many open claims one partner may have. Null: no limit.")
    max_claims_per_partner_per_day: int | None = optional("How many leads one partner may claim a day. Null: no limit.")

    def to_command(self) -> commands.SaveQueue:
        """The queue as it came."""
        return commands.SaveQueue(
            queue_id=decode_optional_id("LeadQueue", self.queue_id),
            name=to_unset(self.name),
            partner_ids=decode_ids("Partner", self.partner_ids),
            max_open_claims=to_unset(self.max_open_claims_per_partner),
            max_claims_per_day=to_unset(self.max_claims_per_partner_per_day),
        )


@payload
class SaveQueuePayload(Payload):
    queue: LeadQueue | None = strawberry.field(description="The queue; null where it was refused.")


@strawberry.type
class QueueMutations:
    @mutation("Make a queue, or change one. Lists and streams follow a change of who may claim from it.")
    async def save_queue(self, info: Info, input: Annotated[SaveQueueInput, INPUT]) -> SaveQueuePayload | None:
        queue_id = await queues.save_queue(info.context.app, info.context.viewer, input.to_command())
        return SaveQueuePayload(errors=[], queue=await queue_by_id(info.context, queue_id))
