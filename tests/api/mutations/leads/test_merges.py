"""Merging through the API: payloads, `duplicateOf`, summaries, dry runs, streams and reports."""

from gql_leads.api.values.ids import encode_id
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.claims import claim_lead
from gql_leads.services.leads.notes import add_lead_note
from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import make_lead

LEAD = "id reference version stage outcome city duplicateOf { id } notes { totalCount } allowedActions"
PAYLOAD = f"lead {{ {LEAD} }} merged {{ {LEAD} }}"


async def test_leads_are_merged_and_unmerged(app: AppContext, world: World, ask: Ask) -> None:
    leads = [await make_lead(app, partner=world.acme, city=city) for city in (None, "Lyon", "Nice")]
    await add_lead_note(app, world.rep, leads[1], "Wants a demo.")
    primary, *others = (encode_id("Lead", one) for one in leads)
    given = {"primaryId": primary, "duplicateIds": others, "expectedVersion": 1, "idempotencyKey": "key"}
    tried = await mutate(ask, world.rep, "mergeLeads", PAYLOAD, **given, dryRun=True)
    assert (tried["lead"]["city"], [one["outcome"] for one in tried["merged"]]) == ("Lyon", ["DUPLICATE"] * 2)
    for _ in range(2):
        done = await mutate(ask, world.rep, "mergeLeads", PAYLOAD, **given)
        assert errors_of(done) == []
        assert (done["lead"]["city"], done["lead"]["version"], done["lead"]["notes"]) == ("Lyon", 2, {"totalCount": 1})
        assert [one["id"] for one in done["merged"]] == others
        for one in done["merged"]:
            assert (one["stage"], one["outcome"], one["duplicateOf"], one["notes"]) == (
                "ARCHIVED", "DUPLICATE", {"id": primary}, {"totalCount": 0},
            )  # fmt: skip
            assert one["allowedActions"] == []
    other = await mutate(ask, world.rep, "mergeLeads", PAYLOAD, **given | {"duplicateIds": others[:1]})
    assert (errors_of(other), other["merged"]) == ([("InvalidInput", ["idempotencyKey"])], [])
    document = "query($id: ID!) { lead(id: $id) { timeline { nodes { kind summary changes { field from to } } } } }"
    (newest, *_) = (await ask(world.rep, document, id=others[0]))["lead"]["timeline"]["nodes"]
    reference = done["lead"]["reference"]
    assert (newest["kind"], newest["summary"]) == ("MERGED", f"Merged into {reference} by Rita Rep.")
    assert {"field": "duplicateOf", "from": None, "to": reference} in newest["changes"]
    (newest, *_) = (await ask(world.rep, document, id=primary))["lead"]["timeline"]["nodes"]
    named = ", ".join(one["reference"] for one in done["merged"])
    assert newest["summary"] == f"Merged with {named} by Rita Rep."
    back = await mutate(ask, world.rep, "unmergeLead", f"lead {{ {LEAD} }}", leadId=others[0])
    assert (back["lead"]["stage"], back["lead"]["outcome"], back["lead"]["duplicateOf"], back["lead"]["notes"]["totalCount"]) == (
        "RECEIVED", None, None, 1,
    )  # fmt: skip
    assert "MERGE" in back["lead"]["allowedActions"]
    (newest, *_) = (await ask(world.rep, document, id=others[0]))["lead"]["timeline"]["nodes"]
    assert newest["summary"] == f"Unmerged from {reference} by Rita Rep."


async def test_merging_waiting_leads_tells_a_partner_nothing_of_the_contact(app: AppContext, world: World, ask: Ask) -> None:
    leads = [await make_lead(app, email=None), await make_lead(app, email="aparna@contoso.example")]
    primary, other = (encode_id("Lead", one) for one in leads)
    after = (await ask(world.rep, "{ leads { eventCursor } }"))["leads"]["eventCursor"]
    await mutate(ask, world.admin, "mergeLeads", PAYLOAD, primaryId=primary, duplicateIds=[other])
    changes = """query($after: EventCursor) { leadChanges(after: $after) { nodes {
        leadId presence kind actor { id } lead { contact { email } duplicates { lead { id } } } } } }"""
    found = (await ask(world.rep, changes, after=after))["leadChanges"]["nodes"]
    assert [(one["leadId"], one["presence"]) for one in found] == [(other, "LEFT"), (primary, "CHANGED")]
    assert found[1]["lead"] == {"contact": None, "duplicates": []}
    assert (await ask(world.rep, "query($id: ID!) { lead(id: $id) { id } }", id=other)) == {"lead": None}
    await claim_lead(app, world.rep, leads[0])
    document = "query($id: ID!) { lead(id: $id) { contact { email } timeline { nodes { kind } } } }"
    claimed = (await ask(world.rep, document, id=primary))["lead"]
    assert claimed["contact"] == {"email": "aparna@contoso.example"}
    assert [one["kind"] for one in claimed["timeline"]["nodes"]] == ["CLAIMED", "CREATED"]


async def test_report_counts_the_primary_only(app: AppContext, world: World, ask: Ask) -> None:
    leads = [await make_lead(app, partner=world.acme) for _ in range(4)]
    primary, *others = (encode_id("Lead", one) for one in leads)
    document = """{ leadReport(from: "2026-11-01T00:00:00Z", before: "2026-12-01T00:00:00Z") {
        received open byStatus { value count } partners { received } } }"""

    async def received() -> tuple[int, int, int, int]:
        found = (await ask(world.channel, document))["leadReport"]
        return found["received"], found["open"], found["byStatus"][0]["count"], found["partners"][0]["received"]

    assert await received() == (4, 4, 4, 4)
    await mutate(ask, world.rep, "mergeLeads", PAYLOAD, primaryId=primary, duplicateIds=others[:2])
    assert await received() == (2, 2, 2, 2)
    await mutate(ask, world.rep, "unmergeLead", "lead { id }", leadId=others[0])
    assert await received() == (3, 3, 3, 3)
