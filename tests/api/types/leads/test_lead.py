"""Reading leads: selected fields, visibility and pages."""

from typing import Any

import pytest

from gql_leads.api.values.ids import encode_id
from gql_leads.domain.commands import Assignee, ContactFields, LeadFields
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.assignments import assign_lead
from gql_leads.services.leads.claims import claim_lead, release_lead
from gql_leads.services.leads.notes import add_lead_note
from gql_leads.services.leads.updates import update_lead
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import Clock, make_accepted_lead, make_declined_lead, make_lead, make_listing, make_profile, make_queue, make_won_lead

PERSON = "{ id name email roles isActive partner { name } }"
EVERYTHING = (
    """
    fragment Everything on Lead {
      id reference version type source callToAction status stage outcome company companySize industry city region country
      consent { toContact toShare } externalReference contactHidden message
      contact { firstName lastName fullName title email emailValidity phone phoneValidity }
      listing { id name kind callsToAction isPublished partner { name } }
      profile { id location country contactEmail keywords companySizes partner { name } }
      partner { id name country isActive members { totalCount nodes { name } } listings { nodes { name } } profiles { nodes { location } } }
      queue { id name waiting partners { name } maxOpenClaimsPerPartner maxClaimsPerPartnerPerDay
              allowance { openClaims claimsToday canClaim resetsAt } }
      owner """
    + PERSON
    + """ sender { name } recipientEmail quality qualityReasons { code message }
      contactRequestedAt contactUrgency isHot isFavorite requiresResponse expiresAt isTest deletedAt createdAt updatedAt
      claimedAt acceptedAt archivedAt
      deal { name estimatedValue { amount currency } purchaseTimeframe expectedCloseDate campaignCode crmId
             team { name email phone member { name } } }
      qualification { customerResponded budget authority need timeline isComplete completedAt }
      decline { reason comment declinedAt declinedBy { name } }
      loss { reason comment lostAt lostBy { name } }
      allowedActions blockedActions { action missing }
      notes { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
              edges { cursor node { id body createdAt author { name } } } }
      timeline { pageInfo { hasNextPage endCursor }
                 nodes { kind occurredAt actor { name } summary changes { field from to } note { body } } }
    }
    """
)
LEADS = (
    EVERYTHING
    + """
    query($search: String, $filter: LeadFilter, $sort: [LeadSort!], $first: Int, $after: String, $last: Int, $before: String) {
      leads(search: $search, filter: $filter, sort: $sort, first: $first, after: $after, last: $last, before: $before) {
        totalCount eventCursor pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        facets(fields: [STATUS, STAGE, OUTCOME, TYPE, SOURCE, CALL_TO_ACTION, QUALITY, COUNTRY, EMAIL_VALIDITY, PHONE_VALIDITY,
                        LISTING_KIND, LISTING, PARTNER, OWNER, QUEUE]) { field values { value label count } }
        edges { cursor node { ...Everything } }
      }
    }
    """
)
NAMES = """
    query($sort: [LeadSort!], $first: Int, $after: String, $last: Int, $before: String) {
      leads(sort: $sort, first: $first, after: $after, last: $last, before: $before) {
        nodes { company } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }
"""
ONE = EVERYTHING + "query($id: ID!) { lead(id: $id) { ...Everything } }"


async def of_every_kind(app: AppContext, world: World) -> None:
    listing, profile = await make_listing(app, world.acme), await make_profile(app, world.globex)
    await make_lead(app, partner=world.acme, listing_id=listing, listing_name="Ledger", listing_kind="APPLICATION")
    await make_lead(app, partner=world.globex, profile_id=profile, sender_partner_id=world.acme, sender_id=world.referrals.member_id)
    await make_lead(app, contact_requested_at=app.now())
    await make_lead(app, queue=await make_queue(app, open_to=[world.acme], max_open_claims=3))
    await make_accepted_lead(app, world.rep)
    await make_won_lead(app, world.rep)
    await make_declined_lead(app, world.rep)
    await make_declined_lead(app, world.rival, sender_id=world.seller.member_id)


