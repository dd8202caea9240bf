"""A repeated idempotency key returns the first result and changes nothing."""

import asyncio
from typing import Any

import pytest

from gql_leads.api.values.ids import encode_id
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.claims import claim_lead
from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import dump_tables, make_lead, make_qualified_lead


@pytest.mark.parametrize(
    ("mutation", "payload", "given"),
    [
        ("saveQueue", "queue { id name }", {"name": "Big ones", "maxOpenClaimsPerPartner": 3}),
        ("saveCampaign", "campaign { id name }", {"name": "Spring", "code": "SPRING"}),
    ],
)
async def test_repeated_save_creates_one_record(
    app: AppContext, world: World, ask: Ask, mutation: str, payload: str, given: dict[str, Any]
) -> None:
    first = await mutate(ask, world.channel, mutation, payload, **given, idempotencyKey="key")
    stored = await dump_tables(app)
    assert await mutate(ask, world.channel, mutation, payload, **given, idempotencyKey="key") == first
    assert await dump_tables(app) == stored
    other = await mutate(ask, world.channel, mutation, payload, **{**given, "name": "Other"}, idempotencyKey="key")
    assert errors_of(other) == [("InvalidInput", ["idempotencyKey"])]
    blank = await mutate(ask, world.channel, mutation, payload, **given, idempotencyKey="")
    assert errors_of(blank) == [("InvalidInput", ["idempotencyKey"])]


async def test_repeated_assignment_and_release_change_a_lead_once(app: AppContext, world: World, ask: Ask) -> None:
    lead = await make_lead(app)
    await claim_lead(app, world.rep, lead)
    release = {"leadId": encode_id("Lead", lead), "idempotencyKey": "release"}
    assign = {"leadId": release["leadId"], "to": {"partnerId": encode_id("Partner", world.acme)}, "idempotencyKey": "assign"}
    for who, mutation, given in ((world.rep, "releaseLead", release), (world.channel, "assignLead", assign)):
        first = await mutate(ask, who, mutation, "lead { id version }", **given)
        assert errors_of(first) == []
        stored = await dump_tables(app)
        assert await mutate(ask, who, mutation, "lead { id version }", **given) == first
        assert await dump_tables(app) == stored


@pytest.mark.parametrize(
    ("mutation", "payload", "given"),
    [
        ("saveAccount", "account { id name }", {"name": "Contoso", "country": "FR"}),
        ("saveContact", "contact { id lastName }", {"lastName": "Bosu", "email": "aparna@contoso.example"}),
    ],
)
async def test_repeated_save_of_a_customer_creates_one_record(
    app: AppContext, world: World, ask: Ask, mutation: str, payload: str, given: dict[str, Any]
) -> None:
    attempts = (mutate(ask, world.rep, mutation, payload, **given, idempotencyKey="key") for _ in range(4))
    first, *others = await asyncio.gather(*attempts)
    assert errors_of(first) == []
    assert others == [first] * 3
    stored = await dump_tables(app)
    assert len(stored[mutation.removeprefix("save").lower()]) == 1
    assert await mutate(ask, world.rep, mutation, payload, **given, idempotencyKey="key") == first
    assert await dump_tables(app) == stored
    other = await mutate(ask, world.rep, mutation, payload, **(given | {"lastName": "Other"} if "lastName" in given else {"name": "Other"}),
                         idempotencyKey="key")  # fmt: skip
    assert errors_of(other) == [("InvalidInput", ["idempotencyKey"])]
    blank = await mutate(ask, world.rep, mutation, payload, **given, idempotencyKey=" ")
    assert errors_of(blank) == [("InvalidInput", ["idempotencyKey"])]


LEAD = "lead { id version stage outcome }"
CONVERTED = f"{LEAD} account {{ id name }} contact {{ id }} opportunity {{ id name }}"


@pytest.mark.parametrize(
    ("mutation", "payload", "given"),
    [
        ("acceptLead", f"{LEAD}", {"deal": {"name": "Ledger"}, "note": "Called."}),
        ("convertLead", CONVERTED, {"opportunity": {"create": {"name": "Ledger", "amount": {"amount": "100.50", "currency": "EUR"}}}}),
        ("releaseLead", LEAD, {}),
    ],
)
async def test_concurrent_requests_with_one_key_change_a_lead_once(
    app: AppContext, world: World, ask: Ask, mutation: str, payload: str, given: dict[str, Any]
) -> None:
    lead = await make_qualified_lead(app, world.rep) if mutation == "convertLead" else await make_lead(app)
    if mutation == "releaseLead":
        await claim_lead(app, world.rep, lead)
    request = {**given, "leadId": encode_id("Lead", lead), "idempotencyKey": "key"}
    first, *others = await asyncio.gather(*(mutate(ask, world.rep, mutation, payload, **request) for _ in range(4)))
    assert errors_of(first) == []
    assert others == [first] * 3
    stored = await dump_tables(app)
    assert await mutate(ask, world.rep, mutation, payload, **request) == first
    assert await dump_tables(app) == stored
    elsewhere = request | {"leadId": encode_id("Lead", await make_lead(app, partner=world.acme))}
    assert errors_of(await mutate(ask, world.rep, mutation, "lead { id }", **elsewhere)) == [("InvalidInput", ["idempotencyKey"])]


async def test_dry_run_of_a_conversion_neither_uses_nor_answers_a_key(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_qualified_lead(app, world.rep))
    tried = await mutate(ask, world.rep, "convertLead", CONVERTED, leadId=lead, dryRun=True, idempotencyKey="key")
    assert errors_of(tried) == []
    done = await mutate(ask, world.rep, "convertLead", CONVERTED, leadId=lead, idempotencyKey="key")
    assert errors_of(done) == []
    assert done["account"]["id"] != tried["account"]["id"]
    late = await mutate(ask, world.rep, "convertLead", "lead { id }", leadId=lead, dryRun=True, idempotencyKey="key")
    assert errors_of(late) == [("InvalidTransition", None)]
