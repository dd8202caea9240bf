"""Mutations: payloads with the lead after the commit, or with errors."""

from typing import Any

import pytest

from gql_leads.api.values.ids import encode_id
from gql_leads.services.app_context import AppContext
from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import make_accepted_lead, make_lead

SOMEWHERE = encode_id("Lead", "00000000-0000-7000-8000-000000000000")


async def test_lead_is_created_accepted_qualified_and_won(app: AppContext, world: World, ask: Ask) -> None:
    made = await mutate(
        ask,
        world.rep,
        "createLead",
        "lead { id version owner { name } contact { fullName emailValidity } allowedActions }",
        contact={"firstName": "Aparna", "lastName": "Bosu", "email": "aparna@contoso.example"},
        company="Contoso",
    )
    assert made["errors"] == []
    assert made["lead"]["owner"] == {"name": "Rita Rep"}
    lead = made["lead"]["id"]
    status = await mutate(ask, world.rep, "updateLeadStatus", "lead { status version }", leadId=lead, status="CONTACTED", expectedVersion=1)
    assert status["lead"] == {"status": "CONTACTED", "version": 2}
    edited = await mutate(
        ask, world.rep, "updateLead", "lead { city contact { phone } }", leadId=lead, city="Lyon", contact={"phone": "+33 1 23 45 67 89"}
    )
    assert edited["lead"]["city"] == "Lyon"
    noted = await mutate(
        ask, world.rep, "addLeadNote", "note { body author { name } } lead { notes { totalCount } }", leadId=lead, body="Called."
    )
    assert noted == {"note": {"body": "Called.", "author": {"name": "Rita Rep"}}, "lead": {"notes": {"totalCount": 1}}, "errors": []}
    deal = {"estimatedValue": {"amount": "12500.5", "currency": "EUR"}, "team": [{"name": "Tom"}], "expectedCloseDate": "2027-01-31"}
    payload = "lead { deal { estimatedValue { amount currency } expectedCloseDate } blockedActions { action missing } }"
    accepted = await mutate(ask, world.rep, "acceptLead", payload, leadId=lead, deal=deal, note="Promising.")
    assert accepted["lead"]["deal"]["estimatedValue"] == {"amount": "12500.50", "currency": "EUR"}
    assert accepted["lead"]["deal"]["expectedCloseDate"] == "2027-01-31"
    assert accepted["lead"]["blockedActions"][0]["action"] == "MARK_WON"
    early = await mutate(ask, world.rep, "markLeadWon", leadId=lead)
    assert (early["lead"], early["errors"][0]["missing"][0]) == (None, "CUSTOMER_RESPONDED")
    renamed = await mutate(
        ask,
        world.rep,
        "updateLeadDeal",
        "lead { deal { name estimatedValue { amount } } }",
        leadId=lead,
        deal={"name": "Big", "estimatedValue": None},
    )
    assert renamed["lead"]["deal"] == {"name": "Big", "estimatedValue": None}
    steps = dict.fromkeys(("customerResponded", "budget", "authority", "need", "timeline"), True)
    qualified = await mutate(ask, world.rep, "qualifyLead", "lead { qualification { isComplete completedAt } }", leadId=lead, **steps)
    assert qualified["lead"]["qualification"] == {"isComplete": True, "completedAt": "2026-11-21T09:30:00.000Z"}
    won = await mutate(ask, world.rep, "markLeadWon", "lead { outcome archivedAt timeline { nodes { kind summary } } }", leadId=lead)
    assert won["lead"]["outcome"] == "WON"
    assert won["lead"]["timeline"]["nodes"][0] == {"kind": "WON", "summary": "Marked as won by Rita Rep."}
    again = await mutate(ask, world.rep, "markLeadLost", leadId=lead, reason="OTHER")
    assert (errors_of(again), again["errors"][0]["stage"]) == ([("InvalidTransition", None)], "ARCHIVED")


@pytest.mark.parametrize(
    ("mutation", "given"),
    [
        ("updateLeadStatus", {"status": "NEW"}),
        ("updateLead", {"city": "Lyon"}),
        ("addLeadNote", {"body": "x"}),
        ("logLeadActivity", {"kind": "CALL", "subject": "x"}),
        ("acceptLead", {"deal": {}}),
        ("declineLead", {"reason": "OTHER"}),
        ("updateLeadDeal", {"deal": {"name": "x"}}),
        ("qualifyLead", {"need": True}),
        ("markLeadWon", {}),
        ("markLeadLost", {"reason": "OTHER"}),
        ("claimLead", {}),
        ("releaseLead", {}),
        ("favoriteLead", {}),
        ("unfavoriteLead", {}),
    ],
)
async def test_unknown_lead_is_not_found(world: World, ask: Ask, mutation: str, given: dict[str, Any]) -> None:
    refused = await mutate(ask, world.referrals, mutation, leadId=SOMEWHERE, **given)
    assert (refused["lead"], errors_of(refused)) == (None, [("NotFound", ["leadId"])])


