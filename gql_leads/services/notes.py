"""Notes on opportunities, and edits of notes by their authors."""

from collections.abc import Sequence
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain import permissions
from gql_leads.domain.errors import NotFound, NotPermitted
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.history import NOTE_PATH, FieldChange
from gql_leads.domain.values.validation import Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.annotations import lock_parent, record_change
from gql_leads.services.app_context import AppContext
from gql_leads.services.idempotency import check_key, request_hash
from gql_leads.services.leads.notes import MOST_MENTIONS, check_mentions, check_note
from gql_leads.services.opportunities import lock_opportunity
from gql_leads.store import idempotency, notes
from gql_leads.store.notes import StoredNote
from gql_leads.store.unit_of_work import Annotation


async def add_opportunity_note(
    app: AppContext, viewer: Viewer, opportunity_id: UUID, body: str, idempotency_key: str | None = None, mentions: Sequence[UUID] = ()
) -> UUID:
    """Add a note to an opportunity, open or closed, and return its id.

    Only members who can read it may be mentioned.
    """
    validator = Validator()
    clean = check_note(validator, body, "body")
    validator.count(mentions, "mentionIds", most=MOST_MENTIONS)
    check_key(validator, idempotency_key)
    validator.raise_if_invalid()
    request = request_hash("addOpportunityNote", opportunity_id, clean, mentions)
    async with app.unit_of_work(viewer) as uow:
        if (existing := await idempotency.lookup(uow, idempotency_key, request)) is not None:
            return existing
        opportunity = await lock_opportunity(uow, opportunity_id, "opportunityId")
        await check_mentions(uow, opportunity.partner_id, mentions)
        permissions.NOTE_OPPORTUNITIES.require(viewer)
        if (existing := await idempotency.reserve(uow, idempotency_key, request)) is not None:
            return existing
        note = StoredNote(uuid7(), None, opportunity.id, opportunity.partner_id, viewer.member_id, clean)
        await notes.insert(uow, note, mentions)
        await record_change(uow, opportunity, TimelineKind.NOTE_ADDED, Annotation(note.partner_id, note_id=note.id))
        await idempotency.store_result(uow, idempotency_key, note.id)
    return note.id


async def update_note(app: AppContext, viewer: Viewer, note_id: UUID, body: str) -> UUID:
    """Replace the text of one's own note, also on an archived lead, and return its id.

    The history keeps the former text.
    """
    validator = Validator()
    clean = check_note(validator, body, "body")
    validator.raise_if_invalid()
    async with app.unit_of_work(viewer) as uow:
        note = await notes.record(uow.connection, note_id)
        if note is None:
            raise NotFound(field=("noteId",))
        annotation = Annotation(note.partner_id, note_id=note_id)
        parent = await lock_parent(uow, annotation, note.opportunity_id, "noteId")
        if note.author_id != viewer.member_id:
            raise NotPermitted("Only its author may edit this note.")
        note = await notes.record(uow.connection, note_id)  # as it is under the lock
        if note is not None and clean != note.body:
            await notes.edit(uow, note_id, clean)
            await record_change(uow, parent, TimelineKind.NOTE_EDITED, annotation, (FieldChange(NOTE_PATH, note.body, clean),))
    return note_id
