"""Conversions, dry runs and previews through the API."""

from typing import Any

from gql_leads.api.values.ids import encode_id
from gql_leads.domain.commands import Conversion
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.conversion import convert_lead
from tests.api.client import create, errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import dump_tables, make_accepted_lead, make_lead, make_qualified_lead

CONVERSION = "conversion { convertedAt convertedBy { name } account { name } contact { lastName account { name } } opportunity { name } }"
PAYLOAD = f"""lead {{ version stage outcome status allowedActions {CONVERSION} conversionPreview {{ opportunityName }} }}
    account {{ name isPerson country }} contact {{ firstName lastName email account {{ name }} }}
    opportunity {{ name stage version owner {{ name }} account {{ name }} contact {{ lastName }} lead {{ stage {CONVERSION} }} }}"""
IDS = "account { id } contact { id } opportunity { id }"
PREVIEW = "query($id: ID!) { lead(id: $id) { conversionPreview { accounts { id name } contacts { id lastName } opportunityName } } }"
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"


async def test_qualified_lead_is_converted(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_qualified_lead(app, world.rep, company="Contoso"))
    converted = {
        "convertedAt": "2026-11-21T09:30:00.000Z",
        "convertedBy": {"name": "Colin Colleague"},
        "account": {"name": "Contoso"},
        "contact": {"lastName": "Bosu", "account": {"name": "Contoso"}},
        "opportunity": {"name": "Contoso"},
    }
    assert await mutate(ask, world.colleague, "convertLead", PAYLOAD, leadId=lead, status="PURCHASED") == {
        "errors": [],
        "lead": {
            "version": 4, "stage": "ARCHIVED", "outcome": "CONVERTED", "status": "PURCHASED", "allowedActions": ["UPDATE_STATUS"],
            "conversion": converted, "conversionPreview": None,
        },
        "account": {"name": "Contoso", "isPerson": False, "country": "FR"},
        "contact": {"firstName": "Aparna", "lastName": "Bosu", "email": "aparna@contoso.example", "account": {"name": "Contoso"}},
        "opportunity": {
            "name": "Contoso", "stage": "PROSPECTING", "version": 1, "owner": {"name": "Rita Rep"}, "account": {"name": "Contoso"},
            "contact": {"lastName": "Bosu"}, "lead": {"stage": "ARCHIVED", "conversion": converted},
        },
    }  # fmt: skip
    document = f"query($id: ID!) {{ lead(id: $id) {{ {CONVERSION} timeline {{ nodes {{ kind summary }} }} }} }}"
    found = (await ask(world.channel, document, id=lead))["lead"]
    assert found["conversion"] == converted
    assert found["timeline"]["nodes"][0] == {"kind": "CONVERTED", "summary": "Converted by Colin Colleague."}
    again = await mutate(ask, world.rep, "convertLead", PAYLOAD, leadId=lead)
    assert (errors_of(again), again["lead"], again["account"]) == ([("InvalidTransition", None)], None, None)


async def test_dry_run_returns_the_result_with_ids_that_do_not_exist(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_qualified_lead(app, world.rep, company=None))
    before = await dump_tables(app)
    tried = await mutate(ask, world.rep, "convertLead", PAYLOAD, leadId=lead, dryRun=True, status="DELIVERED")
    ids = await mutate(ask, world.rep, "convertLead", IDS, leadId=lead, dryRun=True)
    found = [ids[kind]["id"] for kind in ("account", "contact", "opportunity")]
    assert (await ask(world.rep, NODES, ids=found))["nodes"] == [None] * 3
    assert await dump_tables(app) == before
    done = await mutate(ask, world.rep, "convertLead", PAYLOAD, leadId=lead, status="DELIVERED")
    assert tried == done
    assert done["account"] == {"name": "Aparna Bosu", "isPerson": True, "country": "FR"}


async def test_dry_run_rows_are_dropped_before_the_next_mutation(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_qualified_lead(app, world.rep))
    document = """mutation($tried: ConvertLeadInput!, $status: UpdateLeadStatusInput!) {
        convertLead(input: $tried) { lead { stage status } } updateLeadStatus(input: $status) { lead { stage status } } }"""
    answer = await ask(world.rep, document, tried={"leadId": lead, "dryRun": True}, status={"leadId": lead, "status": "CONTACTED"})
    assert answer == {
        "convertLead": {"lead": {"stage": "ARCHIVED", "status": "NEW"}},
        "updateLeadStatus": {"lead": {"stage": "ACCEPTED", "status": "CONTACTED"}},
    }


