"""The trigram index finds the leads that a scan finds, follows every write, and loses erased texts."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from random import Random
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from gql_leads.domain.commands import LeadFields
from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.leads.sorting import LeadSort, LeadSortField
from gql_leads.domain.listings import SaveListing
from gql_leads.domain.values.text_folding import fold_for_search
from gql_leads.domain.viewer import Viewer
from gql_leads.services import listings
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import deletion, erasure, updates
from gql_leads.services.maintenance import scheduled_jobs
from gql_leads.store.access.access_policy import SEARCHED
from gql_leads.store.leads import lists
from gql_leads.store.leads.lists import LeadQuery, LeadReader, SearchPlan
from gql_leads.store.search import search_plan
from gql_leads.store.search.search_plan import UNRESTRICTED, Candidates, Threshold
from gql_leads.store.search.trigrams import INDEXES
from gql_leads.store.sql.builder import FALSE, TRUE, Sql, insertion
from gql_leads.store.sql.pagination import Window, page_statement
from gql_leads.store.sql.projection import Projection
from gql_leads.store.sql.rows import UuidArray, as_uuid
from gql_leads.store.unit_of_work import stored
from tests.factories import World, make_world
from tests.fixtures import Clock, build_lead, make_lead, make_listing, migrate_to, open_app_context
from tests.property_runner import PropertyRunner

SEARCH: Final = "gql_leads.store.migrations.0004_search"
BEFORE_THE_SEARCH: Final = "0003_indexes"
ALPHABETS: Final = ("abc", "aBÉß", "жЖшк ", "東京王小明", "%_*\\", "\"'()+-", "ab 12", "ﬁİſς", "👩🏽\u200d💻é\u0301", "AND OR")
"""Alphabets of few letters, so that trigrams recur."""
characters = st.sampled_from("".join(ALPHABETS))
FEW_LEADS: Final = 80
OPTIONAL: Final = ("first_name", "company", "listing_name", "email")


async def found(app: AppContext, viewer: Viewer, term: str) -> set[UUID]:
    """Return the leads on a page of the search; check that the count agrees."""
    reader, query = app.reader(viewer), LeadQuery(term)
    page = await lists.page(reader, query, Projection(frozenset({"id"})), Window(1_000))
    assert await lists.total(reader, query) == len(page.rows)
    return {as_uuid(row["id"]) for row in page.rows}


def random_text(chance: Random, most: int = 12) -> str:
    """Return up to `most` letters of one or two alphabets."""
    letters = chance.choice(ALPHABETS) + chance.choice(ALPHABETS)
    return "".join(chance.choices(letters, k=chance.randint(1, most))).strip() or "x"


def full_names(lead: Lead) -> list[str]:
    """Return the lead's full name in both orders, and for East Asian scripts also without a space."""
    if not lead.first_name:
        return [lead.last_name]
    unspaced = set(lead.first_name + lead.last_name) <= set("東京王小明")
    reverse = f"{lead.last_name} {lead.first_name}"
    return [lead.full_name, reverse, *([reverse.replace(" ", "")] if unspaced else [])]


async def drop_index(app: AppContext) -> None:
    """Drop the index of SQLite, like an SQLite without FTS5."""
    for statement in import_module("gql_leads.store.migrations.0009_grams_apart").DROPPED:
        await app.database.writing.execute(statement)


async def copy_lead(app: AppContext, lead: UUID, **columns: object) -> UUID:
    """Insert a copy of a lead's row with other values, for the columns that the table has at this migration."""
    row = await app.database.writing.fetch_one("SELECT * FROM lead WHERE id = ?", lead)
    copied = {**dict(row), "id": uuid7(), "reference": "L-COPIED", **columns}  # type: ignore[call-overload]
    await app.database.writing.execute(insertion("lead", copied))
    return UUID(str(copied["id"]))


