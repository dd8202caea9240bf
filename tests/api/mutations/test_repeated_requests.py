"""A repeated idempotency key returns the first result and changes nothing."""

from typing import Any

import pytest

from gql_leads.api.values.ids import encode_id
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.claims import claim_lead
from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import dump_tables, make_lead


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
