"""The world that is measured: a hundred partners with 1,900 leads each, and one lead in twenty waiting in the general queue.

It is generated once, into an SQLite file that is kept; PostgreSQL gets the same rows by COPY. Nothing in it ever falls due.
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
from gql_leads.domain.text_folding import fold
from gql_leads.store import migrations
from gql_leads.store.sql.rows import encode
from gql_leads.store.unit_of_work import stored

LEADS_OF_A_PARTNER: Final = 1_900
ONE_QUEUED_IN: Final = 20
NOTES: Final = 10
ONE_WITH_NOTES_IN: Final = 23
LISTINGS: Final = 5
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
NEVER: Final = timedelta(days=20 * 365)
TABLES: Final = ("partner", "member", "listing", "lead", "note")

FIRST_NAMES: Final = ("Anna", "Bruno", "Chloé", "Dmitri", "Élise", "Farid", "Greta", "Haruto", "Inés", "Jonas", "Жанна", "Łukasz")
LAST_NAMES: Final = ("Abbott", "Brandão", "Castillo", "Dubois", "Eriksen", "Fischer", "Garcia", "Hoffmann", "Иванова", "Jansen", "Kovács")
COMPANIES: Final = ("Northwind", "Contoso", "Fabrikam", "Tailspin", "Wingtip", "Litware", "Proseware", "Adatum", "Trey", "Школа", "École")
FIELDS: Final = ("Logistics", "Health", "Foods", "Energy", "Bank", "Media", "Travel", "Retail", "Labs", "Works", "Group", "Hotels")
CITIES: Final = (("Lyon", "FR"), ("Hamburg", "DE"), ("Austin", "US"), ("Osaka", "JP"), ("Porto", "PT"), ("Київ", "UA"), ("Leeds", "GB"))
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a world is."""

    leads: int
    one_queued_in: int = ONE_QUEUED_IN

    @property
    def partners(self) -> int:
        """So many that each has its 1,900; sixteen at least, since so many do things at once."""
        return max(16, self.leads * (self.one_queued_in - 1) // self.one_queued_in // LEADS_OF_A_PARTNER)


def fingerprint(size: Size) -> str:
    """What tells this world from one of another size, made by another generator or for other tables."""
    made_by = sha256(b"".join(path.read_bytes() for path in (Path(__file__), *sorted(Path(migrations.__path__[0]).glob("*.py")))))
    return f"{size.leads}-{size.one_queued_in}-{made_by.hexdigest()[:12]}"


def partner_id(number: int) -> UUID:
    """The so-manyeth partner."""
    return UUID(int=1 << 64 | number)


def rep_id(number: int) -> UUID:
    """Its sales rep."""
    return UUID(int=2 << 64 | number)


def seller_id() -> UUID:
    """A seller of the vendor, who sees everything."""
    return UUID(int=2 << 64 | 1 << 32)


def lead_id(number: int) -> UUID:
    """The so-manyeth lead: in the order of creation, as UUIDv7 are."""
    return UUID(int=number << 80 | 7 << 76 | 2 << 62 | number)


def first_with_notes(partner: int, size: Size) -> UUID:
    """The oldest lead of a partner that has its notes."""
    return next(lead_id(at) for at in range(0, size.leads, ONE_WITH_NOTES_IN) if _holder(at, size) == partner)


def fill(path: Path, size: Size) -> None:
    """Put the world into a migrated SQLite file that is still empty."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        (queue,) = connection.execute("SELECT id FROM lead_queue WHERE is_general").fetchone()
        connection.execute("BEGIN")
        for table, rows in (*_organisation(size), ("lead", _leads(size, UUID(queue))), ("note", _notes(size))):
            _insert(connection, table, rows)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def copy(path: Path, url: str) -> None:
    """Put the same rows into a migrated PostgreSQL database that is still empty."""
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
    flags = {
        row["column_name"]
        for row in await target.fetch(
            "SELECT column_name FROM information_schema.columns WHERE table_name = $1 AND data_type = 'boolean'", table
        )
    }
    cursor = source.execute(f"SELECT * FROM {table}")
    columns = [name for name, *_ in cursor.description]
    places = [at for at, name in enumerate(columns) if name in flags]

    def rows() -> Iterator[tuple[object, ...]]:
        for row in cursor:
            changed = list(row)
            for at in places:
                changed[at] = bool(row[at])
            yield tuple(changed)

    await target.copy_records_to_table(table, records=rows(), columns=columns)


def _insert(connection: sqlite3.Connection, table: str, rows: Iterator[Row]) -> None:
    first = next(rows, None)
    if first is not None:
        statement = f"INSERT INTO {table} ({', '.join(first)}) VALUES ({', '.join('?' * len(first))})"
        connection.executemany(statement, ([encode(value) for value in row.values()] for row in chain([first], rows)))


def _organisation(size: Size) -> Iterator[tuple[str, Iterator[Row]]]:
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
            "id": one, "partner_id": partner, "name": f"Member {email}", "name_key": f"member {email}",
            "search_text": f"member {email}", "email": email, "email_key": email,
            "roles": [role], "is_active": True, "created_at": START,
        }
        for one, partner, email, role in people
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


def _leads(size: Size, queue: UUID) -> Iterator[Row]:
    chance = Random(1)
    for number in range(size.leads):
        yield stored(_lead(chance, number, size, queue))


def _lead(chance: Random, number: int, size: Size, queue: UUID) -> Lead:
    partner = _holder(number, size)
    created = START + number * timedelta(days=300) / size.leads
    created = created.replace(microsecond=created.microsecond // 1000 * 1000)
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    company = f"{chance.choice(COMPANIES)} {chance.choice(FIELDS)} {chance.randrange(1000)}"
    city, country = chance.choice(CITIES)
    stage = LeadStage.RECEIVED if partner is None else chance.choice(tuple(LeadStage))
    at = chance.randrange(LISTINGS)
    rep = None if partner is None else rep_id(partner)
    return Lead(
        id=lead_id(number),
        reference=f"B-{number:07d}",
        type=chance.choice(tuple(LeadType)),
        source=chance.choice((LeadSource.APP_SOURCE, LeadSource.WEB_FORM, LeadSource.EVENT)),
        call_to_action=chance.choice((*CallToAction, None)),
        status=chance.choice(tuple(LeadStatus)),
        stage=stage,
        outcome=chance.choice((LeadOutcome.WON, LeadOutcome.LOST, LeadOutcome.EXPIRED)) if stage is LeadStage.ARCHIVED else None,
        first_name=first,
        last_name=last,
        title="Head of IT",
        email=f"{fold(last)}.{number}@{company.split()[1].lower()}.example",
        email_validity=chance.choice(tuple(EmailValidity)),
        phone=f"+4930{number:07d}",
        phone_validity=PhoneValidity.VALID,
        company=company,
        company_size=chance.choice(tuple(CompanySize)),
        industry=chance.choice(FIELDS),
        city=city,
        country=country,
        message="We would like to know what it costs, and how soon it could run here.",
        quality=chance.choice(tuple(LeadQuality)),
        listing_id=None if partner is None else _listing_id(partner, at),
        listing_name=None if partner is None else _listing(partner, at),
        listing_kind=None if partner is None else ListingKind.APPLICATION,
        partner_id=None if partner is None else partner_id(partner),
        queue_id=queue if partner is None else None,
        owner_id=rep,
        contact_requested_at=created if chance.random() < 0.2 else None,
        expires_at=created + NEVER if stage is LeadStage.RECEIVED else None,
        created_at=created,
        updated_at=created,
        reached_at=None if partner is None else created,
        accepted_at=created + timedelta(hours=chance.randrange(100)) if stage is LeadStage.ACCEPTED else None,
        archived_at=created + timedelta(hours=chance.randrange(1000)) if stage is LeadStage.ARCHIVED else None,
        deal_name=company if stage is LeadStage.ACCEPTED else None,
    )


def _notes(size: Size) -> Iterator[Row]:
    for number in range(0, size.leads, ONE_WITH_NOTES_IN):
        partner = _holder(number, size)
        for at in range(NOTES) if partner is not None else ():
            written = START + timedelta(days=300, minutes=at)
            yield {
                "id": UUID(int=3 << 64 | number * NOTES + at), "lead_id": lead_id(number), "partner_id": partner_id(partner or 0),
                "author_id": rep_id(partner or 0), "body": f"Called for the {at}th time: they will decide next week.",
                "created_at": written, "updated_at": written,
            }  # fmt: skip


def _holder(number: int, size: Size) -> int | None:
    """The partner that has a lead; None for one that waits."""
    if number % size.one_queued_in == size.one_queued_in - 1:
        return None
    return (number - number // size.one_queued_in) % size.partners


def _listing_id(partner: int, at: int) -> UUID:
    return UUID(int=4 << 64 | partner * LISTINGS + at)


def _listing(partner: int, at: int) -> str:
    return f"{COMPANIES[at]} Suite {partner}"