async def test_every_field_of_every_lead_is_readable_by_every_role(app: AppContext, world: World, ask: Ask) -> None:
    await of_every_kind(app, world)
    seen = {who.member_id: (await ask(who, LEADS))["leads"]["totalCount"] for who in world.everybody}
    assert seen == {
        world.rep.member_id: 7,
        world.colleague.member_id: 7,
        world.referrals.member_id: 7,
        world.profiles.member_id: 7,
        world.rival.member_id: 3,
        world.rival_admin.member_id: 3,
        world.admin.member_id: 8,
        world.channel.member_id: 8,
        world.seller.member_id: 1,
    }


async def test_contact_of_a_waiting_lead_is_hidden_until_the_claim(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_lead(app))
    found = (await ask(world.rep, ONE, id=lead))["lead"]
    assert (found["contact"], found["contactHidden"], found["company"]) == (None, "UNCLAIMED", "Contoso")
    assert (await ask(world.admin, ONE, id=lead))["lead"]["contact"]["fullName"] == "Aparna Bosu"


async def test_sender_sees_the_outcome_but_not_the_work(app: AppContext, world: World, ask: Ask) -> None:
    lead = await make_declined_lead(app, world.rival, sender_id=world.seller.member_id)
    found = (await ask(world.seller, ONE, id=encode_id("Lead", lead)))["lead"]
    assert found["decline"] == {
        "reason": "BUDGET_NOT_ADEQUATE",
        "comment": None,
        "declinedAt": "2026-11-21T09:30:00.000Z",
        "declinedBy": None,
    }
    assert (found["partner"]["name"], found["partner"]["members"]["totalCount"]) == ("Globex", 2)
    hidden = ("owner", "deal", "qualification", "allowedActions", "blockedActions", "notes", "timeline")
    empty = {"edges": [], "nodes": [], "totalCount": 0}
    for name in hidden:
        value = found[name]
        assert not value or all(value[key] == empty[key] for key in value.keys() & empty.keys()), name


async def test_details_of_another_partner_are_hidden(app: AppContext, world: World, ask: Ask) -> None:
    profile = await make_profile(app, world.globex)
    lead = await make_lead(app, partner=world.globex, profile_id=profile, sender_partner_id=world.acme, sender_id=world.referrals.member_id)
    found = (await ask(world.rep, ONE, id=encode_id("Lead", lead)))["lead"]
    assert found["partner"]["members"] == {"totalCount": 0, "nodes": []}
    assert (found["profile"]["location"], found["profile"]["contactEmail"]) == ("Lyon", None)


async def test_invisible_lead_is_null(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_lead(app, partner=world.globex))
    document = "query($id: ID!) { lead(id: $id) { id } node(id: $id) { id } nodes(ids: [$id]) { id } leads { totalCount } }"
    found = await ask(world.rep, document, id=lead)
    assert found == {"lead": None, "node": None, "nodes": [None], "leads": {"totalCount": 0}}
    assert (await ask(world.rival, document, id=lead))["node"] == {"id": lead}


async def test_pages_in_both_directions_meet(app: AppContext, world: World, ask: Ask) -> None:
    for number in range(7):
        await make_lead(app, partner=world.acme, company=f"Company {number}" if number else None)
    sort = [{"field": "COMPANY", "direction": "DESC"}]
    expected = [f"Company {number}" for number in range(6, 0, -1)] + [None]
    first = (await ask(world.rep, NAMES, sort=sort, first=4))["leads"]
    rest = (await ask(world.rep, NAMES, sort=sort, first=4, after=first["pageInfo"]["endCursor"]))["leads"]
    assert [one["company"] for one in first["nodes"] + rest["nodes"]] == expected
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    last = (await ask(world.rep, NAMES, sort=sort, last=3))["leads"]
    before = (await ask(world.rep, NAMES, sort=sort, last=4, before=last["pageInfo"]["startCursor"]))["leads"]
    assert [one["company"] for one in before["nodes"] + last["nodes"]] == expected
    assert (last["pageInfo"]["hasPreviousPage"], before["pageInfo"]["hasPreviousPage"]) == (True, False)


