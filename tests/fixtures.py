"""An application context for tests with a fixed clock, and factories for members, queues and leads."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final
from uuid import UUID

from argon2 import PasswordHasher
from tortoise.migrations.executor import MigrationTarget
from uuid_utils.compat import uuid7

from gql_leads.domain.commands import ContactFields, DealFields, LeadFields, NewLead, QualificationFields
from gql_leads.domain.events import Event
from gql_leads.domain.leads.lead import CloseReason, Lead, LeadSource, LeadType, ListingKind
from gql_leads.domain.rules import Rules
from gql_leads.domain.values.text_folding import fold, search_text
from gql_leads.domain.viewer import MemberRole, Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.contact_validation import ContactValidator
from gql_leads.services.leads.intake import create_lead
from gql_leads.services.leads.outcomes import mark_lead_won, qualify_lead
from gql_leads.services.leads.responses import accept_lead, decline_lead
from gql_leads.services.sign_in.credentials import Credentials
from gql_leads.services.sign_in.passwords import Passwords
from gql_leads.services.sign_in.secret_tokens import SecretTokens
from gql_leads.services.sign_in.tokens import Tokens
from gql_leads.store.access.viewers import viewer_of
from gql_leads.store.database import migrate
from gql_leads.store.database.database import Database
from gql_leads.store.events import event_log
from gql_leads.store.events.cursor_codec import CursorCodec
from gql_leads.store.events.event_log import BEGINNING, LoggedEvent, Position
from gql_leads.store.models import MODELS
from gql_leads.store.organization.lists import member_by_email
from gql_leads.store.queues import general
from gql_leads.store.sql.rows import as_uuid, decode

START: Final = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
SECRET: Final = b"a secret of thirty-two bytes or more"
REP, REFERRALS, PROFILES = MemberRole.SALES_REP, MemberRole.REFERRAL_ADMIN, MemberRole.BUSINESS_PROFILE_ADMIN
CHANNEL, SELLER, ADMIN = MemberRole.CHANNEL_MANAGER, MemberRole.SELLER, MemberRole.ADMINISTRATOR


def _fast_passwords() -> Passwords:
    """Return passwords that are hashed fast; those that wait for a free thread must not be of two event loops."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


CREDENTIALS: Final = Credentials(
    tokens=Tokens(SECRET),
    secret_tokens=SecretTokens(SECRET),
    passwords=_fast_passwords(),
)
"""Credentials whose passwords are hashed fast."""
QUALIFIED: Final = QualificationFields(customer_responded=True, budget=True, authority=True, need=True, timeline=True)
_numbers = count(1)


