"""Fill a database with the demo: one transaction a batch, so an interrupted run can be continued."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from gql_leads.demo import leads as demo_leads
from gql_leads.demo.campaigns import insert_campaigns
from gql_leads.demo.lead_history import DemoNote, LeadHistory
from gql_leads.demo.leads import lead_id
from gql_leads.demo.organization import PARTNERS, Organization, insert_organization
from gql_leads.demo.sales import next_step, records
from gql_leads.domain.claims import day_of, open_claim
from gql_leads.domain.events import Event, TimelineKind, snapshot
from gql_leads.domain.opportunities.events import OpportunityEvent, OpportunityEventKind
from gql_leads.domain.opportunities.events import snapshot as opportunity_snapshot
from gql_leads.services.app_context import AppContext
from gql_leads.services.contact_validation import ContactValidator
from gql_leads.store import opportunities, queues
from gql_leads.store.database.statistics import refresh_statistics
from gql_leads.store.organization import directory
from gql_leads.store.sql.bulk_insert import insert_rows
from gql_leads.store.sql.rows import attributes_of
from gql_leads.store.unit_of_work import UnitOfWork, history_changes, stored

LEADS: Final = 2000
SEED: Final = 1
BATCH: Final = 250


@dataclass(frozen=True, slots=True)
class Summary:
    """The size of the demo, and the number of leads that this run added."""

    partners: int
    leads: int
    added: int

    def __str__(self) -> str:
        return f"The demo has {self.partners} partners and {self.leads:,} leads; {self.added:,} were added now."


async def fill(
    app: AppContext,
    leads: int = LEADS,
    seed: int = SEED,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    *,
    hostile: bool = False,
) -> Summary:
    """Add the missing part of the demo.

    `progress` gets the numbers of existing and of all leads. `hostile` puts wildcards, quotes and formulas into some texts.
    """
    # Not the installation's validator: the demo makes no DNS lookups.
    contact_validator = ContactValidator(dns_checks=False, dns_timeout=0)
    added = 0
    # The last batch first: lead 0 exists only once all leads do, which `is_filled` relies on.
    for end in range(leads, 0, -BATCH) or (0,):
        numbers = range(max(end - BATCH, 0), end)
        async with app.unit_of_work(None) as uow:
            added += await _add(uow, seed, numbers, contact_validator, hostile=hostile)
        progress(leads - numbers.start, leads)
    if added:
        await refresh_statistics(app.database.writing)
    return Summary(len(PARTNERS), leads, added)


async def is_filled(app: AppContext) -> bool:
    """Return whether members exist, and the demo's default set of leads was not left incomplete."""
    connection, first, last = app.database.reading, lead_id(SEED, LEADS - 1), lead_id(SEED, 0)
    inserted = await directory.existing(connection, "lead", [first, last])
    if last in inserted:
        return True
    return first not in inserted and await directory.has_members(connection)


async def _add(uow: UnitOfWork, seed: int, numbers: Sequence[int], contact_validator: ContactValidator, *, hostile: bool) -> int:
    """Add the missing ones of these leads, and return their number."""
    await queues.lock_general(uow.connection)  # concurrent runs would insert the same lead
    organization = await insert_organization(uow)
    if numbers:
        organization = replace(organization, campaigns=await insert_campaigns(uow))
    there = await directory.existing(uow.connection, "lead", [lead_id(seed, number) for number in numbers])
    histories = [
        await demo_leads.make_history(seed, number, organization, uow.now, uow.rules, contact_validator, hostile=hostile)
        for number in numbers
        if lead_id(seed, number) not in there
    ]
    await _insert_leads(uow, histories)
    await _insert_sales(uow, histories)
    await _insert_history(uow, histories)
    await _count_claims(uow, histories)
    await _announce(uow, histories, organization)
    return len(histories)


async def _insert_leads(uow: UnitOfWork, histories: Sequence[LeadHistory]) -> None:
    scopes = [demo_leads.scope(history) if history.lead.external_reference else None for history in histories]
    rows = [stored(history.lead) | {"reference_scope": scope} for history, scope in zip(histories, scopes, strict=True)]
    await insert_rows(uow.connection, "lead", rows)


