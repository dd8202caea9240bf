"""Changing things: the payload holds the lead as it is after the commit, or what was wrong."""

from typing import Any

import pytest

from gql_leads.api.values.ids import encode_id
from gql_leads.services.app_context import AppContext
from tests.api.client import do, said
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import Clock, make_accepted_lead, make_lead, make_queue

ALLOWANCE = "allowance { openClaims claimsToday canClaim resetsAt }"
SOMEWHERE = encode_id("Lead", "00000000-0000-7000-8000-000000000000")


async def test_a_lead_is_entered_worked_and_won(app: AppContext, world: World, ask: Ask) -> None:
    made = await do(
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
    status = await do(ask, world.rep, "updateLeadStatus", "lead { status version }", leadId=lead, status="CONTACTED", expectedVersion=1)
    assert status["lead"] == {"status": "CONTACTED", "version": 2}
    edited = await do(
        ask, world.rep, "updateLead", "lead { city contact { phone } }", leadId=lead, city="Lyon", contact={"phone": "+33 1 23 45 67 89"}
    )
    assert edited["lead"]["city"] == "Lyon"
    noted = await do(
        ask, world.rep, "addLeadNote", "note { body author { name } } lead { notes { totalCount } }", leadId=lead, body="Called."
    )
    assert noted == {"note": {"body": "Called.", "author": {"name": "Rita Rep"}}, "lead": {"notes": {"totalCount": 1}}, "errors": []}
    deal = {"estimatedValue": {"amount": "12500.5", "currency": "EUR"}, "team": [{"name": "Tom"}], "expectedCloseDate": "2027-01-31"}
    payload = "lead { deal { estimatedValue { amount currency } expectedCloseDate } blockedActions { action missing } }"
    accepted = await do(ask, world.rep, "acceptLead", payload, leadId=lead, deal=deal, note="Promising.")
    assert accepted["lead"]["deal"]["estimatedValue"] == {"amount": "12500.50", "currency": "EUR"}
    assert accepted["lead"]["deal"]["expectedCloseDate"] == "2027-01-31"
    assert accepted["lead"]["blockedActions"][0]["action"] == "MARK_WON"
    early = await do(ask, world.rep, "markLeadWon", leadId=lead)
    assert (early["lead"], early["errors"][0]["missing"][0]) == (None, "CUSTOMER_RESPONDED")
    renamed = await do(
        ask,
        world.rep,
        "updateLeadDeal",
        "lead { deal { name estimatedValue { amount } } }",
        leadId=lead,
        deal={"name": "Big", "estimatedValue": None},
    )
    assert renamed["lead"]["deal"] == {"name": "Big", "estimatedValue": None}
    steps = dict.fromkeys(("customerResponded", "budget", "authority", "need", "timeline"), True)
    qualified = await do(ask, world.rep, "qualifyLead", "lead { qualification { isComplete completedAt } }", leadId=lead, **steps)
    assert qualified["lead"]["qualification"] == {"isComplete": True, "completedAt": "2026-11-21T09:30:00.000Z"}
    won = await do(ask, world.rep, "markLeadWon", "lead { outcome archivedAt timeline { nodes { kind summary } } }", leadId=lead)
    assert won["lead"]["outcome"] == "WON"
    assert won["lead"]["timeline"]["nodes"][0] == {"kind": "WON", "summary": "Marked as won by Rita Rep."}
    again = await do(ask, world.rep, "markLeadLost", leadId=lead, reason="OTHER")
    assert (said(again), again["errors"][0]["stage"]) == ([("InvalidTransition", None)], "ARCHIVED")


async def test_a_lead_is_claimed_once(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_lead(app, queue=await make_queue(app, max_open_claims=2)))
    claimed = await do(ask, world.rep, "claimLead", f"lead {{ owner {{ name }} contact {{ fullName }} }} {ALLOWANCE}", leadId=lead)
    assert claimed["lead"] == {"owner": {"name": "Rita Rep"}, "contact": {"fullName": "Aparna Bosu"}}
    assert claimed["allowance"] == {"openClaims": 1, "claimsToday": 1, "canClaim": True, "resetsAt": "2026-11-22T00:00:00.000Z"}
    late = await do(ask, world.rival, "claimLead", f"lead {{ id }} {ALLOWANCE}", leadId=lead)
    assert (late["lead"], late["allowance"], late["errors"][0]["claimedAt"]) == (None, None, "2026-11-21T09:30:00.000Z")
    released = await do(ask, world.rep, "releaseLead", "lead { queue { id } contactHidden }", leadId=lead)
    assert released["lead"]["contactHidden"] == "UNCLAIMED"


async def test_the_next_lead_is_claimed_and_what_is_left_is_told(app: AppContext, world: World, ask: Ask) -> None:
    queue = await make_queue(app, max_open_claims=1)
    await make_lead(app, queue=queue)
    await make_lead(app, queue=queue)
    first = await do(ask, world.rep, "claimNextLead", f"lead {{ id }} {ALLOWANCE}", idempotencyKey="one")
    assert (await do(ask, world.rep, "claimNextLead", f"lead {{ id }} {ALLOWANCE}", idempotencyKey="one")) == first
    full = await do(ask, world.rep, "claimNextLead", f"lead {{ id }} {ALLOWANCE}", queueId=encode_id("LeadQueue", queue))
    assert (said(full), full["errors"][0]["limit"], full["allowance"]["canClaim"]) == ([("ClaimLimitReached", None)], 1, False)
    empty = await do(ask, world.rep, "claimNextLead", f"lead {{ id }} {ALLOWANCE}", queueId=encode_id("LeadQueue", world.general))
    assert (said(empty), empty["allowance"]["openClaims"]) == ([("QueueEmpty", None)], 0)
    narrowed = await do(ask, world.rival, "claimNextLead", "lead { country }", filter={"countries": ["FR"]})
    assert narrowed["lead"] == {"country": "FR"}
    wrong = await do(ask, world.rival, "claimNextLead", filter={"countries": ["XX"]})
    assert said(wrong) == [("InvalidInput", None)]


async def test_the_allowance_of_a_queue_out_of_sight_is_not_told(app: AppContext, world: World, ask: Ask) -> None:
    queue = await make_queue(app, open_to=[world.globex], max_open_claims=1)
    refused = await do(ask, world.rep, "claimNextLead", f"lead {{ id }} {ALLOWANCE}", queueId=encode_id("LeadQueue", queue))
    assert (said(refused), refused["allowance"]) == ([("NotFound", ["queueId"])], None)


@pytest.mark.parametrize("wrong", ["x", "é", SOMEWHERE, encode_id("Partner", "00000000-0000-7000-8000-000000000000")])
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
async def test_what_is_no_lead_is_not_found(world: World, ask: Ask, mutation: str, given: dict[str, Any], wrong: str) -> None:
    refused = await do(ask, world.referrals, mutation, leadId=wrong, **given)
    assert (refused["lead"], said(refused)) == (None, [("NotFound", ["leadId"])])


async def test_every_faulty_field_is_told_at_once_and_before_the_lead_is_looked_for(world: World, ask: Ask) -> None:
    refused = await do(
        ask, world.rep, "updateLead", leadId="x", country="XX", company="x" * 300, contact={"lastName": "", "firstName": "a\x00"}
    )
    assert said(refused) == [
        ("InvalidInput", ["company"]),
        ("InvalidInput", ["country"]),
        ("InvalidInput", ["contact", "firstName"]),
        ("InvalidInput", ["contact", "lastName"]),
    ]


@pytest.mark.parametrize(("amount", "currency"), [("-1", "EUR"), ("1" * 20, "EUR"), ("1", "XXX"), ("1.234", "EUR")])
async def test_money_that_is_none_is_refused(app: AppContext, world: World, ask: Ask, amount: str, currency: str) -> None:
    lead = encode_id("Lead", await make_accepted_lead(app, world.rep))
    deal = {"estimatedValue": {"amount": amount, "currency": currency}}
    refused = await do(ask, world.rep, "updateLeadDeal", leadId=lead, deal=deal)
    ((kind, path),) = said(refused)
    assert (kind, path[:2] if path else None) == ("InvalidInput", ["deal", "estimatedValue"])


async def test_an_update_of_a_stale_version_is_refused(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_lead(app, partner=world.acme))
    refused = await do(ask, world.rep, "updateLeadStatus", leadId=lead, status="CONTACTED", expectedVersion=7)
    assert (said(refused), refused["errors"][0]["currentVersion"]) == ([("VersionConflict", ["expectedVersion"])], 1)


async def test_who_may_not_is_told_so(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_lead(app))
    assert said(await do(ask, world.admin, "claimLead", leadId=lead)) == [("NotPermitted", None)]
    assert said(await do(ask, world.rep, "assignLead", leadId=lead, to={"partnerId": encode_id("Partner", world.globex)})) == [
        ("NotPermitted", None)
    ]
    assert said(await do(ask, world.rep, "saveQueue", "queue { id }", name="Mine")) == [("NotPermitted", None)]


async def test_a_lead_is_assigned_and_the_timeline_names_whom_the_reader_may_know(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_lead(app, partner=world.acme))
    to = {"partnerId": encode_id("Partner", world.globex)}
    assert (await do(ask, world.channel, "assignLead", "lead { partner { name } }", leadId=lead, to=to))["lead"] == {
        "partner": {"name": "Globex"}
    }
    document = "query($id: ID!) { lead(id: $id) { timeline { nodes { kind summary actor { name } changes { field from to } } } } }"
    entry = (await ask(world.channel, document, id=lead))["lead"]["timeline"]["nodes"][0]
    assert {"field": "partner", "from": "Acme Cloud", "to": "Globex"} in entry["changes"]
    assert entry["summary"] == "Assigned to Globex by Chris Channel."
    entry = (await ask(world.rival, document, id=lead))["lead"]["timeline"]["nodes"][0]
    assert {"field": "partner", "from": None, "to": "Globex"} in entry["changes"]


async def test_many_leads_are_changed_each_by_itself(app: AppContext, world: World, ask: Ask) -> None:
    lead, other = [encode_id("Lead", await make_lead(app, partner=partner)) for partner in (world.acme, world.globex)]
    payload = "results { leadId lead { status } errors { __typename field } }"
    done = await do(ask, world.referrals, "updateLeadStatuses", payload, leadIds=[lead, other, lead], status="CONTACTED")
    good = {"leadId": lead, "lead": {"status": "CONTACTED"}, "errors": []}
    assert done["results"] == [good, {"leadId": other, "lead": None, "errors": [{"__typename": "NotFound", "field": ["leadId"]}]}, good]
    gone = await do(ask, world.referrals, "deleteLeads", payload, leadIds=[lead, "x"])
    assert [(one["leadId"], one["lead"], len(one["errors"])) for one in gone["results"]] == [(lead, None, 0), ("x", None, 1)]
    assert (await ask(world.rep, "{ leads { totalCount } }"))["leads"] == {"totalCount": 0}
    deleted = "{ leads(filter: {isDeleted: true}) { nodes { id deletedAt allowedActions } } }"
    assert (await ask(world.rep, deleted))["leads"]["nodes"] == []
    assert (await ask(world.referrals, deleted))["leads"]["nodes"] == [
        {"id": lead, "deletedAt": "2026-11-21T09:30:00.000Z", "allowedActions": ["RESTORE"]}
    ]
    back = await do(ask, world.referrals, "restoreLeads", payload, leadIds=[lead])
    assert back["results"] == [good]
    assert (await do(ask, world.referrals, "deleteLead", "deletedLeadId", leadId=lead))["deletedLeadId"] == lead


async def test_more_than_a_hundred_ids_change_nothing(world: World, ask: Ask) -> None:
    refused = await do(ask, world.referrals, "deleteLeads", "results { leadId }", leadIds=[SOMEWHERE] * 101)
    assert (refused["results"], said(refused)) == ([], [("InvalidInput", ["leadIds"])])


async def test_a_favorite_is_the_members_own(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_lead(app, partner=world.acme))
    assert (await do(ask, world.rep, "favoriteLead", "lead { isFavorite version }", leadId=lead))["lead"] == {
        "isFavorite": True,
        "version": 1,
    }
    document = "{ leads(filter: {tab: FAVORITES}) { totalCount } }"
    assert (await ask(world.rep, document))["leads"]["totalCount"] == 1
    assert (await ask(world.colleague, document))["leads"]["totalCount"] == 0
    assert (await do(ask, world.rep, "unfavoriteLead", "lead { isFavorite }", leadId=lead))["lead"] == {"isFavorite": False}


async def test_a_queue_is_made_and_changed(app: AppContext, world: World, ask: Ask) -> None:
    payload = "queue { id name partners { name } maxOpenClaimsPerPartner waiting allowance { canClaim } }"
    made = await do(
        ask, world.channel, "saveQueue", payload, name="Big ones", partnerIds=[encode_id("Partner", world.acme)], maxOpenClaimsPerPartner=3
    )
    queue = made["queue"]
    assert (queue["name"], queue["partners"], queue["maxOpenClaimsPerPartner"], queue["allowance"]) == (
        "Big ones",
        [{"name": "Acme Cloud"}],
        3,
        None,
    )
    changed = await do(ask, world.channel, "saveQueue", payload, queueId=queue["id"], partnerIds=[], maxOpenClaimsPerPartner=None)
    assert (changed["queue"]["name"], changed["queue"]["partners"], changed["queue"]["maxOpenClaimsPerPartner"]) == ("Big ones", [], None)
    assert said(await do(ask, world.channel, "saveQueue", payload, queueId="x", name="y")) == [("NotFound", ["queueId"])]


async def test_the_same_key_enters_a_lead_once(world: World, ask: Ask, clock: Clock) -> None:
    given: dict[str, Any] = {"contact": {"lastName": "Bosu"}, "idempotencyKey": "once", "source": "EVENT"}
    first = await do(ask, world.rep, "createLead", **given)
    assert await do(ask, world.rep, "createLead", **given) == first
    given["company"] = "Other"
    assert said(await do(ask, world.rep, "createLead", **given)) == [("InvalidInput", ["idempotencyKey"])]


async def test_an_export_is_a_link_to_what_the_query_lists(app: AppContext, world: World, ask: Ask) -> None:
    await make_lead(app, partner=world.acme)
    await make_lead(app, partner=world.acme, status="CONTACTED")
    payload = "export { filename url expiresAt rowCount eventCursor }"
    made = (await do(ask, world.rep, "exportLeads", payload, filter={"statuses": ["NEW"]}, search="bosu"))["export"]
    assert (made["filename"], made["rowCount"]) == ("Leads_11212026.csv", 1)
    assert made["url"].startswith("http://127.0.0.1:8000/exports/Leads_11212026.csv?token=")
    page = await ask(world.rep, "query($after: EventCursor) { leadChanges(after: $after) { nodes { kind } } }", after=made["eventCursor"])
    assert page["leadChanges"]["nodes"] == []
    refused = await do(ask, world.rep, "exportLeads", payload, search="x" * 300)
    assert (refused["export"], said(refused)) == (None, [("InvalidInput", None)])