@dataclass
class Clock:
    """A clock that changes only when a test moves it."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **much: float) -> None:
        self.at += timedelta(**much)


@dataclass
class RecordingNotifier:
    """A notifier that counts its calls."""

    calls: int = 0

    def __call__(self) -> None:
        self.calls += 1


class SilentEventReader:
    """An event reader without events; the real one has its own tests."""

    head = BEGINNING

    async def follow(self, after: Position | None = None) -> AsyncIterator[LoggedEvent]:
        """Yield nothing and end."""
        for never in list[LoggedEvent]():
            yield never

    async def replay(self, after: Position, until: Position) -> AsyncIterator[LoggedEvent]:
        """Yield nothing and end."""
        for never in list[LoggedEvent]():
            yield never


@asynccontextmanager
async def open_app_context(
    url: str, clock: Clock | None = None, rules: Rules | None = None, pool_size: int = 10
) -> AsyncIterator[AppContext]:
    """Open an application context on a migrated database."""
    database = await Database.open(url, pool_size=pool_size)
    contact_validator = ContactValidator(dns_checks=False, dns_timeout=1)
    try:
        yield AppContext(
            database=database,
            rules=rules or Rules(),
            cursor_codec=CursorCodec(SECRET),
            contact_validator=contact_validator,
            event_reader=SilentEventReader(),
            credentials=replace(CREDENTIALS, passwords=_fast_passwords()),
            notify=RecordingNotifier(),
            now=clock or Clock(),
        )
    finally:
        contact_validator.close()
        await database.close()


async def make_partner(app: AppContext, name: str | None = None, *, is_active: bool = True) -> UUID:
    """Create a partner."""
    name = name or f"Partner {next(_numbers)}"
    return await _insert(
        app, "partner", name=name, name_key=fold(name), search_text=search_text(name), is_active=is_active, created_at=app.now()
    )


async def make_member(app: AppContext, partner: UUID | None, *roles: MemberRole, name: str | None = None) -> Viewer:
    """Create a member of the partner (None: of the vendor) and return it as a viewer."""
    name = name or f"Member {next(_numbers)}"
    email = f"{fold(name).replace(' ', '.')}@people.example"
    member_id = await _insert(
        app, "member",
        partner_id=partner, name=name, name_key=fold(name), search_text=search_text(name, email), email=email, email_key=fold(email),
        roles=sorted(role.value for role in roles), is_active=True, created_at=app.now(),
    )  # fmt: skip
    return await load_viewer(app, member_id)


async def load_viewer(app: AppContext, who: UUID | Viewer) -> Viewer:
    """Load the member as a viewer, with the queues open to them now."""
    viewer = await viewer_of(app.database.writing, who.member_id if isinstance(who, Viewer) else who)
    assert viewer is not None
    return viewer


async def viewer_by_email(app: AppContext, email: str) -> Viewer:
    """Load the member with this address as a viewer."""
    row = await member_by_email(app.database.reading, email)
    assert row is not None
    return await load_viewer(app, as_uuid(row["id"]))


async def make_listing(
    app: AppContext, partner: UUID, name: str = "Ledger", *, kind: ListingKind = ListingKind.APPLICATION, is_published: bool = True
) -> UUID:
    """Create a listing of the partner."""
    return await _insert(
        app, "listing",
        partner_id=partner, name=name, name_key=fold(name), search_text=search_text(name), kind=kind, calls_to_action=[],
        is_published=is_published, created_at=app.now(),
    )  # fmt: skip


async def make_profile(app: AppContext, partner: UUID, location: str = "Lyon") -> UUID:
    """Create a business profile of the partner at one location."""
    return await _insert(
        app, "business_profile",
        partner_id=partner, location=location, location_key=fold(location), search_text=search_text(location),
        contact_email="office@partner.example",
        keywords=[], company_sizes=[], created_at=app.now(),
    )  # fmt: skip


async def make_queue(
    app: AppContext,
    name: str | None = None,
    *,
    open_to: Iterable[UUID] = (),
    max_open_claims: int | None = None,
    max_claims_per_day: int | None = None,
) -> UUID:
    """Create a queue, open to every partner unless some are named."""
    name = name or f"Queue {next(_numbers)}"
    queue = await _insert(
        app, "lead_queue",
        name=name, name_key=fold(name), is_general=False, created_at=app.now(),
        max_open_claims=max_open_claims, max_claims_per_day=max_claims_per_day,
    )  # fmt: skip
    for partner in open_to:
        await app.database.writing.execute("INSERT INTO queue_partner (queue_id, partner_id) VALUES (?, ?)", queue, partner)
    return queue


async def make_campaign(app: AppContext, name: str | None = None) -> UUID:
    """Create a campaign whose code is its name."""
    name = name or f"Campaign {next(_numbers)}"
    return await _insert(
        app, "campaign",
        name=name, name_key=fold(name), search_text=search_text(name), code=name, code_key=fold(name), created_at=app.now(),
    )  # fmt: skip


async def general_queue(app: AppContext) -> UUID:
    """Return the id of the general queue."""
    return await general(app.database.writing)


async def make_lead(app: AppContext, *, partner: UUID | None = None, queue: UUID | None = None, **facts: Any) -> UUID:
    """Create a lead of the partner, or without one in the queue (default: the general queue); with `notifies`, members are notified."""
    notifies = facts.pop("notifies", False)
    lead = await build_lead(app, partner=partner, queue=queue, **facts)
    async with app.unit_of_work(None) as uow:
        await uow.insert(lead, "vendor")
        if not notifies:
            uow._notifications.clear()
    return lead.id


async def build_lead(app: AppContext, *, partner: UUID | None = None, queue: UUID | None = None, **facts: Any) -> Lead:
    """Return a lead created now that needs a response, with the given attributes."""
    now, number = app.now(), next(_numbers)
    requested = facts.get("contact_requested_at")
    usual: dict[str, Any] = {
        "id": uuid7(),
        "reference": f"L-{number:06d}",
        "type": LeadType.OFFER,
        "source": LeadSource.API,
        "first_name": "Aparna",
        "last_name": "Bosu",
        "email": "aparna@contoso.example",
        "company": "Contoso",
        "country": "FR",
        "created_at": now,
        "updated_at": now,
        "expires_at": now + app.rules.respond_within,
        "overdue_at": requested + app.rules.hot_for if requested else None,
        "partner_id": partner,
        "queue_id": None if partner else queue or await general_queue(app),
    }
    return Lead(**(usual | facts))


async def make_accepted_lead(app: AppContext, who: Viewer, **facts: Any) -> UUID:
    """Create a lead of the viewer's partner and accept it as the viewer."""
    lead = await make_lead(app, partner=who.partner_id, **facts)
    return await accept_lead(app, who, lead, DealFields())


