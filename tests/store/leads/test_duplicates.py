"""Duplicates read by index equal those found by comparing every pair of leads, for every viewer."""

from datetime import timedelta
from functools import lru_cache
from random import Random
from typing import Any, Final

from gql_leads.domain.events import snapshot
from gql_leads.domain.leads.duplicates import OF_THE_CONTACT, WITHIN, DuplicateMatch, score
from gql_leads.domain.leads.lead import Lead, LeadOutcome, LeadStage
from gql_leads.domain.leads.visibility import Visibility, contact_hidden, visibility_of
from gql_leads.domain.matching.names import same_company, same_name
from gql_leads.domain.values.text_folding import fold
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.store.leads import duplicates
from gql_leads.store.leads.duplicates import Duplicate
from gql_leads.store.leads.phone_keys import phone_keys
from gql_leads.store.sql.builder import Sql
from tests.factories import World
from tests.fixtures import START, load_lead, load_viewer, make_lead, make_listing

LONG: Final = "\ufdfa" * 190
"""A text that folding makes eighteen times as long, longer than PostgreSQL can index."""
EMAILS: Final = (None, None, "anna@contoso.example", "ANNA@contoso.example", "bruno@contoso.example", f"{LONG}@x", f"{LONG}@y")
PHONES: Final = (None, None, "+493012345678", "+4930987654321", "030 12345678", "+49 30 12345678 x12", "030/12345678 Durchwahl 12", "hello")
NAMES: Final = (("Anna", "Abbott"), ("anna", "ABBOTT"), (None, "Brandão"))
COMPANIES: Final = (
    "Contoso", "CONTOSO Ltd.", "Fabrikam", "AB Fabrikam", "Fabrikam AB", "Fabrikam Ltd", LONG, f"{LONG}x", None,
)  # fmt: skip


folded = lru_cache(fold)


async def make_leads(app: AppContext, world: World) -> list[Lead]:
    """Create leads with recurring contacts and companies, with every visibility to the viewers."""
    chance, made = Random(7), []
    listings = [await make_listing(app, world.acme), await make_listing(app, world.globex), None]
    for number in range(90):
        first_name, last_name = chance.choice(NAMES)
        facts: dict[str, Any] = {
            "partner": chance.choice((None, world.acme, world.acme, world.globex)),
            "email": chance.choice(EMAILS),
            "phone": chance.choice(PHONES),
            "first_name": first_name,
            "last_name": last_name,
            "company": chance.choice(COMPANIES),
            "country": chance.choice((None, "DE", "FR")),
            "listing_id": chance.choice(listings),
            "created_at": START - timedelta(days=chance.choice((0, 0, 1, 30, 31, 60)), milliseconds=chance.choice((0, 1))),
            "sender_id": chance.choice((None, None, world.seller.member_id)),
            "deleted_at": START if number % 15 == 0 else None,
            "erased_at": START if number % 16 == 0 else None,
        }
        if number % 14 == 0:
            facts |= {"stage": LeadStage.ARCHIVED, "outcome": LeadOutcome.EXPIRED}
        made.append(await make_lead(app, **facts))
    twin: dict[str, Any] = {"partner": world.acme, "phone": PHONES[2], "listing_id": listings[0], "company": LONG}
    made += [await make_lead(app, **twin) for _ in range(2)]
    return [await load_lead(app, one) for one in made]


def matches(one: Lead, other: Lead) -> set[DuplicateMatch]:
    """Return the matches of two leads whose contacts are visible."""
    found = set()
    if one.email and other.email and folded(one.email) == folded(other.email):
        found.add(DuplicateMatch.EMAIL)
    numbers, others = phone_keys(one.phone, one.country), phone_keys(other.phone, other.country)
    if numbers.dialed and others.dialed and (numbers.dialed in others or others.dialed in numbers):
        found.add(DuplicateMatch.PHONE)
    if one.company and other.company and same_company(one.company, other.company):
        if same_name(one.full_name, other.full_name):
            found.add(DuplicateMatch.PERSON_AND_COMPANY)
        if one.listing_id and one.listing_id == other.listing_id and abs(one.created_at - other.created_at) <= WITHIN:
            found.add(DuplicateMatch.COMPANY_AND_LISTING)
    return found


