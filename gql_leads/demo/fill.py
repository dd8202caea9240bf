"""Filling a database with the demo: in batches, each a transaction, so that whoever is interrupted can go on."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final
from uuid import UUID

from gql_leads.demo import leads as demo_leads
from gql_leads.demo.campaigns import settle_campaigns
from gql_leads.demo.lead_history import DemoActivity, LeadHistory
from gql_leads.demo.leads import lead_id
from gql_leads.demo.organization import PARTNERS, Organisation, settle
from gql_leads.demo.sales import records
from gql_leads.domain.claims import day_of, open_claim
from gql_leads.domain.events import Event, TimelineKind, snapshot
from gql_leads.services.app_context import AppContext
from gql_leads.services.contact_validation import ContactValidator
from gql_leads.store import opportunities, queues
from gql_leads.store.sql.builder import is_one_of
from gql_leads.store.sql.rows import as_uuid
from gql_leads.store.unit_of_work import UnitOfWork, stored

LEADS: Final = 2000
SEED: Final = 1
BATCH: Final = 250


@dataclass(frozen=True, slots=True)
class Summary:
    """What the demo has, and how many leads of it were added now."""

    partners: int
    leads: int
    added: int

    def __str__(self) -> str:
        return f"The demo has {self.partners} partners and {self.leads:,} leads; {self.added:,} were added now."


async def fill(
    app: AppContext, leads: int = LEADS, seed: int = SEED, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> Summary:
    """Make what is missing of the demo; `progress` hears how many leads of how many are there."""
    # Never the installation's own: the demo asks no DNS.
    contact_validator = ContactValidator(dns_checks=False, dns_timeout=0)
    added = 0
    # The last ones first, so that lead 0 is there when all are, and only then (see `is_filled`).
    for end in range(leads, 0, -BATCH) or (0,):
        numbers = range(max(end - BATCH, 0), end)
        async with app.unit_of_work(None) as uow:
            added += await _add(uow, seed, numbers, contact_validator)
        progress(leads - numbers.start, leads)
    return Summary(len(PARTNERS), leads, added)


async def is_filled(app: AppContext) -> bool:
    """Whether there is somebody already, and no filling with the demo as it is by itself was cut short."""
    row = await app.database.reading.fetch_one(
        "SELECT EXISTS (SELECT 1 FROM member) AS is_used,"
        " EXISTS (SELECT 1 FROM lead WHERE id = ?) AS is_begun, EXISTS (SELECT 1 FROM lead WHERE id = ?) AS is_done",
        lead_id(SEED, LEADS - 1), lead_id(SEED, 0),
    )  # fmt: skip
    assert row is not None
    return bool(row["is_done"] or (row["is_used"] and not row["is_begun"]))


async def _add(uow: UnitOfWork, seed: int, numbers: Sequence[int], contact_validator: ContactValidator) -> int:
    """Add those of the leads that are missing, and return how many."""
    await _go_one_by_one(uow)
    organisation = await settle(uow)
    if numbers:
        organisation = replace(organisation, campaigns=await settle_campaigns(uow))
    there = await _existing(uow, [lead_id(seed, number) for number in numbers])
    histories = [
        await demo_leads.make_history(seed, number, organisation, uow.now, uow.rules, contact_validator)
        for number in numbers
        if lead_id(seed, number) not in there
    ]
    await _insert_leads(uow, histories)
    await _insert_sales(uow, histories)
    await _insert_history(uow, histories)
    await _count_claims(uow, histories)
    await _announce(uow, histories, organisation)
    return len(histories)


async def _go_one_by_one(uow: UnitOfWork) -> None:
    """Two who fill one database at once take turns, or they would make the same lead."""
    if uow.connection.dialect == "postgres":
        await uow.connection.fetch("SELECT id FROM lead_queue WHERE is_general FOR UPDATE")


async def _existing(uow: UnitOfWork, ids: Sequence[UUID]) -> set[UUID]:
    rows = await uow.connection.fetch("SELECT id FROM lead WHERE " + is_one_of("id", ids))
    return {as_uuid(row["id"]) for row in rows}


async def _insert_leads(uow: UnitOfWork, histories: Sequence[LeadHistory]) -> None:
    if not histories:
        return
    columns = (*stored(histories[0].lead), "reference_scope")
    await uow.connection.execute_many(
        f"INSERT INTO lead ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
        [(*stored(history.lead).values(), demo_leads.scope(history) if history.lead.external_reference else None) for history in histories],
    )


async def _insert_sales(uow: UnitOfWork, histories: Sequence[LeadHistory]) -> None:
    for account, contact, opportunity in filter(None, (records(history.lead) for history in histories)):
        await opportunities.insert(uow.connection, opportunities.ACCOUNTS, account)
        await opportunities.insert(uow.connection, opportunities.CONTACTS, contact)
        await opportunities.insert(uow.connection, opportunities.OPPORTUNITIES, opportunity)


async def _insert_history(uow: UnitOfWork, histories: Sequence[LeadHistory]) -> None:
    await uow.connection.execute_many(
        "INSERT INTO note (id, lead_id, partner_id, author_id, body, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (one.id, one.lead_id, one.partner_id, one.author_id, one.body, one.created_at, one.created_at)
            for history in histories
            for one in history.notes
        ],
    )
    await uow.connection.execute_many(
        "INSERT INTO note_mention (note_id, member_id) VALUES (?, ?)",
        [(note.id, member_id) for history in histories for note in history.notes for member_id in note.mentions],
    )
    columns = [field.name for field in fields(DemoActivity)]
    await uow.connection.execute_many(
        f"INSERT INTO activity ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
        [tuple(getattr(one, name) for name in columns) for history in histories for one in history.activities],
    )
    await uow.connection.execute_many(
        "INSERT INTO timeline_entry (lead_id, partner_id, kind, occurred_at, actor_id, changes, note_id, activity_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                one.lead_id, one.partner_id, one.kind, one.occurred_at, one.actor_id,
                [{"field": it.field, "from": it.before, "to": it.after} for it in one.changes], one.note_id, one.activity_id,
            )
            for history in histories
            for one in history.entries
        ],
    )  # fmt: skip
    await uow.connection.execute_many(
        "INSERT INTO campaign_membership (lead_id, campaign_id, joined_at, responded) VALUES (?, ?, ?, ?)",
        [(one.lead_id, one.campaign_id, one.joined_at, one.responded) for history in histories for one in history.memberships],
    )
    await uow.connection.execute_many(
        "INSERT INTO favorite (member_id, lead_id, created_at) VALUES (?, ?, ?)",
        [(history.favorite_of.id, history.lead.id, uow.now) for history in histories if history.favorite_of],
    )


async def _count_claims(uow: UnitOfWork, histories: Sequence[LeadHistory]) -> None:
    await uow.connection.execute_many(
        "INSERT INTO claim (lead_id, queue_id, partner_id, member_id, claimed_at) VALUES (?, ?, ?, ?, ?)",
        [(one.lead_id, one.queue_id, one.partner_id, one.member_id, one.claimed_at) for history in histories for one in history.claims],
    )
    today = day_of(uow.now)
    open_now = Counter(key for history in histories if (key := open_claim(history.lead)) is not None)
    made_today = Counter((one.queue_id, one.partner_id) for history in histories for one in history.claims if one.claimed_at >= today)
    steps = [(*key, open_now[key], made_today[key]) for key in sorted(open_now | made_today)]
    if steps:
        await uow.connection.execute(queues.counting(steps, today))


async def _announce(uow: UnitOfWork, histories: Sequence[LeadHistory], organisation: Organisation) -> None:
    """Into the event log each lead comes now, as it is: its past is before the log's time, which must run forward."""
    open_to = (await uow.policy_of(organisation.queue_id)).open_to
    for history in histories:
        by = history.creator
        uow.record_event(
            Event(
                history.lead.id, TimelineKind.CREATED, uow.now, by.id if by else None, by.partner_id if by else None,
                None, snapshot(history.lead, open_to),
            )
        )  # fmt: skip