async def make_qualified_lead(app: AppContext, who: Viewer, **facts: Any) -> UUID:
    """Create an accepted lead with every qualification step set."""
    return await qualify_lead(app, who, await make_accepted_lead(app, who, **facts), QUALIFIED)


async def make_declined_lead(app: AppContext, who: Viewer, **facts: Any) -> UUID:
    """Create a lead and decline it as the viewer."""
    lead = await make_lead(app, partner=who.partner_id, **facts)
    return await decline_lead(app, who, lead, CloseReason.BUDGET_NOT_ADEQUATE)


async def make_won_lead(app: AppContext, who: Viewer, **facts: Any) -> UUID:
    """Create a lead and win it as the viewer."""
    return await mark_lead_won(app, who, await make_qualified_lead(app, who, **facts))


async def enter_lead(app: AppContext, who: Viewer, **facts: Any) -> UUID:
    """Create a lead through `create_lead`."""
    contact = ContactFields(first_name="Aparna", last_name="Bosu", email="aparna@contoso.example")
    usual: dict[str, Any] = {"source": LeadSource.API, "details": LeadFields(contact=contact)}
    return await create_lead(app, who, NewLead(**(usual | facts)))


async def load_lead(app: AppContext, lead_id: UUID) -> Lead:
    """Return the lead as it is stored."""
    row = await app.database.writing.fetch_one("SELECT * FROM lead WHERE id = ?", lead_id)
    assert row is not None
    return decode(Lead, row)


async def timeline_kinds(app: AppContext, lead_id: UUID) -> list[str]:
    """Return the kinds of a lead's history entries, in order."""
    rows = await app.database.writing.fetch("SELECT kind FROM timeline_entry WHERE lead_id = ? ORDER BY id", lead_id)
    return [row["kind"] for row in rows]


async def wait_for_event_log(app: AppContext) -> None:
    """Wait until events up to now are readable; open transactions of other tests can delay them."""
    connection = app.database.reading
    held_back = (
        "SELECT 1 FROM event WHERE epoch = (SELECT epoch FROM log_state)"
        " AND xid >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint LIMIT 1"
    )
    async with asyncio.timeout(60):
        while connection.dialect == "postgres" and await connection.fetch(held_back):  # noqa: ASYNC110  (PostgreSQL has no event for it)
            await asyncio.sleep(0.01)


async def lead_events(app: AppContext, after: Position = BEGINNING) -> list[Event]:
    """Return the events of leads after a position, without those of notifications."""
    await wait_for_event_log(app)
    logged = await event_log.read(app.database.reading, after, 1_000)
    return [one.event for one in logged if one.concerns(Event)]


async def dump_tables(app: AppContext) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table that a model has, to compare before and after."""
    connection = app.database.writing
    # One statement for all empty tables, which are most of them.
    filled = await connection.fetch(
        " UNION ALL ".join(f"SELECT '{table}' AS name WHERE EXISTS (SELECT 1 FROM {table})" for table in MODELS)
    )
    found: dict[str, list[tuple[Any, ...]]] = {table: [] for table in MODELS}
    for table in (row["name"] for row in filled):
        rows = await connection.fetch(f"SELECT * FROM {table} ORDER BY {MODELS[table]._meta.db_pk_column}")
        found[table] = [tuple(dict(row).items()) for row in rows]  # type: ignore[call-overload]
    return found


async def migrate_to(database: Database, name: str = "__latest__") -> None:
    """Migrate the tables up or down to the named migration."""
    async with migrate._context(database.url) as context:
        await migrate._executor(context).migrate([MigrationTarget("leads", name)])


async def claim_counters(app: AppContext) -> tuple[dict[Any, int], dict[Any, int]]:
    """Return the stored counters of open claims, and the counts computed from the leads."""
    connection = app.database.writing
    counted = await connection.fetch("SELECT queue_id, partner_id, open_claims AS total FROM queue_use WHERE open_claims <> 0")
    open_claims = await connection.fetch(
        "SELECT origin_queue_id AS queue_id, partner_id, count(*) AS total FROM lead WHERE origin_queue_id IS NOT NULL"
        " AND partner_id IS NOT NULL AND stage <> 'ARCHIVED' AND deleted_at IS NULL GROUP BY origin_queue_id, partner_id"
    )
    in_use, there = ({(str(row["queue_id"]), str(row["partner_id"])): row["total"] for row in rows} for rows in (counted, open_claims))
    return in_use, there


async def _insert(app: AppContext, table: str, **columns: object) -> UUID:
    columns = {"id": uuid7(), **columns}
    await app.database.writing.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", *columns.values()
    )
    found = columns["id"]
    assert isinstance(found, UUID)
    return found
