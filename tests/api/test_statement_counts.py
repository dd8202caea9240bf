"""The number of statements of a request depends on its document, not on the rows."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from gql_leads.api.values.ids import encode_id
from gql_leads.domain.activities import ActivityKind, NewActivity
from gql_leads.domain.commands import Conversion, OpportunityFields
from gql_leads.domain.leads.lead import TeamMember
from gql_leads.domain.opportunities.records import Account, Contact, Opportunity
from gql_leads.domain.routing import Rule
from gql_leads.services.activities import complete_activity, log_opportunity_activity
from gql_leads.services.app_context import AppContext
from gql_leads.services.campaigns import set_campaign_membership
from gql_leads.services.leads import notes
from gql_leads.services.leads.activities import log_lead_activity
from gql_leads.services.leads.conversion import convert_lead
from gql_leads.services.notes import add_opportunity_note
from gql_leads.services.opportunities import update_opportunity
from gql_leads.services.routing import save_assignment_rules
from gql_leads.store.opportunities import ACCOUNTS, CONTACTS, OPPORTUNITIES, insert
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import (
    Clock,
    make_accepted_lead,
    make_campaign,
    make_lead,
    make_listing,
    make_partner,
    make_qualified_lead,
    make_queue,
    open_app_context,
)

LIST = """
    { leads(first: 200) { nodes { id reference company contact { fullName email } listing { name } partner { name } owner { name } } } }
"""
SEARCHED = """
    { leads(search: "bosu", filter: {statuses: [NEW]}, first: 200) {
        totalCount eventCursor nodes { id } facets(fields: [STATUS, PARTNER]) { field } } }
"""
NESTED = """
    { leads(first: 200) { nodes {
        partner { members { totalCount nodes { name partner { name } } } listings { nodes { partner { name } } } }
        queue { waiting partners { name } allowance { canClaim } }
        deal { team { member { name } } }
        notes { totalCount nodes { body author { name } mentions { name partner { name } } } }
        activities { totalCount nodes { subject owner { name } } }
        timeline { nodes { kind actor { partner { name } } summary changes { to } note { body } activity { subject } } }
    } } }
"""
CAMPAIGNS = """
    { leads(first: 200) { nodes { campaigns { responded campaign { name } } } facets(fields: [CAMPAIGN]) { field } }
      campaigns { totalCount nodes { name } } }
"""
RULES = "{ assignmentRules { version rules { name partner { name } queue { name waiting } } } }"
PAGE = (
    "query($id: ID!) { lead(id: $id) { company allowedActions notes { nodes { body author { name } } } timeline { nodes { summary } } } }"
)
SALES = """
    { opportunities(first: 200) { nodes { name account { name contacts { totalCount nodes { lastName account { name } } } }
        contact { lastName } owner { name } lead { company }
        notes { totalCount nodes { body author { name } mentions { name } } }
        activities { nodes { subject owner { name } opportunity { name } } }
        timeline { nodes { id summary actor { name } changes { to } } } } } }
"""
PEOPLE = """
    { partners { nodes { responsiveness { answered medianResponseHours } } }
      viewer { recentLeads { nodes { company owner { name } } } } recommendedLeads { reason lead { company queue { name } } } }
"""
CONVERTED = """
    { leads(first: 200) { nodes { outcome conversion { convertedBy { name } account { name } contact { lastName } opportunity { name } }
        conversionPreview { accounts { name } contacts { lastName } opportunityName } } } }
"""
NODES = """
    query($ids: [ID!]!) { nodes(ids: $ids) {
        id ... on Lead { company } ... on Member { partner { name } } ... on LeadQueue { waiting } } }
"""


@pytest.fixture
async def app(database_url: str, clock: Clock) -> AsyncIterator[AppContext]:
    """A desk without a live feed, whose own statements are not the request's."""
    async with open_app_context(database_url, clock) as opened:
        yield opened


async def add_leads(app: AppContext, world: World, many: int) -> list[str]:
    """Leads of every kind, so many of each."""
    ids: list[str] = []
    for _ in range(many):
        listing = await make_listing(app, world.acme)
        lead = await make_lead(app, partner=world.acme, listing_id=listing, owner_id=world.rep.member_id)
        await notes.add_lead_note(app, world.rep, lead, "Called.")
        await notes.add_lead_note(app, world.channel, lead, "Well done.", mentions=[world.rep.member_id, world.colleague.member_id])
        await set_campaign_membership(app, world.channel, lead, await make_campaign(app))
        activity = await log_lead_activity(app, world.rep, lead, NewActivity(kind=ActivityKind.CALL, subject="Called."))
        await complete_activity(app, world.rep, activity)
        await make_lead(app, queue=await make_queue(app, open_to=[world.acme]))
        team = (TeamMember("Rita Rep", member_id=world.rep.member_id),)
        await make_accepted_lead(app, world.colleague, team=team)
        ids.append(encode_id("Lead", lead))
    return ids


