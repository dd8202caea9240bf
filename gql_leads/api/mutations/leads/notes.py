"""The mutation that adds a note to a lead."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import IDEMPOTENCY_KEY, LEAD_ID, none_if_unset, optional, required
from gql_leads.api.mutations.payload import INPUT, LeadPayload, lead_payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.notes import NOTES, Note
from gql_leads.api.values.ids import decode_id
from gql_leads.services.leads import notes


@strawberry.input(description="A new note. The same `idempotencyKey` creates one note.")
class AddLeadNoteInput:
    lead_id: strawberry.ID = required(LEAD_ID, id_of="Lead")
    body: str = required("The text, at most 10,000 characters.")
    mention_ids: list[strawberry.ID] | None = optional(
        "Members to mention, at most 20; they must be able to read the note.", id_of="Member"
    )
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)


@payload
class AddLeadNotePayload(LeadPayload):
    note: Note | None = strawberry.field(description="The note; null if the mutation was refused.")


@strawberry.type
class LeadNoteMutations:
    @mutation("Add a note to a lead. The members in `mentionIds` are notified.")
    async def add_lead_note(self, info: Info, input: Annotated[AddLeadNoteInput, INPUT]) -> AddLeadNotePayload | None:
        app, viewer, lead_id = info.context.app, info.context.viewer, decode_id("Lead", input.lead_id)
        mentions = [decode_id("Member", one) for one in none_if_unset(input.mention_ids) or ()]
        note_id = await notes.add_lead_note(app, viewer, lead_id, input.body, none_if_unset(input.idempotency_key), mentions)
        return await lead_payload(info, AddLeadNotePayload, lead_id, note=await NOTES.by_id(info.context, note_id))
