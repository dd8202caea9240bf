"""Demo histories equal the services' results.

Each demo lead is repeated through the services, step by step, at the times and by the members of its steps.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from gql_leads.demo import leads as demo_leads
from gql_leads.demo.campaigns import insert_campaigns
from gql_leads.demo.lead_history import LeadHistory
from gql_leads.demo.organization import Person, insert_organization
from gql_leads.demo.steps import FINAL_STATES
from gql_leads.domain.activities import NewActivity
from gql_leads.domain.commands import Assignee, Conversion, DealFields, MoneyFields, QualificationFields, TeamMemberFields
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.values.codes import CURRENCIES
from gql_leads.services.app_context import AppContext
from gql_leads.services.campaigns import set_campaign_membership
from gql_leads.services.leads import activities, assignments, claims, conversion, deals, deletion, notes, outcomes, responses, updates
from gql_leads.services.maintenance import scheduled_jobs
from gql_leads.store.sql.rows import as_uuid
from tests.fixtures import Clock, load_lead, load_viewer, viewer_by_email

LEADS = 8 * len(FINAL_STATES)
RECORD_IDS: dict[str, Any] = {"account_id": None, "contact_id": None, "opportunity_id": None}
"""The services create records with other ids than the demo's, so these are not compared."""


@dataclass
class Step:
    """One step of a history, with the lead after it."""

    kind: TimelineKind
    at: datetime
    actor_id: UUID | None
    after: Lead
    note_id: UUID | None
    activity_id: UUID | None


class RecordedHistory(LeadHistory):
    """A history that records the lead after each step."""

    steps: list[Step]

    def _record(self, before: Lead, after: Lead, kind: TimelineKind, at: datetime, by: Person | None, **more: Any) -> None:
        super()._record(before, after, kind, at, by, **more)
        actor_id = by.id if by else None
        if kind is TimelineKind.CREATED:
            self.steps = []
        self.steps.append(Step(kind, at, actor_id, self.lead, more.get("note_id"), more.get("activity_id")))


async def repeat(app: AppContext, history: RecordedHistory, step: Step) -> None:
    """Do the step through the service of its mutation, as the same member."""
    lead, lead_id = step.after, step.after.id
    if step.kind is TimelineKind.CONTACT_OVERDUE:
        await scheduled_jobs.mark_leads_overdue(app)
        return
    if step.kind is TimelineKind.EXPIRED:
        await scheduled_jobs.expire_leads(app)
        return
    if step.kind is TimelineKind.CAMPAIGN_JOINED:
        manager, (membership,) = await viewer_by_email(app, "channel@vendor.example"), history.memberships
        await set_campaign_membership(app, manager, lead_id, membership.campaign_id, responded=membership.responded)
        return
    viewer = await load_viewer(app, step.actor_id) if step.actor_id else None
    if step.kind in {TimelineKind.CREATED, TimelineKind.REFERRED}:
        async with app.unit_of_work(viewer) as uow:
            if step.kind is TimelineKind.CREATED:
                await uow.insert(lead, demo_leads.scope(history), history.entries[0].changes)
            else:
                await uow.save(lead, lead, step.kind)
        return
    assert viewer is not None
    match step.kind:
        case TimelineKind.ASSIGNED:
            partner_id = None if lead.owner_id else lead.partner_id
            await assignments.assign_lead(
                app, viewer, lead_id, Assignee(partner_id=partner_id, member_id=lead.owner_id, queue_id=lead.queue_id)
            )
        case TimelineKind.CLAIMED:
            await claims.claim_lead(app, viewer, lead_id)
        case TimelineKind.RELEASED:
            await claims.release_lead(app, viewer, lead_id)
        case TimelineKind.STATUS_CHANGED:
            await updates.update_lead_status(app, viewer, lead_id, lead.status)
        case TimelineKind.NOTE_ADDED:
            note = next(one for one in history.notes if one.id == step.note_id)
            await notes.add_lead_note(app, viewer, lead_id, note.body, mentions=note.mentions)
        case TimelineKind.ACTIVITY_LOGGED:
            one = next(one for one in history.activities if one.id == step.activity_id)
            new = NewActivity(kind=one.kind, subject=one.subject, due_at=one.due_at, completed_at=one.completed_at)
            await activities.log_lead_activity(app, viewer, lead_id, new)
        case TimelineKind.ACCEPTED:
            await responses.accept_lead(app, viewer, lead_id, deal_of(lead))
        case TimelineKind.DEAL_CHANGED:
            await deals.update_lead_deal(app, viewer, lead_id, replace(deal_of(lead), name=lead.deal_name))
        case TimelineKind.QUALIFIED:
            steps = QualificationFields(**{name: getattr(lead, name) for name in outcomes.STEPS})
            await outcomes.qualify_lead(app, viewer, lead_id, steps)
        case TimelineKind.WON:
            await outcomes.mark_lead_won(app, viewer, lead_id)
        case TimelineKind.LOST:
            assert lead.close_reason is not None
            await outcomes.mark_lead_lost(app, viewer, lead_id, lead.close_reason, lead.close_comment)
        case TimelineKind.DECLINED:
            assert lead.close_reason is not None
            await responses.decline_lead(app, viewer, lead_id, lead.close_reason, lead.close_comment)
        case TimelineKind.CONVERTED:
            await conversion.convert_lead(app, viewer, lead_id, Conversion())
        case TimelineKind.DELETED:
            await deletion.delete_lead(app, viewer, lead_id)
        case _:
            pytest.fail(f"no service for {step.kind}")


