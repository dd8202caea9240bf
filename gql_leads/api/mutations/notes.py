"""The mutation that edits a note."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import required
from gql_leads.api.mutations.payload import INPUT, Payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.notes import NOTES, Note
from gql_leads.api.values.ids import decode_id
from gql_leads.services import notes


@strawberry.input(description="The new text of a note.")
class UpdateNoteInput:
    note_id: strawberry.ID = required("The note, of which the viewer must be the author.", id_of="Note")
    body: str = required("The text, at most 10,000 characters.")


@payload
class UpdateNotePayload(Payload):
    note: Note | None = strawberry.field(description="The note after the change; null if the mutation was refused.")


@strawberry.type
class NoteMutations:
    @mutation(
        "Replace the text of a note of a lead or an opportunity, by its author; the mentions stay. The timeline says that it was edited,"
        " and keeps the former text."
    )
    async def update_note(self, info: Info, input: Annotated[UpdateNoteInput, INPUT]) -> UpdateNotePayload | None:
        note_id = await notes.update_note(info.context.app, info.context.viewer, decode_id("Note", input.note_id), input.body)
        return UpdateNotePayload(errors=[], note=await NOTES.by_id(info.context, note_id))