def is_hidden(viewer: Viewer, lead: Lead) -> bool:
    return contact_hidden(viewer, partner_id=lead.partner_id, outcome=lead.outcome, erased=lead.erased_at is not None) is not None


def expected_duplicates(viewer: Viewer, asked: Lead, leads: list[Lead]) -> list[Duplicate]:
    """Return the duplicates of a lead, found by comparing it with every lead."""
    found = []
    for lead in leads:
        if lead.id == asked.id or visibility_of(viewer, snapshot(lead, None)) is Visibility.NONE:
            continue
        matched = matches(asked, lead) - (OF_THE_CONTACT if is_hidden(viewer, asked) or is_hidden(viewer, lead) else set())
        if matched:
            found.append((score(matched), lead.created_at, lead.id, tuple(one for one in DuplicateMatch if one in matched)))
    found.sort(reverse=True)
    return [Duplicate(lead_id, matched) for _, _, lead_id, matched in found]


async def test_duplicates_equal_those_found_by_comparing_all_pairs(app: AppContext, world: World) -> None:
    leads = await make_leads(app, world)
    occurred = set()
    for who in world.everybody:
        viewer = await load_viewer(app, who)
        seen = [lead for lead in leads if visibility_of(viewer, snapshot(lead, None)) is not Visibility.NONE]
        hidden = [lead.id for lead in seen if is_hidden(viewer, lead)]
        expected = {lead.id: expected_duplicates(viewer, lead, leads) for lead in seen}
        for first in (1, 4, 200):
            found = await duplicates.duplicates(app.reader(viewer), [lead.id for lead in seen], hidden, first)
            assert found == {lead_id: several[:first] for lead_id, several in expected.items()}
        occurred |= {one.matched for several in found.values() for one in several}
    assert {len(matched) for matched in occurred} == {1, 2, 3, 4}
    assert {one for matched in occurred for one in matched} == set(DuplicateMatch)


INDEXES: Final = {
    DuplicateMatch.EMAIL: {"email_key"},
    DuplicateMatch.PHONE: {"phone_key", "phone_local"},
    DuplicateMatch.PERSON_AND_COMPANY: {"person_key", "company_rest"},
    DuplicateMatch.COMPANY_AND_LISTING: {"request"},
}


async def test_each_kind_of_match_is_read_by_its_index(app: AppContext, world: World) -> None:
    leads = [await make_lead(app, partner=world.acme) for _ in range(3)]
    for who in (world.rep, world.channel):
        reader = app.reader(await load_viewer(app, who))
        for match, indexes in INDEXES.items():
            steps = await plan(app, duplicates.matching_pairs(reader, match, leads))
            assert not [step for step in steps if "SCAN" in step or "Seq Scan" in step], steps
            # PostgreSQL chooses an index by the number of rows; these are too few for it to choose each match's own.
            used = {index for index in indexes for step in steps if f"lead_{index}_present" in step}
            assert app.database.dialect == "postgres" or used == indexes, steps


async def plan(app: AppContext, statement: Sql) -> list[str]:
    """Return the steps of the query plan; on PostgreSQL with sequential scans disabled."""
    async with app.database.transaction() as connection:
        if connection.dialect == "sqlite":
            rows = await connection.fetch(f"EXPLAIN QUERY PLAN {statement.text}", *statement.parameters)
            return [row["detail"] for row in rows]
        await connection.execute("SET LOCAL enable_seqscan = off")
        return [row["QUERY PLAN"] for row in await connection.fetch(f"EXPLAIN {statement.text}", *statement.parameters)]