def deal_of(lead: Lead) -> DealFields:
    """Return the lead's deal as input; the name is left to the default."""
    value = None
    if lead.deal_minor is not None and lead.deal_currency is not None:
        value = MoneyFields(amount=Decimal(lead.deal_minor).scaleb(-CURRENCIES[lead.deal_currency]), currency=lead.deal_currency)
    return DealFields(
        estimated_value=value,
        purchase_timeframe=lead.purchase_timeframe,
        expected_close_date=lead.expected_close_date.isoformat() if lead.expected_close_date else None,
        campaign_code=lead.campaign_code,
        crm_id=lead.crm_id,
        team=tuple(TeamMemberFields(member_id=one.member_id, name=one.name, email=one.email) for one in lead.team),
    )


async def test_each_history_repeated_through_the_services_gives_the_same_lead_and_timeline(
    app: AppContext, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_leads, "LeadHistory", RecordedHistory)
    now = clock()
    async with app.unit_of_work(None) as uow:
        organization = replace(await insert_organization(uow), campaigns=await insert_campaigns(uow))
    kinds = set()
    for number in range(LEADS):
        history = await demo_leads.make_history(1, number, organization, now, app.rules, app.contact_validator)
        assert isinstance(history, RecordedHistory)
        for step in history.steps:
            clock.at = step.at
            await repeat(app, history, step)
            kinds.add(step.kind)
            stored = await load_lead(app, history.lead.id)
            assert replace(stored, **RECORD_IDS) == replace(step.after, **RECORD_IDS), (number, step.kind)
        rows = await app.database.writing.fetch("SELECT * FROM timeline_entry WHERE lead_id = ? ORDER BY id", history.lead.id)
        assert [(row["kind"], row["partner_id"] and as_uuid(row["partner_id"]), json.loads(row["changes"])) for row in rows] == [
            (entry.kind, entry.partner_id, [{"field": one.field, "from": one.before, "to": one.after} for one in entry.changes])
            for entry in history.entries
        ]
    assert kinds >= set(TimelineKind) - {
        TimelineKind.RESTORED, TimelineKind.DETAILS_CHANGED, TimelineKind.QUALITY_CHANGED, TimelineKind.CONTACT_ERASED,
        TimelineKind.ACTIVITY_COMPLETED, TimelineKind.ACTIVITY_CHANGED, TimelineKind.ACTIVITY_DELETED, TimelineKind.NOTE_EDITED,
        TimelineKind.MERGED, TimelineKind.UNMERGED,
    }  # fmt: skip
