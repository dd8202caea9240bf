"""Generate the benchmark dataset: 100 partners with 1,900 leads each, and one lead in 20 in the general queue; every fourth
lead of a partner has an activity.

It is generated once into a cached SQLite file; PostgreSQL gets the same rows by COPY. No lead expires, so scheduled jobs change nothing.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import chain
from pathlib import Path
from random import Random
from typing import Final
from uuid import UUID

import asyncpg

from gql_leads.domain.leads.lead import (
    CallToAction,
    CompanySize,
    EmailValidity,
    Lead,
    LeadOutcome,
    LeadQuality,
    LeadSource,
    LeadStage,
    LeadStatus,
    LeadType,
    ListingKind,
    PhoneValidity,
)
from gql_leads.domain.values.text_folding import fold
from gql_leads.store import migrations
from gql_leads.store.sql.rows import encode
from gql_leads.store.unit_of_work import stored

LEADS_PER_PARTNER: Final = 1_900
QUEUED_INTERVAL: Final = 20
NOTES: Final = 10
NOTES_INTERVAL: Final = 23
ACTIVITIES_INTERVAL: Final = 4
"""One held lead in so many has an activity."""
LISTINGS: Final = 5
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
NEVER: Final = timedelta(days=20 * 365)
TABLES: Final = ("partner", "member", "listing", "lead", "note", "activity")

FIRST_NAMES: Final = ("Anna", "Bruno", "Chloé", "Dmitri", "Élise", "Farid", "Greta", "Haruto", "Inés", "Jonas", "Жанна", "Łukasz")
LAST_NAMES: Final = ("Abbott", "Brandão", "Castillo", "Dubois", "Eriksen", "Fischer", "Garcia", "Hoffmann", "Иванова", "Jansen", "Kovács")
COMPANIES: Final = ("Northwind", "Contoso", "Fabrikam", "Tailspin", "Wingtip", "Litware", "Proseware", "Adatum", "Trey", "Школа", "École")
FIELDS: Final = ("Logistics", "Health", "Foods", "Energy", "Bank", "Media", "Travel", "Retail", "Labs", "Works", "Group", "Hotels")
CITIES: Final = (("Lyon", "FR"), ("Hamburg", "DE"), ("Austin", "US"), ("Osaka", "JP"), ("Porto", "PT"), ("Київ", "UA"), ("Leeds", "GB"))
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class DatasetSize:
    """Number of leads in a dataset; every `queued_interval`th is in the general queue."""

    leads: int
    queued_interval: int = QUEUED_INTERVAL

    @property
    def partners(self) -> int:
        """Number of partners with 1,900 leads each; at least 16, the concurrency of the claims benchmark."""
        return max(16, self.leads * (self.queued_interval - 1) // self.queued_interval // LEADS_PER_PARTNER)


def fingerprint(size: DatasetSize) -> str:
    """Return a cache key that changes with the size, this generator and the migrations."""
    generator = sha256(b"".join(path.read_bytes() for path in (Path(__file__), *sorted(Path(migrations.__path__[0]).glob("*.py")))))
    return f"{size.leads}-{size.queued_interval}-{generator.hexdigest()[:12]}"


def partner_id(number: int) -> UUID:
    """Return the id of the partner with this number."""
    return UUID(int=1 << 64 | number)


def rep_id(number: int) -> UUID:
    """Return the id of the sales rep of the partner with this number."""
    return UUID(int=2 << 64 | number)


def seller_id() -> UUID:
    """Return the id of a channel manager of the vendor, who can see every lead."""
    return UUID(int=2 << 64 | 1 << 32)


def lead_id(number: int) -> UUID:
    """Return the id of the lead with this number, a UUIDv7: ids sort in order of creation."""
    return UUID(int=number << 80 | 7 << 76 | 2 << 62 | number)


def first_with_notes(partner: int, size: DatasetSize) -> UUID:
    """Return the id of the partner's oldest lead with notes."""
    return next(lead_id(at) for at in range(0, size.leads, NOTES_INTERVAL) if _partner_of(at, size) == partner)


