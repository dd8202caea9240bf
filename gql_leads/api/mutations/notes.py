"""Mutations that add a note to an opportunity, and that edit a note."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import IDEMPOTENCY_KEY, none_if_unset, optional, required
from gql_leads.api.mutations.payload import INPUT, Payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.notes import NOTES, Note
from gql_leads.api.types.opportunities import Opportunity, opportunity_by_id
from gql_leads.api.values.ids import decode_id
from gql_leads.services import notes


@strawberry.input(description="A new note. The same `idempotencyKey` creates one note.")
class AddOpportunityNoteInput:
    opportunity_id: strawberry.ID = required("The opportunity, open or closed.", id_of="Opportunity")
    body: str = required("The text, at most 10,000 characters.")
    mention_ids: list[strawberry.ID] | None = optional(
        "Members to mention, at most 20; they must be able to read the note.", id_of="Member"
    )
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)


@strawberry.input(description="The new text of a note.")
class UpdateNoteInput:
    note_id: strawberry.ID = required("The note, of which the viewer must be the author.", id_of="Note")
    body: str = required("The text, at most 10,000 characters.")


@payload
class AddOpportunityNotePayload(Payload):
    note: Note | None = strawberry.field(description="The note; null if the mutation was refused.")
    opportunity: Opportunity | None = strawberry.field(description="The opportunity; null if the mutation was refused.")


@payload
class UpdateNotePayload(Payload):
    note: Note | None = strawberry.field(description="The note after the change; null if the mutation was refused.")


@strawberry.type
class NoteMutations:
    @mutation(
        "Add a note to an opportunity: by members of its partner, channel managers and administrators. The members in `mentionIds` are"
        " notified."
    )
    async def add_opportunity_note(self, info: Info, input: Annotated[AddOpportunityNoteInput, INPUT]) -> AddOpportunityNotePayload | None:
        context, opportunity_id = info.context, decode_id("Opportunity", input.opportunity_id)
        mentions, key = [decode_id("Member", one) for one in none_if_unset(input.mention_ids) or ()], none_if_unset(input.idempotency_key)
        note_id = await notes.add_opportunity_note(context.app, context.viewer, opportunity_id, input.body, key, mentions)
        note, opportunity = await NOTES.by_id(context, note_id), await opportunity_by_id(context, opportunity_id)
        return AddOpportunityNotePayload(errors=[], note=note, opportunity=opportunity)

    @mutation(
        "Replace the text of a note of a lead or an opportunity, by its author; the mentions stay. The timeline says that it was edited,"
        " and keeps the former text."
    )
    async def update_note(self, info: Info, input: Annotated[UpdateNoteInput, INPUT]) -> UpdateNotePayload | None:
        note_id = await notes.update_note(info.context.app, info.context.viewer, decode_id("Note", input.note_id), input.body)
        return UpdateNotePayload(errors=[], note=await NOTES.by_id(info.context, note_id))