@dataclass
class SearchableLeads:
    """Leads with texts in many scripts, and the members that search them."""

    app: AppContext
    world: World
    leads: list[Lead]

    def holding(self, term: str) -> set[UUID]:
        """Return the leads that have the term in one of their texts."""
        wanted = fold_for_search(term).strip()
        texts = {one.id: (one.company, one.listing_name, *full_names(one), one.email) for one in self.leads}
        return {lead for lead, of_lead in texts.items() if any(wanted in fold_for_search(text) for text in of_lead if text)}


@asynccontextmanager
async def make_searchable_leads(url: str) -> AsyncIterator[SearchableLeads]:
    async with open_app_context(url) as app:
        world, chance = await make_world(app), Random(7)
        leads = []
        async with app.unit_of_work(None) as uow:
            for _ in range(FEW_LEADS):
                facts: dict[str, Any] = {name: chance.choice((None, random_text(chance))) for name in OPTIONAL}
                leads.append(await build_lead(app, partner=world.acme, last_name=random_text(chance), **facts))
                await uow.insert(leads[-1], "vendor")
        yield SearchableLeads(app, world, leads)


@pytest.fixture(params=["indexed", "read"])
def searchable(
    runner: PropertyRunner, database_url: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SearchableLeads]:
    set_thresholds(monkeypatch, 2_000)
    with runner.opened(make_searchable_leads(database_url)) as opened:
        if request.param == "read":
            if opened.app.database.dialect == "postgres":
                set_thresholds(monkeypatch, 2_000, share=-1.0)
            else:
                runner.call(drop_index, opened.app)
        yield opened


def set_thresholds(monkeypatch: pytest.MonkeyPatch, most: int, *, share: float = 1.0) -> None:
    """Use the index for at most `most` candidates and this share of all leads."""
    for name in ("PAGE", "COUNT"):
        monkeypatch.setattr(search_plan, name, Threshold(most, share))


@given(data=st.data())
def test_search_finds_exactly_the_leads_that_have_the_text(
    runner: PropertyRunner, searchable: SearchableLeads, data: st.DataObject
) -> None:
    texts = [text for lead in searchable.leads for text in (lead.company, lead.listing_name, lead.full_name, lead.email) if text]
    text = data.draw(st.sampled_from(texts))
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : start + data.draw(st.integers(1, 12))]
    term = data.draw(st.sampled_from((part, part.swapcase())) | st.text(characters, min_size=1, max_size=8))
    expected = searchable.holding(term) if term.strip() else {lead.id for lead in searchable.leads}
    for viewer in (searchable.world.channel, searchable.world.rep):
        assert runner.call(found, searchable.app, viewer, term) == expected


@pytest.mark.parametrize("term", ["\ufffe", "x\uffff", "\ufffe\uffffy"])
async def test_noncharacters_of_unicode_are_found(app: AppContext, world: World, monkeypatch: pytest.MonkeyPatch, term: str) -> None:
    set_thresholds(monkeypatch, 3)
    lead = await make_lead(app, partner=world.acme, company=f"Contoso {term} Fabrikam")
    assert await found(app, world.channel, term) == {lead}


