"""Memberships of campaigns, notes and claims of many new leads at once."""

from collections import Counter
from collections.abc import Sequence

from uuid_utils.compat import uuid7

from gql_leads.domain.claims import day_of, open_claim
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.history import FieldChange
from gql_leads.domain.leads.lead import Lead
from gql_leads.store import queues
from gql_leads.store.campaigns import Campaign
from gql_leads.store.notes import StoredNote
from gql_leads.store.sql.bulk_insert import insert_rows
from gql_leads.store.sql.rows import attributes_of
from gql_leads.store.unit_of_work import Annotation, UnitOfWork


async def insert_memberships(uow: UnitOfWork, members: Sequence[tuple[Lead, Campaign]]) -> None:
    """Add new leads to their campaigns."""
    rows = [{"campaign_id": campaign.id, "lead_id": lead.id, "joined_at": uow.now, "responded": False} for lead, campaign in members]
    await insert_rows(uow.connection, "campaign_membership", rows)
    for lead, campaign in members:
        await uow.record_entry(lead, TimelineKind.CAMPAIGN_JOINED, (FieldChange("campaigns", None, campaign.name),))


async def insert_notes(uow: UnitOfWork, notes: Sequence[tuple[Lead, str]]) -> None:
    """Add a note to each of these new leads."""
    made = [StoredNote(uuid7(), lead.id, None, lead.partner_id, uow.actor.member_id, body) for lead, body in notes]
    times = {"created_at": uow.now, "updated_at": uow.now}
    await insert_rows(uow.connection, "note", [attributes_of(note) | times for note in made])
    for (lead, _), note in zip(notes, made, strict=True):
        await uow.record_entry(lead, TimelineKind.NOTE_ADDED, (), Annotation(note.partner_id, note_id=note.id))


async def insert_claims(uow: UnitOfWork, leads: Sequence[Lead]) -> None:
    """Record the claims by which these new leads came to their partners, and count the open ones."""
    claimed = [lead for lead in leads if lead.claimed_at is not None and lead.owner_id is not None and lead.partner_id is not None]
    rows = [
        {
            "lead_id": lead.id, "queue_id": lead.origin_queue_id, "partner_id": lead.partner_id, "member_id": lead.owner_id,
            "claimed_at": lead.claimed_at,
        }
        for lead in claimed
    ]  # fmt: skip
    await insert_rows(uow.connection, "claim", rows)
    counted = Counter(key for lead in leads if (key := open_claim(lead)) is not None)
    if counted:
        steps = [(*key, counted[key], 0) for key in sorted(counted)]
        await uow.connection.execute(queues.counting(steps, day_of(uow.now)))
