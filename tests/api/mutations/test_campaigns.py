"""Campaigns through the API."""

from typing import Any

from gql_leads.api.values.ids import encode_id
from gql_leads.services.app_context import AppContext
from gql_leads.services.campaigns import set_campaign_membership
from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import make_campaign, make_lead

FACTS = "id name code startsOn endsOn"
OF_LEAD = (
    "lead { version campaigns { campaign { name } joinedAt responded } timeline { nodes { kind summary changes { field from to } } } }"
)


async def test_campaign_is_created_changed_found_and_joined(app: AppContext, world: World, ask: Ask) -> None:
    payload = f"campaign {{ {FACTS} }}"
    made = await mutate(ask, world.channel, "saveCampaign", payload, name="Spring fair", code="SPRING", startsOn="2026-03-01")
    campaign = made["campaign"]
    assert (made["errors"], {**campaign, "id": ""}) == (
        [], {"id": "", "name": "Spring fair", "code": "SPRING", "startsOn": "2026-03-01", "endsOn": None},
    )  # fmt: skip
    changed = await mutate(ask, world.admin, "saveCampaign", payload, campaignId=campaign["id"], startsOn=None, endsOn="2026-03-31")
    assert changed["campaign"] == {**campaign, "startsOn": None, "endsOn": "2026-03-31"}
    document = f'query($id: ID!) {{ node(id: $id) {{ ... on Campaign {{ {FACTS} }} }} campaigns(search: "sprInG") {{ nodes {{ id }} }} }}'
    for who in world.everybody:
        assert await ask(who, document, id=campaign["id"]) == {
            "node": changed["campaign"], "campaigns": {"nodes": [{"id": campaign["id"]}]},
        }  # fmt: skip
    lead = encode_id("Lead", await make_lead(app, partner=world.acme))
    ids = {"leadId": lead, "campaignId": campaign["id"]}
    joined = await mutate(ask, world.channel, "setCampaignMembership", OF_LEAD, **ids, responded=True)
    assert (joined["lead"]["version"], joined["lead"]["campaigns"]) == (
        1, [{"campaign": {"name": "Spring fair"}, "joinedAt": "2026-11-21T09:30:00.000Z", "responded": True}],
    )  # fmt: skip
    assert joined["lead"]["timeline"]["nodes"][0] == {
        "kind": "CAMPAIGN_JOINED", "summary": "Added to a campaign: Spring fair (responded) by Chris Channel.",
        "changes": [{"field": "campaigns", "from": None, "to": "Spring fair (responded)"}],
    }  # fmt: skip
    left = await mutate(ask, world.channel, "setCampaignMembership", OF_LEAD, **ids, isMember=False)
    assert left["lead"]["campaigns"] == []
    assert left["lead"]["timeline"]["nodes"][0]["changes"] == [{"field": "campaigns", "from": "Spring fair (responded)", "to": None}]


async def test_invalid_campaign_is_refused_with_all_errors(app: AppContext, world: World, ask: Ask) -> None:
    await make_campaign(app, "Taken")
    payload = f"campaign {{ {FACTS} }}"
    wrong: list[tuple[Any, dict[str, Any], list[tuple[str, list[str] | None]]]] = [
        (world.rep, {}, [("InvalidInput", ["name"]), ("InvalidInput", ["code"])]),
        (world.channel, {"name": "x", "code": "tAKEN"}, [("InvalidInput", ["code"])]),
        (world.channel, {"name": "x", "code": "x", "startsOn": "2026-03-02", "endsOn": "2026-03-01"}, [("InvalidInput", ["endsOn"])]),
        (world.rep, {"campaignId": "x", "name": "x"}, [("InvalidInput", ["campaignId"])]),
        (world.rep, {"name": "x", "code": "x"}, [("NotPermitted", None)]),
    ]
    for who, given, errors in wrong:
        refused = await mutate(ask, who, "saveCampaign", payload, **given)
        assert (refused["campaign"], errors_of(refused)) == (None, errors)
    lead = encode_id("Lead", await make_lead(app))
    for given, fields in (
        ({"leadId": lead, "campaignId": lead}, ["campaignId"]),
        ({"leadId": "x", "campaignId": "x"}, ["leadId", "campaignId"]),
    ):
        refused = await mutate(ask, world.channel, "setCampaignMembership", **given)
        assert errors_of(refused) == [("InvalidInput", [field]) for field in fields]


async def test_leads_are_created_filtered_and_counted_by_campaign(app: AppContext, world: World, ask: Ask) -> None:
    spring, autumn = [encode_id("Campaign", await make_campaign(app, name)) for name in ("Spring", "Autumn")]
    given: dict[str, Any] = {"contact": {"lastName": "Bosu"}}
    made = await mutate(ask, world.rep, "createLead", "lead { campaigns { campaign { id } responded } }", **given, campaignCode="spring")
    assert made["lead"]["campaigns"] == [{"campaign": {"id": spring}, "responded": False}]
    unknown = await mutate(ask, world.rep, "createLead", **given, campaignCode="winter")
    assert (unknown["lead"], errors_of(unknown)) == (None, [("InvalidInput", ["campaignCode"])])
    await make_lead(app, partner=world.acme)
    document = """
        query($filter: LeadFilter) { leads(filter: $filter) { totalCount facets(fields: [CAMPAIGN]) { values { value label count } } } }
    """
    counted = [{"values": [{"value": spring, "label": "Spring", "count": 1}]}]
    for asked, total in (({"campaignIds": [spring, autumn]}, 1), ({"campaignIds": [autumn]}, 0), ({"not": {"campaignIds": [autumn]}}, 2)):
        assert (await ask(world.rep, document, filter=asked))["leads"] == {"totalCount": total, "facets": counted}


async def test_campaigns_are_paged_by_name(app: AppContext, world: World, ask: Ask) -> None:
    for name in ("b", "C", "a"):
        await make_campaign(app, name)
    document = """
        query($after: String) { campaigns(first: 2, after: $after) { totalCount nodes { name } pageInfo { endCursor hasNextPage } } }
    """
    first = (await ask(world.rep, document))["campaigns"]
    rest = (await ask(world.rep, document, after=first["pageInfo"]["endCursor"]))["campaigns"]
    assert [one["name"] for one in first["nodes"] + rest["nodes"]] == ["a", "b", "C"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (3, True, False)


async def test_campaign_reveals_no_lead_of_another_partner(app: AppContext, world: World, ask: Ask) -> None:
    campaign = await make_campaign(app, "Spring")
    await set_campaign_membership(app, world.channel, await make_lead(app, partner=world.globex), campaign)
    document = "query($filter: LeadFilter) { leads(filter: $filter) { totalCount facets(fields: [CAMPAIGN]) { values { label } } } }"
    found = (await ask(world.rep, document, filter={"campaignIds": [encode_id("Campaign", campaign)]}))["leads"]
    assert found == {"totalCount": 0, "facets": [{"values": []}]}
