"""Notes on a lead."""

from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain.actions import LeadAction
from gql_leads.domain.checking import Checking
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.lead import Lead
from gql_leads.domain.viewer import Viewer
from gql_leads.services.desk import Desk
from gql_leads.services.guarding import hold_for
from gql_leads.services.repeating import check_key, digest
from gql_leads.store.changes import Change

LONGEST_NOTE = 10_000


async def add_note(desk: Desk, viewer: Viewer, lead_id: UUID, body: str, idempotency_key: str | None = None) -> UUID:
    """Write a note and return its id."""
    check = Checking()
    clean = check_note(check, body, "body")
    check_key(check, idempotency_key)
    check.done()
    asked = digest("addLeadNote", lead_id, clean)
    async with desk.change(viewer) as change:
        # Before the lead is looked at: what was done once is told again, even if it could not be done any more.
        if (made := await change.made_before(idempotency_key, asked)) is not None:
            return made
        lead = await hold_for(change, lead_id, LeadAction.ADD_NOTE)
        if (made := await change.once(idempotency_key, asked)) is not None:
            return made
        note_id = await write_note(change, lead, clean)
        await change.made(idempotency_key, note_id)
    return note_id


def check_note(check: Checking, body: str, *path: str) -> str:
    """The note's text, which may have line breaks and must not be blank."""
    return check.required_text(body, *path, most=LONGEST_NOTE, lines=True)


async def write_note(change: Change, lead: Lead, body: str) -> UUID:
    """Add the note to the lead, with its history and event."""
    note_id = uuid7()
    await change.connection.execute(
        "INSERT INTO note (id, lead_id, partner_id, author_id, body, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        note_id, lead.id, lead.partner_id, change.actor.member_id, body, change.now, change.now,
    )  # fmt: skip
    await change.save(lead, lead, TimelineKind.NOTE_ADDED, note_id=note_id)
    return note_id