@pytest.mark.parametrize("most", [0, 3])
async def test_more_candidates_than_the_threshold_are_found_by_a_scan(
    app: AppContext, world: World, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    set_thresholds(monkeypatch, most)
    first = await make_lead(app, partner=world.acme, company="abc xyz")
    # These have some trigrams of the term, but not all.
    others = [await make_lead(app, partner=world.acme, company=company) for company in ("abc", "xyz", "abc abc", "xyz xyz", "c x")]
    assert await found(app, world.channel, "abc xyz") == {first}
    assert await found(app, world.channel, "abc") == {first, others[0], others[2]}
    assert await found(app, world.channel, "c x") == {first, others[4]}
    assert await found(app, world.channel, "z") == {first, others[1], others[3]}


async def indexed(app: AppContext) -> dict[UUID, set[str]]:
    """Return the indexed trigrams of each lead."""
    rows = await app.database.writing.fetch(
        "SELECT lead_id AS lead, unnest(tsvector_to_array(lead_grams(search_open) || lead_grams(search_person))) AS gram FROM lead_search"
        if app.database.dialect == "postgres"
        else " UNION ALL ".join(
            f"SELECT n.lead_id AS lead, g.term AS gram FROM lead_number n JOIN grams_of_{column}_term g ON g.doc = n.number"
            for column in SEARCHED
        )
    )
    trigrams: dict[UUID, set[str]] = {}
    for row in rows:
        trigrams.setdefault(as_uuid(row["lead"]), set()).add(row["gram"])
    return trigrams


async def expected_trigrams(app: AppContext) -> dict[UUID, set[str]]:
    """Return the trigrams of the current texts of each lead."""
    trigrams: dict[UUID, set[str]] = {}
    for row in await app.database.writing.fetch("SELECT id, search_open, search_person FROM lead"):
        texts = [f"{row[column]}\x1f\x1f" for column in SEARCHED]
        if grams := {text[at : at + 3] for text in texts for at in range(len(text) - 2)}:
            trigrams[as_uuid(row["id"])] = grams
    return trigrams


async def check_index(app: AppContext) -> None:
    """Check that the index has exactly the trigrams of the current texts."""
    assert await indexed(app) == await expected_trigrams(app)


async def test_index_follows_every_kind_of_change(app: AppContext, world: World, clock: Clock) -> None:
    async def finds(**terms: bool) -> None:
        answers = {term: bool(await found(app, world.admin, term.replace("_", " "))) for term in terms}
        assert answers == terms
        await check_index(app)

    listing = await make_listing(app, world.acme, "Oldledger")
    lead = await make_lead(app, partner=world.acme, company="Firstly", last_name="Zyxwvut", listing_id=listing, listing_name="Oldledger")
    await finds(firstly=True, oldledger=True, zyxwvut=True)
    await updates.update_lead(app, world.rep, lead, LeadFields(company="Secondly"))
    await finds(firstly=False, secondly=True, oldledger=True)
    await listings.save_listing(app, world.profiles, SaveListing(id=listing, name="Newledger"))
    await scheduled_jobs.run_due_jobs(app)
    await finds(secondly=True, oldledger=False, newledger=True)
    await deletion.delete_lead(app, world.referrals, lead)
    await finds(secondly=False)
    await deletion.restore_lead(app, world.referrals, lead)
    await finds(secondly=True, zyxwvut=True)
    await erasure.erase_lead_contact(app, world.referrals, lead)
    await finds(secondly=True, zyxwvut=False)
    await deletion.delete_lead(app, world.referrals, lead)
    clock.advance(days=200)
    await scheduled_jobs.run_due_jobs(app)
    await finds(secondly=False)


async def test_index_follows_bulk_inserts_and_deletes(app: AppContext, world: World) -> None:
    several = [stored(await build_lead(app, partner=world.acme, id=uuid7(), company=f"Bulk {number}")) for number in range(30)]
    columns = list(several[0])
    async with app.database.transaction() as connection:
        statement = f"INSERT INTO lead ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        await connection.execute_many(statement, [tuple(row.values()) for row in several])
    await check_index(app)
    assert len(await found(app, world.channel, "bulk")) == 30
    assert await found(app, world.channel, "bulk 17") == {several[17]["id"]}
    await app.database.writing.execute("DELETE FROM lead WHERE id = ?", several[17]["id"])
    await check_index(app)
    assert await found(app, world.channel, "bulk 17") == set()


async def test_rolled_back_change_leaves_the_index_unchanged(app: AppContext, world: World) -> None:
    kept = await make_lead(app, partner=world.acme, company="Kept")
    with suppress(ZeroDivisionError):
        async with app.unit_of_work(None) as uow:
            await uow.insert(await build_lead(app, partner=world.acme, company="Dropped"), "vendor")
            raise ZeroDivisionError
    await check_index(app)
    assert (await found(app, world.channel, "kept"), await found(app, world.channel, "dropped")) == ({kept}, set())


@pytest.mark.parametrize("former", [BEFORE_THE_SEARCH, "0007_partners"])
async def test_migration_indexes_existing_leads(app: AppContext, world: World, former: str) -> None:
    made = {name: await make_lead(app, partner=world.acme, company=name) for name in ("Northwind", "Школа", "東京")}
    await migrate_to(app.database, former)
    made["later"] = await copy_lead(app, made["Northwind"], company="Later", search_open="later")
    await migrate_to(app.database)
    await check_index(app)
    assert {name: await found(app, world.channel, name) for name in made} == {name: {lead} for name, lead in made.items()}


async def test_search_without_trigram_support_scans_the_leads(app: AppContext, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await migrate_to(app.database, BEFORE_THE_SEARCH)
    monkeypatch.setattr(f"{SEARCH}.INDEX", "CREATE VIRTUAL TABLE {name} USING missing_module(text)")
    await migrate_to(app.database)
    lead = await make_lead(app, partner=world.acme, company="Plain")
    assert await found(app, world.channel, "plain") == {lead}
    await erasure.erase_lead_contact(app, world.referrals, lead)
    await scheduled_jobs.run_due_jobs(app)
    await migrate_to(app.database, BEFORE_THE_SEARCH)


async def test_index_after_an_erasure_equals_an_index_built_anew(app: AppContext, world: World) -> None:
    async def parts(table: str) -> list[Any]:
        return [row["block"] for row in await app.database.writing.fetch(f"SELECT block FROM {table}_data WHERE id > 10 ORDER BY id")]

    lead = await make_lead(app, partner=world.acme, last_name="Qponmlk")
    for name in ("Contoso", "Fabrikam", "Litware"):
        await make_lead(app, partner=world.acme, company=name)
    await updates.update_lead(app, world.rep, lead, LeadFields(company="Office of Qponmlk"))
    await erasure.erase_lead_contact(app, world.referrals, lead)
    await scheduled_jobs.run_due_jobs(app)
    await check_index(app)
    assert await found(app, world.admin, "qponmlk") == set()
    if app.database.dialect == "postgres":
        return
    connection = app.database.writing
    assert await connection.fetch("SELECT 1 FROM lead_search_remains") == []
    for column in SEARCHED:
        anew = f"anew_{column}"
        await connection.execute(
            f"CREATE VIRTUAL TABLE {anew} USING fts5(text, content='', columnsize=0, detail=none, tokenize='trigram case_sensitive 1')"
        )
        texts = f"SELECT n.number, l.{column} || char(31, 31) FROM lead_number n JOIN lead l ON l.id = n.lead_id"
        await connection.execute(f"INSERT INTO {anew} (rowid, text) {texts}")
        await connection.execute(f"INSERT INTO {anew} ({anew}) VALUES ('optimize')")
        assert await parts(f"grams_of_{column}") == await parts(anew) != []


async def test_list_of_a_frequent_term_is_scanned_in_its_order(app: AppContext, world: World) -> None:
    for number in range(60):
        await make_lead(app, partner=world.acme, company=f"Labs {number}")
    reader = app.reader(world.channel)
    assert (await lists.plan_search(reader, LeadQuery("labs"), search_plan.PAGE)).found == UNRESTRICTED
    for sort in ((), (LeadSort(LeadSortField.COMPANY),)):
        page = await lists.page(reader, LeadQuery("LABS 1", sort=sort), Projection(frozenset({"company"})), Window(20))
        assert {row["company"] for row in page.rows} == {f"Labs {number}" for number in (1, *range(10, 20))}


@pytest.mark.parametrize("term", ["labs 17", "17", "7\x1f"])
async def test_rare_term_is_looked_up_in_the_index(app: AppContext, world: World, monkeypatch: pytest.MonkeyPatch, term: str) -> None:
    set_thresholds(monkeypatch, 20)
    for number in range(60):
        await make_lead(app, partner=world.acme, company=f"Labs {number}")
    is_postgres = app.database.dialect == "postgres"
    # A partner has so few leads that SQLite scans them.
    for viewer in (world.channel, world.rep) if is_postgres else (world.channel,):
        reader = app.reader(viewer)
        query = await lists.plan_search(reader, LeadQuery(term), search_plan.PAGE)
        asked = page_of(reader, query)
        assert query.found != UNRESTRICTED
        steps = await steps_of(app, asked)
        assert not [step for step in steps if step.startswith("SCAN l")], steps
        if is_postgres:  # the plan is no evidence: PostgreSQL scans so few rows anyway
            (listed,) = query.found.anywhere.parameters
            assert isinstance(listed, UuidArray)
            assert set(listed) == await found(app, viewer, term) != set()
            assert query.found.anywhere.text in asked.text


@pytest.mark.parametrize("term", ["labs 17", "17"])
async def test_waiting_leads_are_read_from_the_candidates_of_the_index(
    app: AppContext, world: World, monkeypatch: pytest.MonkeyPatch, term: str
) -> None:
    set_thresholds(monkeypatch, 20)
    waiting = [await make_lead(app, company=f"Labs {number}") for number in range(60)]
    reader = app.reader(world.rep)
    query = await lists.plan_search(reader, LeadQuery(term), search_plan.PAGE)
    assert query.found.waiting not in {TRUE, FALSE}
    assert await found(app, world.rep, term) == {lead for number, lead in enumerate(waiting) if term in f"labs {number}"}
    if app.database.dialect == "sqlite":
        steps = await steps_of(app, page_of(reader, query))
        assert [step for step in steps if "USING INTEGER PRIMARY KEY" in step], steps
        assert not [step for step in steps if "queue_id" in step], steps


async def test_waiting_leads_are_scanned_if_there_are_many_candidates(
    app: AppContext, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_thresholds(monkeypatch, 3)
    for index in INDEXES.values():
        monkeypatch.setattr(index, "most_waiting", 1)
    two = {await make_lead(app, company=f"Labs {number}") for number in range(2)}
    query = await lists.plan_search(app.reader(world.rep), LeadQuery("labs"), search_plan.PAGE)
    # PostgreSQL looks all leads up before it looks up waiting ones.
    assert (query.found.waiting == TRUE) == (app.database.dialect == "sqlite")
    assert await found(app, world.rep, "labs") == two


def page_of(reader: LeadReader, query: SearchPlan) -> Sql:
    return page_statement(lists.select(reader, query, Projection(frozenset({"id"})), Window(50)), Window(50))


async def steps_of(app: AppContext, statement: Sql) -> list[str]:
    """Return the steps of the query plan."""
    explain, column = ("EXPLAIN", "QUERY PLAN") if app.database.dialect == "postgres" else ("EXPLAIN QUERY PLAN", "detail")
    return [row[column] for row in await app.database.writing.fetch(f"{explain} " + statement)]


@pytest.mark.parametrize("term", ["zz", "-", "a.b"])
async def test_term_that_is_not_in_the_index_needs_no_read_of_leads(app: AppContext, world: World, term: str) -> None:
    await make_lead(app, partner=world.acme, company="Labs")
    query = await lists.plan_search(app.reader(world.channel), LeadQuery(term), search_plan.PAGE)
    assert query.found == Candidates(FALSE, FALSE)


@pytest.mark.parametrize("term", ["it's", "''", "a\\b", "\\", "a:*b", "!x", "a & b", "' '", "<->", "(c)"])
async def test_operators_of_the_query_language_of_the_index_are_searched_literally(
    app: AppContext, world: World, monkeypatch: pytest.MonkeyPatch, term: str
) -> None:
    set_thresholds(monkeypatch, 3)
    named = await make_lead(app, partner=world.acme, company=f"Contoso {term} Fabrikam")
    await make_lead(app, partner=world.acme, company="Contoso x Fabrikam")
    for viewer in (world.channel, world.rep):
        assert await found(app, viewer, term) == {named}