async def test_existing_records_are_chosen_by_id(app: AppContext, world: World, ask: Ask) -> None:
    account = await create(ask, world.rep, "saveAccount", "account", name="Fabrikam")
    contact = await create(ask, world.rep, "saveContact", "contact", accountId=account, lastName="Other")
    sale = await create(ask, world.rep, "createOpportunity", "opportunity", accountId=account, name="Ledger")
    chosen: dict[str, Any] = {
        "account": {"existingId": account}, "contact": {"existingId": contact}, "opportunity": {"existingId": sale},
    }  # fmt: skip
    lead = encode_id("Lead", await make_qualified_lead(app, world.rep))
    for dry_run in (True, False):
        answer = await mutate(ask, world.rep, "convertLead", IDS, leadId=lead, dryRun=dry_run, **chosen)
        assert answer == {"errors": [], "account": {"id": account}, "contact": {"id": contact}, "opportunity": {"id": sale}}
    created = {"create": {"name": "Year two", "amount": {"amount": "5", "currency": "EUR"}, "expectedCloseDate": "2027-01-31"}}
    second = encode_id("Lead", await make_qualified_lead(app, world.rep))
    member = encode_id("Member", world.colleague.member_id)
    payload = "account { name } opportunity { name amount { amount } expectedCloseDate owner { name } }"
    answer = await mutate(
        ask, world.rep, "convertLead", payload, leadId=second, account={"name": "Tailspin"}, opportunity=created, ownerId=member
    )
    assert answer["opportunity"] == {
        "name": "Tailspin - Year two", "amount": {"amount": "5.00"}, "expectedCloseDate": "2027-01-31",
        "owner": {"name": "Colin Colleague"},
    }  # fmt: skip
    third = encode_id("Lead", await make_qualified_lead(app, world.rep))
    without = await mutate(ask, world.rep, "convertLead", "lead { conversion { opportunity { id } } } opportunity { id }", leadId=third,
                       withoutOpportunity=True)  # fmt: skip
    assert without == {"errors": [], "lead": {"conversion": {"opportunity": None}}, "opportunity": None}


async def test_ids_of_another_type_are_invalid_at_their_field(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_qualified_lead(app, world.rep))
    for given, field in (
        ({"account": {"existingId": lead}}, ["account", "existingId"]),
        ({"contact": {"existingId": "nonsense"}}, ["contact", "existingId"]),
        ({"opportunity": {"existingId": lead}}, ["opportunity", "existingId"]),
        ({"ownerId": lead}, ["ownerId"]),
    ):
        answer = await mutate(ask, world.rep, "convertLead", PAYLOAD, leadId=lead, **given)
        assert errors_of(answer) == [("InvalidInput", field)]
    assert errors_of(await mutate(ask, world.rep, "convertLead", PAYLOAD, leadId="nonsense")) == [("InvalidInput", ["leadId"])]


async def test_preview_equals_the_conversion(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_accepted_lead(app, world.rep, company="Contoso", listing_name="Ledger"))
    fresh = (await ask(world.rep, PREVIEW, id=lead))["lead"]["conversionPreview"]
    assert fresh == {"accounts": [], "contacts": [], "opportunityName": "Contoso - Ledger"}
    account = await create(ask, world.rep, "saveAccount", "account", name="Contoso Ltd")
    contact = await create(ask, world.rep, "saveContact", "contact", accountId=account, lastName="Bosu", email="APARNA@contoso.example")
    await create(ask, world.rival, "saveAccount", "account", name="Contoso")
    seen = (await ask(world.colleague, PREVIEW, id=lead))["lead"]["conversionPreview"]
    assert seen == {
        "accounts": [{"id": account, "name": "Contoso Ltd"}],
        "contacts": [{"id": contact, "lastName": "Bosu"}],
        "opportunityName": "Contoso Ltd - Contoso - Ledger",
    }
    qualified = encode_id("Lead", await make_qualified_lead(app, world.rep, company="Contoso", listing_name="Ledger"))
    done = await mutate(ask, world.rep, "convertLead", "account { id } contact { id } opportunity { name }", leadId=qualified)
    assert done["opportunity"]["name"] == seen["opportunityName"]
    assert (done["account"]["id"], done["contact"]["id"]) == (account, contact)


async def test_preview_is_null_if_the_lead_cannot_be_converted(app: AppContext, world: World, ask: Ask) -> None:
    received = encode_id("Lead", await make_lead(app, partner=world.acme))
    assert (await ask(world.rep, PREVIEW, id=received))["lead"]["conversionPreview"]["opportunityName"] == "Contoso"
    hidden = encode_id("Lead", await make_lead(app))
    erased = encode_id("Lead", await make_accepted_lead(app, world.rep, erased_at=app.now()))
    converted = (await convert_lead(app, world.rep, await make_qualified_lead(app, world.rep), Conversion())).lead_id
    for who, lead in (
        (world.rep, hidden), (world.rep, erased), (world.rep, encode_id("Lead", converted)),
        (world.admin, received), (world.channel, received),
    ):  # fmt: skip
        assert (await ask(who, PREVIEW, id=lead))["lead"] == {"conversionPreview": None}


async def test_sender_sees_the_outcome_but_not_the_conversion(app: AppContext, world: World, ask: Ask) -> None:
    facts = {"sender_id": world.rival.member_id, "sender_partner_id": world.globex}
    lead = await make_qualified_lead(app, world.rep, **facts)
    document = "query($id: ID!) { lead(id: $id) { outcome conversion { convertedAt } conversionPreview { opportunityName } } }"
    before = (await ask(world.rival, document, id=encode_id("Lead", lead)))["lead"]
    await convert_lead(app, world.rep, lead, Conversion())
    after = (await ask(world.rival, document, id=encode_id("Lead", lead)))["lead"]
    assert before == {"outcome": None, "conversion": None, "conversionPreview": None}
    assert after == {"outcome": "CONVERTED", "conversion": None, "conversionPreview": None}
