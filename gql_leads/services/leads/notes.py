"""Notes on a lead and their mentions of members."""

from collections.abc import Sequence
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain.errors import NotFound
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.leads.visibility import can_read_history, can_see_member
from gql_leads.domain.values.validation import Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.idempotency import check_key, request_hash
from gql_leads.services.preconditions import require
from gql_leads.store import idempotency, notes
from gql_leads.store.access.viewers import viewers_of
from gql_leads.store.notes import StoredNote
from gql_leads.store.unit_of_work import Annotation, UnitOfWork

LONGEST_NOTE = 10_000
MOST_MENTIONS = 20


async def add_lead_note(
    app: AppContext, viewer: Viewer, lead_id: UUID, body: str, idempotency_key: str | None = None, mentions: Sequence[UUID] = ()
) -> UUID:
    """Add a note and return its id; only members who can read it may be mentioned."""
    validator = Validator()
    clean = check_note(validator, body, "body")
    validator.count(mentions, "mentionIds", most=MOST_MENTIONS)
    check_key(validator, idempotency_key)
    validator.raise_if_invalid()
    request = request_hash("addLeadNote", lead_id, clean, mentions)
    async with app.unit_of_work(viewer) as uow:
        # Look the key up before the lead: a repetition returns its result even if the action is not allowed any more.
        if (existing := await idempotency.lookup(uow, idempotency_key, request)) is not None:
            return existing
        locked = await uow.lock_lead(lead_id)
        await check_mentions(uow, locked.lead.partner_id, mentions)
        require(uow, locked, LeadAction.ADD_NOTE)
        if (existing := await idempotency.reserve(uow, idempotency_key, request)) is not None:
            return existing
        note_id = await write_note(uow, locked.lead, clean, mentions)
        await idempotency.store_result(uow, idempotency_key, note_id)
    return note_id


def check_note(validator: Validator, body: str, *path: str) -> str:
    """Return the note's text, stripped; line breaks are allowed, a blank text is an error."""
    return validator.required_text(body, *path, most=LONGEST_NOTE, lines=True)


async def check_mentions(uow: UnitOfWork, holder: UUID | None, mentions: Sequence[UUID]) -> None:
    """Raise NotFound for a member who is hidden from the author, or cannot read the history of this partner."""
    author, members = uow.actor, await viewers_of(uow.connection, mentions)
    for number, member_id in enumerate(mentions):
        member = members.get(member_id)
        if member is None or not (can_see_member(author, member) and can_read_history(member, holder)):
            raise NotFound(field=("mentionIds", str(number)))


async def write_note(uow: UnitOfWork, lead: Lead, body: str, mentions: Sequence[UUID] = ()) -> UUID:
    """Write a checked note with its history entry and event, and return its id."""
    note = StoredNote(uuid7(), lead.id, None, lead.partner_id, uow.actor.member_id, body)
    await notes.insert(uow, note, mentions)
    await uow.save(lead, lead, TimelineKind.NOTE_ADDED, annotation=Annotation(note.partner_id, note_id=note.id))
    return note.id