async def _insert_sales(uow: UnitOfWork, histories: Sequence[LeadHistory]) -> None:
    made = []
    for account, contact, opportunity in filter(None, (records(history.lead) for history in histories)):
        await opportunities.insert(uow.connection, opportunities.ACCOUNTS, account)
        await opportunities.insert(uow.connection, opportunities.CONTACTS, contact)
        await opportunities.insert(uow.connection, opportunities.OPPORTUNITIES, opportunity)
        made.append(opportunity)
    entries = [(opportunity, OpportunityEventKind.CREATED) for opportunity in made]
    tasks = list(filter(None, (next_step(opportunity, uow.now) for opportunity in made)))
    entries += [(opportunity, OpportunityEventKind.ACTIVITY_LOGGED) for opportunity in made if not opportunity.is_closed]
    rows = [
        {"opportunity_id": one.id, "kind": kind, "occurred_at": one.created_at, "actor_id": one.owner_id, "changes": []}
        for one, kind in entries
    ]
    await insert_rows(uow.connection, "opportunity_timeline_entry", rows)
    await insert_rows(uow.connection, "activity", [attributes_of(task) for task in tasks])
    for one in made:
        uow.record_event(
            OpportunityEvent(
                opportunity_id=one.id, kind=OpportunityEventKind.CREATED, occurred_at=uow.now, actor_id=one.owner_id,
                actor_partner_id=one.partner_id, before=None, after=opportunity_snapshot(one),
            )
        )  # fmt: skip


async def _insert_history(uow: UnitOfWork, histories: Sequence[LeadHistory]) -> None:
    connection = uow.connection
    notes = [note for history in histories for note in history.notes]
    await insert_rows(connection, "note", [_note_columns(note) for note in notes])
    mentions = [{"note_id": note.id, "member_id": member_id} for note in notes for member_id in note.mentions]
    await insert_rows(connection, "note_mention", mentions)
    await insert_rows(connection, "activity", [attributes_of(one) for history in histories for one in history.activities])
    entries = [attributes_of(one) | {"changes": history_changes(one.changes)} for history in histories for one in history.entries]
    await insert_rows(connection, "timeline_entry", entries)
    await insert_rows(connection, "campaign_membership", [attributes_of(one) for history in histories for one in history.memberships])
    favorites = [
        {"member_id": history.favorite_of.id, "lead_id": history.lead.id, "created_at": uow.now}
        for history in histories
        if history.favorite_of
    ]
    await insert_rows(connection, "favorite", favorites)


def _note_columns(note: DemoNote) -> dict[str, Any]:
    columns = attributes_of(note) | {"updated_at": note.created_at}
    del columns["mentions"]
    return columns


async def _count_claims(uow: UnitOfWork, histories: Sequence[LeadHistory]) -> None:
    await insert_rows(uow.connection, "claim", [attributes_of(one) for history in histories for one in history.claims])
    today = day_of(uow.now)
    open_now = Counter(key for history in histories if (key := open_claim(history.lead)) is not None)
    made_today = Counter((one.queue_id, one.partner_id) for history in histories for one in history.claims if one.claimed_at >= today)
    steps = [(*key, open_now[key], made_today[key]) for key in sorted(open_now | made_today)]
    if steps:
        await uow.connection.execute(queues.counting(steps, today))


async def _announce(uow: UnitOfWork, histories: Sequence[LeadHistory], organization: Organization) -> None:
    """Record one CREATED event with the current state of each lead; the times of the event log must ascend."""
    open_to = (await uow.policy_of(organization.queue_id)).open_to
    for history in histories:
        by = history.creator
        uow.record_event(
            Event(
                history.lead.id, TimelineKind.CREATED, uow.now, by.id if by else None, by.partner_id if by else None,
                None, snapshot(history.lead, open_to),
            )
        )  # fmt: skip