async def test_skipped_fields_are_not_read(app: AppContext, world: World, ask: Ask) -> None:
    await make_lead(app, partner=world.acme)
    document = """
        query($with: Boolean!) { leads { totalCount @include(if: $with) nodes { company @skip(if: $with) ... on Lead { reference }
          ... on Node { id } contact @include(if: $with) { lastName } } } }
    """
    full = (await ask(world.rep, document, **{"with": True}))["leads"]
    assert full["totalCount"] == 1
    assert full["nodes"][0].keys() == {"reference", "id", "contact"}
    assert (await ask(world.rep, document, **{"with": False}))["leads"]["nodes"][0].keys() == {"reference", "id", "company"}


async def test_facets_have_labels(app: AppContext, world: World, ask: Ask) -> None:
    await of_every_kind(app, world)
    document = "{ leads { facets(fields: [COUNTRY, PARTNER, OUTCOME], first: 1) { field values { value label count } } } }"
    facets = (await ask(world.rep, document))["leads"]["facets"]
    assert facets == [
        {"field": "COUNTRY", "values": [{"value": "FR", "label": "France", "count": 7}]},
        {"field": "PARTNER", "values": [{"value": encode_id("Partner", world.acme), "label": "Acme Cloud", "count": 4}]},
        {"field": "OUTCOME", "values": [{"value": "DECLINED", "label": "Declined", "count": 1}]},
    ]


async def test_urgency_follows_the_clock(app: AppContext, world: World, clock: Clock, ask: Ask) -> None:
    lead = encode_id("Lead", await make_lead(app, partner=world.acme, contact_requested_at=app.now()))
    document = "query($id: ID!) { lead(id: $id) { isHot contactUrgency } }"
    assert (await ask(world.rep, document, id=lead))["lead"] == {"isHot": True, "contactUrgency": "HOT"}
    clock.advance(hours=72)
    assert (await ask(world.rep, document, id=lead))["lead"] == {"isHot": False, "contactUrgency": "OVERDUE"}


async def test_lists_of_the_organisation_are_searched_and_paged(app: AppContext, world: World, ask: Ask) -> None:
    document = """
        query($after: String) {
          members(first: 3, after: $after) { totalCount nodes { name } pageInfo { endCursor hasNextPage } }
          partners(search: "acme") { edges { cursor node { name } } }
          listings { totalCount nodes { name } }
          queues { name waiting partners { name } allowance { canClaim } }
          viewer { roles member { name email } partner { name } }
        }
    """
    found = await ask(world.rep, document)
    assert [one["node"]["name"] for one in found["partners"]["edges"]] == ["Acme Cloud"]
    assert found["members"]["totalCount"] == 4
    assert found["queues"] == [{"name": "General", "waiting": 0, "partners": [], "allowance": {"canClaim": True}}]
    assert (found["viewer"]["member"]["name"], found["viewer"]["partner"]) == ("Rita Rep", {"name": "Acme Cloud"})
    rest = await ask(world.rep, document, after=found["members"]["pageInfo"]["endCursor"])
    assert [one["name"] for one in rest["members"]["nodes"]] == ["Rita Rep"]


@pytest.mark.parametrize("kind", ["Partner", "Member", "LeadQueue", "Lead"])
async def test_node_finds_every_type(app: AppContext, world: World, ask: Ask, kind: str) -> None:
    lead = await make_lead(app)
    uuids = {"Partner": world.acme, "Member": world.rep.member_id, "LeadQueue": world.general, "Lead": lead}
    document = """
        query($id: ID!) { node(id: $id) { __typename id ... on Partner { name } ... on Member { name }
          ... on LeadQueue { name } ... on Lead { reference } } }
    """
    found: dict[str, Any] = (await ask(world.rep, document, id=encode_id(kind, uuids[kind])))["node"]
    assert (found["__typename"], found["id"]) == (kind, encode_id(kind, uuids[kind]))