async def add_sales(app: AppContext, world: World, many: int) -> None:
    """Opportunities with everything beside them, each its own."""
    for _ in range(many):
        facts: dict[str, Any] = {"partner_id": world.acme, "created_at": app.now()}
        account = Account(id=uuid7(), name="Contoso", **facts)
        contact = Contact(id=uuid7(), account_id=account.id, last_name="Bosu", **facts)
        lead = await make_lead(app, partner=world.acme)
        sale = Opportunity(
            id=uuid7(), name="Ledger", account_id=account.id, contact_id=contact.id, lead_id=lead, owner_id=world.rep.member_id,
            updated_at=app.now(), **facts,
        )  # fmt: skip
        await insert(app.database.writing, ACCOUNTS, account)
        await insert(app.database.writing, CONTACTS, contact)
        await insert(app.database.writing, OPPORTUNITIES, sale)
        await add_opportunity_note(app, world.rep, sale.id, "Called.", mentions=[world.channel.member_id])
        await log_opportunity_activity(app, world.rep, sale.id, NewActivity(kind=ActivityKind.CALL, subject="Called."))
        wanted = OpportunityFields(name="New", contact_id=None, owner_id=world.colleague.member_id)
        await update_opportunity(app, world.rep, sale.id, wanted)
        await update_opportunity(app, world.rep, sale.id, OpportunityFields(contact_id=contact.id))


async def test_opportunities_take_one_statement_per_related_type(app: AppContext, world: World, ask: Ask, statements: list[str]) -> None:
    for _ in range(3):
        await add_sales(app, world, 2)
        statements.clear()
        found = (await ask(world.rep, SALES))["opportunities"]["nodes"]
        assert {one["lead"]["company"] for one in found} == {"Contoso"}
        # the list and 4 related types, contacts of accounts 3, notes 3, activities 2, the timeline and the names in it 3
        assert len(statements) == 1 + 4 + 3 + 3 + 2 + 3


async def test_conversions_and_previews_take_a_constant_number(app: AppContext, world: World, ask: Ask, statements: list[str]) -> None:
    for number in range(3):
        for company in ("Contoso", f"Company {number}", None):
            await convert_lead(
                app, world.rep, await make_qualified_lead(app, world.rep, company=company, email=f"{company}@contoso.example"), Conversion()
            )
            await make_accepted_lead(app, world.rep, company=company, email=f"{company}@contoso.example")
        statements.clear()
        found = (await ask(world.rep, CONVERTED))["leads"]["nodes"]
        assert {one["outcome"] for one in found if one["conversion"]} == {"CONVERTED"}
        assert all(one["conversionPreview"]["accounts"] for one in found if not one["conversion"])
        assert len(statements) == 1 + 3 + 2


@pytest.mark.parametrize(("document", "most"), [(LIST, 1), (SEARCHED, 7), (NESTED, 21), (CAMPAIGNS, 5), (PEOPLE, 7)])
async def test_list_takes_a_constant_number_of_statements(
    app: AppContext, world: World, ask: Ask, statements: list[str], document: str, most: int
) -> None:
    counts = []
    for _ in range(3):
        await add_leads(app, world, 2)
        statements.clear()
        await ask(world.rep, document)
        counts.append(len(statements))
    # Two levels that happen to ask for the same kind in the same turn share a statement.
    assert 1 <= min(counts) <= max(counts) <= most


async def test_page_of_a_lead_takes_three_statements(app: AppContext, world: World, ask: Ask, statements: list[str]) -> None:
    (lead,) = await add_leads(app, world, 1)
    statements.clear()
    await ask(world.rep, PAGE, id=lead)
    assert len(statements) == 3


async def test_assignment_rules_take_a_constant_number_of_statements(
    app: AppContext, world: World, ask: Ask, statements: list[str]
) -> None:
    rules = [Rule(name="one", partner_id=world.acme), Rule(name="two", queue_id=world.general)]
    for times in (1, 3):
        rules += [Rule(name="more", partner_id=await make_partner(app)) for _ in range(times)]
        rules += [Rule(name="more", queue_id=await make_queue(app)) for _ in range(times)]
        await save_assignment_rules(app, world.channel, rules)
        statements.clear()
        await ask(world.channel, RULES)
        assert len(statements) == 4


async def test_nodes_take_one_statement_per_type(app: AppContext, world: World, ask: Ask, statements: list[str]) -> None:
    ids: list[Any] = await add_leads(app, world, 3)
    ids += [encode_id("Member", one.member_id) for one in (world.rep, world.colleague)]
    ids += [encode_id("LeadQueue", world.general)]
    statements.clear()
    await ask(world.rep, NODES, ids=ids)
    assert len(statements) == 3 + 2


async def test_only_selected_columns_are_read(app: AppContext, world: World, ask: Ask, statements: list[str]) -> None:
    await make_lead(app, partner=world.acme)
    statements.clear()
    await ask(world.rep, "{ leads { nodes { company } } }")
    assert len(statements) == 1
    assert "l.company AS company" in statements[0]
    assert not any(name in statements[0] for name in ("last_name", "LEFT JOIN", "message", "deal_name"))
