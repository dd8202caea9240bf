"""Notes on a lead, and whom they mention."""

from collections.abc import Sequence
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain.errors import NotFound
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.leads.visibility import knows, reads_history
from gql_leads.domain.validation import Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.idempotency import check_key, request_hash
from gql_leads.services.preconditions import require
from gql_leads.store import idempotency, notes
from gql_leads.store.access.viewers import viewers_of
from gql_leads.store.unit_of_work import UnitOfWork

LONGEST_NOTE = 10_000
MOST_MENTIONS = 20


async def add_lead_note(
    app: AppContext, viewer: Viewer, lead_id: UUID, body: str, idempotency_key: str | None = None, mentions: Sequence[UUID] = ()
) -> UUID:
    """Write a note and return its id; mentioned are members who can read it."""
    validator = Validator()
    clean = check_note(validator, body, "body")
    validator.count(mentions, "mentionIds", most=MOST_MENTIONS)
    check_key(validator, idempotency_key)
    validator.done()
    asked = request_hash("addLeadNote", lead_id, clean, mentions)
    async with app.unit_of_work(viewer) as uow:
        # Before the lead is looked at: what was done once is told again, even if it could not be done any more.
        if (made := await idempotency.lookup(uow, idempotency_key, asked)) is not None:
            return made
        locked = await uow.lock_lead(lead_id)
        await _check_mentions(uow, locked.lead, mentions)
        require(uow, locked, LeadAction.ADD_NOTE)
        if (made := await idempotency.reserve(uow, idempotency_key, asked)) is not None:
            return made
        note_id = await write_note(uow, locked.lead, clean, mentions)
        await idempotency.store_result(uow, idempotency_key, note_id)
    return note_id


def check_note(validator: Validator, body: str, *path: str) -> str:
    """The note's text, which may have line breaks and must not be blank."""
    return validator.required_text(body, *path, most=LONGEST_NOTE, lines=True)


async def _check_mentions(uow: UnitOfWork, lead: Lead, mentions: Sequence[UUID]) -> None:
    """Raise NotFound for one who could not read the note, or whom the writer does not know."""
    writer, members = uow.actor, await viewers_of(uow.connection, mentions)
    for number, member_id in enumerate(mentions):
        member = members.get(member_id)
        if member is None or not (knows(writer, member) and reads_history(member, lead.partner_id)):
            raise NotFound(field=("mentionIds", str(number)))


async def write_note(uow: UnitOfWork, lead: Lead, body: str, mentions: Sequence[UUID] = ()) -> UUID:
    """Add the note to the lead, with its history and event."""
    note_id = uuid7()
    await notes.insert(uow, note_id, lead, body, mentions)
    await uow.save(lead, lead, TimelineKind.NOTE_ADDED, note_id=note_id)
    return note_id