async def test_timeline_hides_values_of_a_hidden_contact(app: AppContext, world: World, ask: Ask) -> None:
    lead = await make_lead(app)
    await claim_lead(app, world.rep, lead)
    await update_lead(app, world.rep, lead, LeadFields(contact=ContactFields(email="new@contoso.example"), city="Lyon"))
    document = "query($id: ID!) { lead(id: $id) { timeline { nodes { kind changes { field from to } } } } }"
    seen = (await ask(world.rep, document, id=encode_id("Lead", lead)))["lead"]["timeline"]["nodes"]
    changed = {"field": "contact.email", "from": "aparna@contoso.example", "to": "new@contoso.example"}
    assert changed in [change for entry in seen for change in entry["changes"]]
    assert (seen[-1]["kind"], seen[-1]["changes"]) == ("CREATED", [])
    await release_lead(app, world.rep, lead)
    hidden = (await ask(world.rep, document, id=encode_id("Lead", lead)))["lead"]["timeline"]["nodes"]
    told = {change["field"]: change for entry in hidden for change in entry["changes"]}
    assert told["contact.email"] == {"field": "contact.email", "from": None, "to": None}
    assert told["city"]["to"] == "Lyon"


async def test_history_at_another_partner_is_hidden(app: AppContext, world: World, ask: Ask) -> None:
    lead = await make_lead(app)
    await claim_lead(app, world.rival, lead)
    await add_lead_note(app, world.rival, lead, "Ours.")
    await release_lead(app, world.rival, lead)
    await claim_lead(app, world.rep, lead)
    document = "query($id: ID!) { lead(id: $id) { notes { totalCount } timeline { nodes { kind actor { name } } } } }"
    found = (await ask(world.rep, document, id=encode_id("Lead", lead)))["lead"]
    assert found["notes"]["totalCount"] == 0
    assert found["timeline"]["nodes"] == [{"kind": "CLAIMED", "actor": {"name": "Rita Rep"}}, {"kind": "CREATED", "actor": None}]


async def test_timeline_hides_other_holders(app: AppContext, world: World, ask: Ask) -> None:
    lead = await make_lead(app, queue=await make_queue(app, "Closed", open_to=[world.globex]))
    await assign_lead(app, world.channel, lead, Assignee(member_id=world.rival.member_id))
    await assign_lead(app, world.channel, lead, Assignee(partner_id=world.acme))
    document = "query($id: ID!) { lead(id: $id) { timeline(first: 1) { nodes { summary changes { field from to } } } } }"
    (reached,) = (await ask(world.rep, document, id=encode_id("Lead", lead)))["lead"]["timeline"]["nodes"]
    assert reached["summary"].startswith("Assigned to Acme Cloud")
    assert reached["changes"] == [{"field": "partner", "from": None, "to": "Acme Cloud"}]
    (told,) = (await ask(world.channel, document, id=encode_id("Lead", lead)))["lead"]["timeline"]["nodes"]
    assert {"field": "owner", "from": "Rob Rival", "to": None} in told["changes"]


async def test_cursor_length_does_not_depend_on_row_numbers(app: AppContext, world: World, ask: Ask) -> None:
    early = await make_lead(app, partner=world.acme)
    rivals = await make_lead(app, partner=world.globex)
    for _ in range(10):
        await add_lead_note(app, world.rival, rivals, "Ours.")
    late = await make_lead(app, partner=world.acme)
    document = "query($id: ID!) { lead(id: $id) { timeline { pageInfo { endCursor } } } }"
    found = [(await ask(world.rep, document, id=encode_id("Lead", lead)))["lead"] for lead in (early, late)]
    assert len({len(lead["timeline"]["pageInfo"]["endCursor"]) for lead in found}) == 1


async def test_entries_of_the_timeline_have_ids_of_their_own_that_stay(app: AppContext, world: World, ask: Ask) -> None:
    lead = await make_accepted_lead(app, world.rep)
    document = "query($id: ID!) { lead(id: $id) { timeline { nodes { id kind } } } }"
    first, second = [(await ask(world.rep, document, id=encode_id("Lead", lead)))["lead"]["timeline"]["nodes"] for _ in range(2)]
    assert first == second
    assert len({entry["id"] for entry in first}) == len(first) > 1
    assert len({len(entry["id"]) for entry in first}) == 1
