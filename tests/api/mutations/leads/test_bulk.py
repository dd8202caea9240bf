"""Mutations of several leads through the API."""

from gql_leads.api.values.ids import encode_id
from gql_leads.services.app_context import AppContext
from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import make_lead

SOMEWHERE = encode_id("Lead", "00000000-0000-7000-8000-000000000000")


async def test_bulk_mutation_changes_each_lead_separately(app: AppContext, world: World, ask: Ask) -> None:
    lead, other = [encode_id("Lead", await make_lead(app, partner=partner)) for partner in (world.acme, world.globex)]
    payload = "results { leadId lead { status } errors { __typename field } }"
    done = await mutate(ask, world.referrals, "updateLeadStatuses", payload, leadIds=[lead, other, lead], status="CONTACTED")
    good = {"leadId": lead, "lead": {"status": "CONTACTED"}, "errors": []}
    assert done["results"] == [good, {"leadId": other, "lead": None, "errors": [{"__typename": "NotFound", "field": ["leadId"]}]}, good]
    gone = await mutate(ask, world.referrals, "deleteLeads", payload, leadIds=[lead, "x"])
    assert [(one["leadId"], one["lead"], len(one["errors"])) for one in gone["results"]] == [(lead, None, 0), ("x", None, 1)]
    assert (await ask(world.rep, "{ leads { totalCount } }"))["leads"] == {"totalCount": 0}
    deleted = "{ leads(filter: {isDeleted: true}) { nodes { id deletedAt allowedActions } } }"
    assert (await ask(world.rep, deleted))["leads"]["nodes"] == []
    assert (await ask(world.referrals, deleted))["leads"]["nodes"] == [
        {"id": lead, "deletedAt": "2026-11-21T09:30:00.000Z", "allowedActions": ["RESTORE"]}
    ]
    back = await mutate(ask, world.referrals, "restoreLeads", payload, leadIds=[lead])
    assert back["results"] == [good]
    assert (await mutate(ask, world.referrals, "deleteLead", "deletedLeadId", leadId=lead))["deletedLeadId"] == lead


async def test_more_than_a_hundred_ids_change_nothing(world: World, ask: Ask) -> None:
    refused = await mutate(ask, world.referrals, "deleteLeads", "results { leadId }", leadIds=[SOMEWHERE] * 101)
    assert (refused["results"], errors_of(refused)) == ([], [("InvalidInput", ["leadIds"])])