def fill(path: Path, size: DatasetSize) -> None:
    """Insert the dataset into a migrated, empty SQLite file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        (queue,) = connection.execute("SELECT id FROM lead_queue WHERE is_general").fetchone()
        connection.execute("BEGIN")
        for table, rows in (
            *_organization(size),
            ("lead", _leads(size, UUID(queue))),
            ("note", _notes(size)),
            ("activity", _activities(size)),
        ):
            _insert(connection, table, rows)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def copy(path: Path, url: str) -> None:
    """Copy the rows of the SQLite file into a migrated, empty PostgreSQL database."""
    target = await asyncpg.connect(url)
    try:
        with closing(sqlite3.connect(path)) as source:
            (queue,) = source.execute("SELECT id FROM lead_queue WHERE is_general").fetchone()
            await target.execute("UPDATE lead_queue SET id = $1 WHERE is_general", queue)
            for table in TABLES:
                await _copy_table(source, target, table)
        await target.execute("VACUUM ANALYZE")
    finally:
        await target.close()


async def _copy_table(source: sqlite3.Connection, target: asyncpg.Connection, table: str) -> None:
    boolean_columns = {
        row["column_name"]
        for row in await target.fetch(
            "SELECT column_name FROM information_schema.columns WHERE table_name = $1 AND data_type = 'boolean'", table
        )
    }
    cursor = source.execute(f"SELECT * FROM {table}")
    columns = [name for name, *_ in cursor.description]
    positions = [at for at, name in enumerate(columns) if name in boolean_columns]

    def rows() -> Iterator[tuple[object, ...]]:
        for row in cursor:
            converted = list(row)
            for at in positions:
                converted[at] = bool(row[at])
            yield tuple(converted)

    await target.copy_records_to_table(table, records=rows(), columns=columns)


def _insert(connection: sqlite3.Connection, table: str, rows: Iterator[Row]) -> None:
    first = next(rows, None)
    if first is not None:
        statement = f"INSERT INTO {table} ({', '.join(first)}) VALUES ({', '.join('?' * len(first))})"
        connection.executemany(statement, ([encode(value) for value in row.values()] for row in chain([first], rows)))


def _organization(size: DatasetSize) -> Iterator[tuple[str, Iterator[Row]]]:
    numbers = range(size.partners)
    yield (
        "partner",
        (
            {
                "id": partner_id(n),
                "name": f"Partner {n}",
                "name_key": f"partner {n}",
                "search_text": f"partner {n}",
                "country": "DE",
                "is_active": True,
                "created_at": START,
            }
            for n in numbers
        ),
    )
    people: list[tuple[UUID, UUID | None, str, str]] = [(rep_id(n), partner_id(n), f"rep@{n}.example", "SALES_REP") for n in numbers]
    people.append((seller_id(), None, "manager@vendor.example", "CHANNEL_MANAGER"))
    yield "member", (
        {
            "id": id_, "partner_id": partner, "name": f"Member {email}", "name_key": f"member {email}",
            "search_text": f"member {email}", "email": email, "email_key": email,
            "roles": [role], "is_active": True, "created_at": START,
        }
        for id_, partner, email, role in people
    )  # fmt: skip
    yield "listing", (
        {
            "id": _listing_id(n, at), "partner_id": partner_id(n), "name": _listing(n, at), "name_key": fold(_listing(n, at)),
            "search_text": fold(_listing(n, at)),
            "kind": "APPLICATION", "calls_to_action": [], "is_published": True, "created_at": START,
        }
        for n in numbers
        for at in range(LISTINGS)
    )  # fmt: skip


def _leads(size: DatasetSize, queue: UUID) -> Iterator[Row]:
    random = Random(1)
    for number in range(size.leads):
        yield stored(_lead(random, number, size, queue))


def _lead(random: Random, number: int, size: DatasetSize, queue: UUID) -> Lead:
    partner = _partner_of(number, size)
    created = START + number * timedelta(days=300) / size.leads
    created = created.replace(microsecond=created.microsecond // 1000 * 1000)
    first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
    company = f"{random.choice(COMPANIES)} {random.choice(FIELDS)} {random.randrange(1000)}"
    city, country = random.choice(CITIES)
    stage = LeadStage.RECEIVED if partner is None else random.choice(tuple(LeadStage))
    at = random.randrange(LISTINGS)
    rep = None if partner is None else rep_id(partner)
    return Lead(
        id=lead_id(number),
        reference=f"B-{number:07d}",
        type=random.choice(tuple(LeadType)),
        source=random.choice((LeadSource.APP_SOURCE, LeadSource.WEB_FORM, LeadSource.EVENT)),
        call_to_action=random.choice((*CallToAction, None)),
        status=random.choice(tuple(LeadStatus)),
        stage=stage,
        outcome=random.choice((LeadOutcome.WON, LeadOutcome.LOST, LeadOutcome.EXPIRED)) if stage is LeadStage.ARCHIVED else None,
        first_name=first,
        last_name=last,
        title="Head of IT",
        email=f"{fold(last)}.{number}@{company.split()[1].lower()}.example",
        email_validity=random.choice(tuple(EmailValidity)),
        phone=f"+4930{number:07d}",
        phone_validity=PhoneValidity.VALID,
        company=company,
        company_size=random.choice(tuple(CompanySize)),
        industry=random.choice(FIELDS),
        city=city,
        country=country,
        message="We would like to know what it costs, and how soon it could run here.",
        quality=random.choice(tuple(LeadQuality)),
        listing_id=None if partner is None else _listing_id(partner, at),
        listing_name=None if partner is None else _listing(partner, at),
        listing_kind=None if partner is None else ListingKind.APPLICATION,
        partner_id=None if partner is None else partner_id(partner),
        queue_id=queue if partner is None else None,
        owner_id=rep,
        contact_requested_at=created if random.random() < 0.2 else None,
        expires_at=created + NEVER if stage is LeadStage.RECEIVED else None,
        created_at=created,
        updated_at=created,
        reached_at=None if partner is None else created,
        accepted_at=created + timedelta(hours=random.randrange(100)) if stage is LeadStage.ACCEPTED else None,
        archived_at=created + timedelta(hours=random.randrange(1000)) if stage is LeadStage.ARCHIVED else None,
        deal_name=company if stage is LeadStage.ACCEPTED else None,
    )


def _notes(size: DatasetSize) -> Iterator[Row]:
    for number in range(0, size.leads, NOTES_INTERVAL):
        partner = _partner_of(number, size)
        for at in range(NOTES) if partner is not None else ():
            written = START + timedelta(days=300, minutes=at)
            yield {
                "id": UUID(int=3 << 64 | number * NOTES + at), "lead_id": lead_id(number), "partner_id": partner_id(partner or 0),
                "author_id": rep_id(partner or 0), "body": f"Called for the {at}th time: they will decide next week.",
                "created_at": written, "updated_at": written,
            }  # fmt: skip


def _activities(size: DatasetSize) -> Iterator[Row]:
    random = Random(2)
    for number in range(0, size.leads, ACTIVITIES_INTERVAL):
        partner = _partner_of(number, size)
        if partner is not None:
            due = START + timedelta(minutes=random.randrange(400 * 24 * 60))
            yield {
                "id": UUID(int=5 << 64 | number), "lead_id": lead_id(number), "partner_id": partner_id(partner), "kind": "TASK",
                "subject": "Call again", "due_at": due, "completed_at": due if random.random() < 0.5 else None, "owner_id": rep_id(partner),
                "created_at": START,
            }  # fmt: skip


def _partner_of(number: int, size: DatasetSize) -> int | None:
    """Return the number of the partner that holds a lead; None for a queued lead."""
    if number % size.queued_interval == size.queued_interval - 1:
        return None
    return (number - number // size.queued_interval) % size.partners


def _listing_id(partner: int, at: int) -> UUID:
    return UUID(int=4 << 64 | partner * LISTINGS + at)


def _listing(partner: int, at: int) -> str:
    return f"{COMPANIES[at]} Suite {partner}"
