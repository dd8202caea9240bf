"""Notes on a lead, and whom they mention."""

from collections.abc import Sequence
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain.errors import NotFound
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.leads.visibility import knows, reads_history
from gql_leads.domain.validation import Checking
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import Desk
from gql_leads.services.idempotency import check_key, digest
from gql_leads.services.preconditions import guard
from gql_leads.store import idempotency, notes
from gql_leads.store.access.viewers import viewers_of
from gql_leads.store.unit_of_work import Change

LONGEST_NOTE = 10_000
MOST_MENTIONS = 20


async def add_note(
    desk: Desk, viewer: Viewer, lead_id: UUID, body: str, idempotency_key: str | None = None, mentions: Sequence[UUID] = ()
) -> UUID:
    """Write a note and return its id; mentioned are members who can read it."""
    check = Checking()
    clean = check_note(check, body, "body")
    check.count(mentions, "mentionIds", most=MOST_MENTIONS)
    check_key(check, idempotency_key)
    check.done()
    asked = digest("addLeadNote", lead_id, clean, mentions)
    async with desk.change(viewer) as change:
        # Before the lead is looked at: what was done once is told again, even if it could not be done any more.
        if (made := await idempotency.made_before(change, idempotency_key, asked)) is not None:
            return made
        held = await change.hold(lead_id)
        await _check_mentions(change, held.lead, mentions)
        guard(change, held, LeadAction.ADD_NOTE)
        if (made := await idempotency.once(change, idempotency_key, asked)) is not None:
            return made
        note_id = await write_note(change, held.lead, clean, mentions)
        await idempotency.made(change, idempotency_key, note_id)
    return note_id


def check_note(check: Checking, body: str, *path: str) -> str:
    """The note's text, which may have line breaks and must not be blank."""
    return check.required_text(body, *path, most=LONGEST_NOTE, lines=True)


async def _check_mentions(change: Change, lead: Lead, mentions: Sequence[UUID]) -> None:
    """Raise NotFound for one who could not read the note, or whom the writer does not know."""
    writer, members = change.actor, await viewers_of(change.connection, mentions)
    for number, member_id in enumerate(mentions):
        member = members.get(member_id)
        if member is None or not (knows(writer, member) and reads_history(member, lead.partner_id)):
            raise NotFound(field=("mentionIds", str(number)))


async def write_note(change: Change, lead: Lead, body: str, mentions: Sequence[UUID] = ()) -> UUID:
    """Add the note to the lead, with its history and event."""
    note_id = uuid7()
    await notes.insert(change, note_id, lead, body, mentions)
    await change.save(lead, lead, TimelineKind.NOTE_ADDED, note_id=note_id)
    return note_id
