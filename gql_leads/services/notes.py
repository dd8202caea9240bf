"""Edits of notes by their authors."""

from uuid import UUID

from gql_leads.domain.errors import NotFound, NotPermitted
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.history import NOTE_PATH, FieldChange
from gql_leads.domain.validation import Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.notes import check_note
from gql_leads.store import notes
from gql_leads.store.unit_of_work import Annotation


async def update_note(app: AppContext, viewer: Viewer, note_id: UUID, body: str) -> UUID:
    """Replace the text of one's own note, also on an archived lead, and return its id; the history keeps the former text."""
    validator = Validator()
    clean = check_note(validator, body, "body")
    validator.raise_if_invalid()
    async with app.unit_of_work(viewer) as uow:
        locked = await uow.lock_first(notes.lead_of(viewer, note_id))
        note = None if locked is None else await notes.record(uow.connection, note_id)
        if locked is None or note is None:
            raise NotFound(field=("noteId",))
        if note.author_id != viewer.member_id:
            raise NotPermitted("Only its author may edit this note.")
        if clean != note.body:
            await notes.edit(uow, note_id, clean)
            changes = (FieldChange(NOTE_PATH, note.body, clean),)
            annotation = Annotation(note.partner_id, note_id=note_id)
            await uow.save(locked.lead, locked.lead, TimelineKind.NOTE_EDITED, annotation=annotation, extra_changes=changes)
    return note_id