async def test_all_invalid_fields_are_reported_before_the_lead_is_read(world: World, ask: Ask) -> None:
    refused = await mutate(
        ask, world.rep, "updateLead", leadId=SOMEWHERE, country="XX", company="x" * 300, contact={"lastName": "", "firstName": "a\x00"}
    )
    assert errors_of(refused) == [
        ("InvalidInput", ["company"]),
        ("InvalidInput", ["country"]),
        ("InvalidInput", ["contact", "firstName"]),
        ("InvalidInput", ["contact", "lastName"]),
    ]


@pytest.mark.parametrize(("amount", "currency"), [("-1", "EUR"), ("1" * 20, "EUR"), ("1", "XXX"), ("1.234", "EUR")])
async def test_invalid_money_is_refused(app: AppContext, world: World, ask: Ask, amount: str, currency: str) -> None:
    lead = encode_id("Lead", await make_accepted_lead(app, world.rep))
    deal = {"estimatedValue": {"amount": amount, "currency": currency}}
    refused = await mutate(ask, world.rep, "updateLeadDeal", leadId=lead, deal=deal)
    ((kind, path),) = errors_of(refused)
    assert (kind, path[:2] if path else None) == ("InvalidInput", ["deal", "estimatedValue"])


async def test_update_of_a_stale_version_is_refused(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_lead(app, partner=world.acme))
    refused = await mutate(ask, world.rep, "updateLeadStatus", leadId=lead, status="CONTACTED", expectedVersion=7)
    assert (errors_of(refused), refused["errors"][0]["currentVersion"]) == ([("VersionConflict", ["expectedVersion"])], 1)


CURRENT = """errors { ... on VersionConflict { currentVersion current {
    id ... on Lead { version status contact { lastName } owner { id } } ... on Opportunity { version name } } } }"""


@pytest.mark.parametrize(
    ("mutation", "given"),
    [
        ("updateLeadStatus", {"status": "CONTACTED"}),
        ("updateLead", {"company": "Other"}),
        ("acceptLead", {"deal": {}}),
        ("declineLead", {"reason": "SPAM"}),
        ("assignLead", {"to": {"memberId": ""}}),
        ("updateLeadDeal", {"deal": {}}),
        ("qualifyLead", {"budget": True}),
        ("markLeadWon", {}),
        ("markLeadLost", {"reason": "SPAM"}),
        ("convertLead", {}),
    ],
)
async def test_version_conflict_carries_the_lead_as_it_is_now(
    app: AppContext, world: World, ask: Ask, mutation: str, given: dict[str, Any]
) -> None:
    lead = encode_id("Lead", await make_lead(app, partner=world.acme))
    await mutate(ask, world.rep, "updateLeadStatus", leadId=lead, status="PURCHASED")
    given = given | {"to": {"memberId": encode_id("Member", world.rep.member_id)}} if "to" in given else given
    document = f"mutation($input: {mutation[0].upper()}{mutation[1:]}Input!) {{ {mutation}(input: $input) {{ lead {{ id }} {CURRENT} }} }}"
    refused = (await ask(world.referrals, document, input={"leadId": lead, "expectedVersion": 1, **given}))[mutation]
    current = {"id": lead, "version": 2, "status": "PURCHASED", "contact": {"lastName": "Bosu"}, "owner": None}
    assert refused == {"lead": None, "errors": [{"currentVersion": 2, "current": current}]}


async def test_version_conflict_hides_the_contact_of_a_waiting_lead(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_lead(app))
    document = f"mutation($input: AcceptLeadInput!) {{ acceptLead(input: $input) {{ {CURRENT} }} }}"
    refused = (await ask(world.rep, document, input={"leadId": lead, "deal": {}, "expectedVersion": 9}))["acceptLead"]
    assert refused["errors"][0]["current"] == {"id": lead, "version": 1, "status": "NEW", "contact": None, "owner": None}


async def test_mutation_without_permission_is_refused(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_lead(app))
    assert errors_of(await mutate(ask, world.admin, "claimLead", leadId=lead)) == [("NotPermitted", None)]
    assert errors_of(await mutate(ask, world.rep, "assignLead", leadId=lead, to={"partnerId": encode_id("Partner", world.globex)})) == [
        ("NotPermitted", None)
    ]
    assert errors_of(await mutate(ask, world.rep, "saveQueue", "queue { id }", name="Mine")) == [("NotPermitted", None)]
