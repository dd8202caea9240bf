"""Filters of leads through the API: lists, facets, streams by pull and exports select the same leads."""

import csv
import io
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from gql_leads.api.values.ids import encode_id
from gql_leads.domain.commands import ContactFields, DealFields, LeadFields, NewLead, Referral, SavePartner
from gql_leads.domain.leads.lead import CompanySize, LeadSource, LeadType
from gql_leads.exports import csv_of
from gql_leads.services.app_context import AppContext
from gql_leads.services.exports import open_export_link
from gql_leads.services.leads import claims, outcomes, responses
from gql_leads.services.leads.intake import create_lead
from gql_leads.services.leads.referrals import refer_lead
from gql_leads.services.partners import release_claims_of_inactive_partners, save_partner
from tests.api.client import mutate
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import (
    QUALIFIED,
    START,
    Clock,
    enter_lead,
    load_lead,
    load_viewer,
    make_accepted_lead,
    make_lead,
    make_listing,
    make_queue,
    make_won_lead,
    wait_for_event_log,
)

LISTED: Final = "query($search: String, $filter: LeadFilter) { leads(search: $search, filter: $filter) { nodes { reference } } }"
PULLED: Final = "query($filter: LeadFilter) { leadChanges(filter: $filter) { nodes { presence leadId } } }"
FACETS: Final = """query($fields: [FacetField!]!, $filter: LeadFilter) { leads(filter: $filter) {
    facets(fields: $fields) { field values { value label count } } } }"""


def a_referral(partner: UUID, **details: Any) -> Referral:
    fields = LeadFields(contact=ContactFields(last_name="Bosu"), message="Please call.", **details)
    return Referral(partner_id=partner, type=LeadType.JOINT_PLANNING, details=fields)


async def listed(ask: Ask, who: Any, search: str | None = None, **asked: Any) -> set[str]:
    found = await ask(who, LISTED, search=search, filter=asked)
    return {one["reference"] for one in found["leads"]["nodes"]}


async def pulled(ask: Ask, who: Any, **asked: Any) -> set[str]:
    """Return the ids of the leads that the events leave in the list."""
    changes = (await ask(who, PULLED, filter=asked))["leadChanges"]["nodes"]
    last = {one["leadId"]: one["presence"] for one in changes}
    return {lead_id for lead_id, presence in last.items() if presence != "LEFT"}


async def exported(app: AppContext, ask: Ask, who: Any, **asked: Any) -> set[str]:
    made = await mutate(ask, who, "exportLeads", "export { filename url rowCount }", filter=asked)
    link = made["export"]
    viewer, query = await open_export_link(app, link["filename"], parse_qs(urlsplit(link["url"]).query)["token"][0])
    text = b"".join([piece async for piece in csv_of(app.reader(viewer), query)]).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == link["rowCount"]
    return {row["Reference"] for row in rows}


async def facet_counts(ask: Ask, who: Any, field: str, **asked: Any) -> list[tuple[str, str, int]]:
    (facet,) = (await ask(who, FACETS, fields=[field], filter=asked))["leads"]["facets"]
    return [(one["value"], one["label"], one["count"]) for one in facet["values"]]


async def test_work_is_found_again_in_lists_streams_and_exports(app: AppContext, world: World, ask: Ask, clock: Clock) -> None:
    schools = await make_queue(app, "Schools")
    colleague = await load_viewer(app, world.colleague)
    claimed = (await claims.claim_lead(app, world.rep, await enter_lead(app, world.admin, external_reference="ORDER-7"))).lead_id
    clock.advance(days=1)
    second = await make_lead(app, queue=schools, company_size=CompanySize.EMPLOYEES_OVER_20000)
    await claims.claim_lead(app, colleague, second)
    await responses.accept_lead(app, world.colleague, second, DealFields(crm_id="CRM-1"))
    clock.advance(days=1)
    own = await enter_lead(app, world.rep, listing_id=await make_listing(app, world.acme), external_reference="order-7")
    await responses.accept_lead(app, world.rep, own, DealFields(crm_id="crm-1"))
    await outcomes.qualify_lead(app, world.rep, own, QUALIFIED)
    await outcomes.mark_lead_won(app, world.rep, own)
    clock.advance(days=1)
    sent = await refer_lead(app, world.seller, a_referral(world.acme))
    await wait_for_event_log(app)
    leads = {"claimed": claimed, "second": second, "own": own, "sent": sent}
    names = {name: (await load_lead(app, one)).reference for name, one in leads.items()}
    day = [(START + timedelta(days=number)).isoformat() for number in range(4)]
    asked: list[tuple[dict[str, Any], str]] = [
        ({"references": [names["claimed"].lower(), f" {names['own']} ", "L-NONE99"]}, "claimed own"),
        ({"externalReferences": ["ORDER-7"]}, "claimed"),
        ({"externalReferences": ["order-7", "ORDER-7"]}, "claimed own"),
        ({"crmIds": ["CRM-1"]}, "second"),
        ({"companySizes": ["EMPLOYEES_OVER_20000"]}, "second"),
        ({"senderIds": [encode_id("Member", world.seller.member_id)]}, "sent"),
        ({"hasOwner": True}, "claimed second own"),
        ({"hasOwner": False}, "sent"),
        ({"hasListing": True}, "own"),
        ({"hasListing": False}, "claimed second sent"),
        ({"isOpenClaim": True}, "claimed second"),
        ({"isOpenClaim": False}, "own sent"),
        ({"claimedFromQueueIds": [encode_id("LeadQueue", schools)]}, "second"),
        ({"isOpenClaim": True, "claimedFromQueueIds": [encode_id("LeadQueue", world.general)]}, "claimed"),
        ({"claimedAt": {"from": day[0], "before": day[1]}}, "claimed"),
        ({"claimedAt": {}}, "claimed second"),
        ({"acceptedAt": {"from": day[1]}}, "second own"),
        ({"acceptedAt": {"before": day[2]}}, "second"),
        ({"archivedAt": {"from": day[2]}}, "own"),
        ({"not": {"archivedAt": {}}}, "claimed second sent"),
    ]
    for given, expected in asked:
        wanted = {names[one] for one in expected.split()}
        assert await listed(ask, world.channel, **given) == wanted, given
        assert await listed(ask, world.referrals, **given) == wanted, given
        assert await exported(app, ask, world.referrals, **given) == wanted, given
        assert await pulled(ask, world.referrals, **given) == {encode_id("Lead", leads[one]) for one in expected.split()}, given


async def test_leads_of_a_deactivated_partner_are_listed_for_reassignment(app: AppContext, world: World, ask: Ask) -> None:
    accepted, sent = await make_accepted_lead(app, world.rep), await refer_lead(app, world.seller, a_referral(world.acme))
    leads = {"accepted": accepted, "sent": sent, "won": await make_won_lead(app, world.rep)}
    leads["foreign"] = await make_lead(app, partner=world.globex)
    leads["claimed"] = (await claims.claim_lead(app, world.rep, await make_lead(app))).lead_id
    names = {name: (await load_lead(app, one)).reference for name, one in leads.items()}
    assert await listed(ask, world.channel, partnerIsActive=False) == set()
    await save_partner(app, world.admin, SavePartner(partner_id=world.acme, is_active=False))
    while await release_claims_of_inactive_partners(app):
        pass
    await wait_for_event_log(app)
    is_open = {"partnerIsActive": False, "stages": ["RECEIVED", "ACCEPTED"]}
    asked: list[tuple[Any, dict[str, Any], str]] = [
        (world.channel, {"partnerIsActive": False}, "accepted sent won"),
        (world.admin, is_open, "accepted sent"),
        (world.admin, {"not": {"partnerIsActive": False}}, "foreign claimed"),
        (world.admin, {"partnerIsActive": True}, "foreign"),
        (world.seller, is_open, "sent"),
        (world.rival, {"partnerIsActive": True}, "foreign"),
        (world.rival, {"partnerIsActive": False}, ""),
    ]
    for who, given, expected in asked:
        wanted = {names[one] for one in expected.split()}
        assert await listed(ask, who, **given) == wanted, given
        assert await exported(app, ask, who, **given) == wanted, given
        assert await pulled(ask, who, **given) == {encode_id("Lead", leads[one]) for one in expected.split()}, given


async def test_open_claims_are_those_that_the_limit_counts(app: AppContext, world: World, ask: Ask) -> None:
    queue = await make_queue(app, "Small", max_open_claims=2)
    rep = await load_viewer(app, world.rep)
    for _ in range(2):
        await claims.claim_lead(app, rep, await make_lead(app, queue=queue))
    refused = await mutate(ask, world.rep, "claimLead", leadId=encode_id("Lead", await make_lead(app, queue=queue)))
    (error,) = refused["errors"]
    assert error["message"] == (
        "Your partner already has 2 open claims from this queue, which is its limit. Decline, release or finish some of them first:"
        " `leads` lists them with the filter `isOpenClaim: true`."
    )
    document = "{ queues { id allowance { openClaims } } leads(filter: {isOpenClaim: true}) { totalCount } }"
    found = await ask(world.colleague, document)
    assert sum(one["allowance"]["openClaims"] for one in found["queues"]) == found["leads"]["totalCount"] == 2


async def test_senders_and_partners_cannot_filter_by_what_is_hidden(app: AppContext, world: World, ask: Ask) -> None:
    sent = await refer_lead(app, world.seller, a_referral(world.acme, company_size=CompanySize.EMPLOYEES_1_TO_9))
    await responses.accept_lead(app, world.rep, sent, DealFields(crm_id="CRM-1"))
    referred = await refer_lead(app, world.referrals, a_referral(world.globex))
    reference = (await load_lead(app, sent)).reference
    assert await listed(ask, world.seller) == {reference}
    hidden: list[dict[str, Any]] = [
        {"crmIds": ["CRM-1"]}, {"companySizes": [one.value for one in CompanySize]}, {"hasOwner": True}, {"isOpenClaim": True},
    ]  # fmt: skip
    for given in hidden:
        assert await listed(ask, world.seller, **given) == set()
        assert await listed(ask, world.seller, None, **{"not": given}) == {reference}
    assert await facet_counts(ask, world.seller, "COMPANY_SIZE") == []
    assert await facet_counts(ask, world.seller, "OWNER") == [("NONE", "No owner", 1)]
    sender = encode_id("Member", world.referrals.member_id)
    assert await listed(ask, world.rival, senderIds=[sender]) == set()
    assert await facet_counts(ask, world.rival, "SENDER") == []
    assert await listed(ask, world.rep, senderIds=[sender]) == {(await load_lead(app, referred)).reference}
    assert [one[2] for one in await facet_counts(ask, world.rep, "SENDER")] == [1, 1]


async def test_external_references_match_where_the_contact_is_shown(app: AppContext, world: World, ask: Ask) -> None:
    await enter_lead(app, world.admin, external_reference="ORDER-7")
    assert len(await listed(ask, world.channel, externalReferences=["ORDER-7"])) == 1
    lead = "{ leads { nodes { externalReference } } }"
    shown = (await ask(world.rep, lead))["leads"]["nodes"][0]["externalReference"]
    assert len(await listed(ask, world.rep, externalReferences=["ORDER-7"])) == (shown is not None)


async def test_a_reference_finds_its_lead_by_query_and_by_search(app: AppContext, world: World, ask: Ask) -> None:
    mine, waiting, rivals = await enter_lead(app, world.rep), await enter_lead(app, world.admin), await enter_lead(app, world.rival)
    by_reference = "query($reference: String!) { leadByReference(reference: $reference) { id company } }"
    named = await make_lead(app, partner=world.acme, company=f"About {(await load_lead(app, mine)).reference}")
    for lead, is_visible in ((mine, True), (waiting, True), (rivals, False)):
        reference = (await load_lead(app, lead)).reference
        for term in (reference, reference.lower(), f"  {reference.title()} ", reference.replace("-", "‐")):
            found = (await ask(world.rep, by_reference, reference=term))["leadByReference"]
            assert (found and found["id"]) == (encode_id("Lead", lead) if is_visible else None)
            expected = ({reference} if is_visible else set()) | ({(await load_lead(app, named)).reference} if lead == mine else set())
            assert await listed(ask, world.rep, term) == expected
            assert reference in await listed(ask, world.channel, term)
        assert reference not in await listed(ask, world.rep, reference[:-1])
    for term in ("", " ", "L-", "L-ZZZZZZ", "%", "x" * 200):
        assert (await ask(world.channel, by_reference, reference=term))["leadByReference"] is None


async def test_leads_without_owner_or_listing_are_a_value_of_the_facet(app: AppContext, world: World, ask: Ask) -> None:
    ledger = await make_listing(app, world.acme, "Ledger")
    for owner, listing in ((world.rep, ledger), (world.rep, None), (None, ledger), (None, None), (None, None)):
        await make_lead(app, partner=world.acme, owner_id=owner and owner.member_id, listing_id=listing)
    rep, ledger_id = encode_id("Member", world.rep.member_id), encode_id("Listing", ledger)
    assert await facet_counts(ask, world.referrals, "OWNER") == [("NONE", "No owner", 3), (rep, "Rita Rep", 2)]
    assert await facet_counts(ask, world.referrals, "LISTING") == [("NONE", "No listing", 3), (ledger_id, "Ledger", 2)]
    whole = await facet_counts(ask, world.referrals, "OWNER")
    for given in ({"hasOwner": False}, {"ownerIds": [rep]}):
        assert await facet_counts(ask, world.referrals, "OWNER", **given) == whole
    assert await facet_counts(ask, world.referrals, "LISTING", hasOwner=False) == [("NONE", "No listing", 2), (ledger_id, "Ledger", 1)]


async def test_facets_have_proper_labels(app: AppContext, world: World, ask: Ask) -> None:
    await make_lead(
        app, partner=world.acme, source=LeadSource.APP_SOURCE, type=LeadType.JOINT_PLANNING, country="FR",
        company_size=CompanySize.EMPLOYEES_1001_TO_5000,
    )  # fmt: skip
    labels = {field: (await facet_counts(ask, world.rep, field))[0][1] for field in ("SOURCE", "TYPE", "COUNTRY", "COMPANY_SIZE")}
    assert labels == {"SOURCE": "AppSource", "TYPE": "Joint planning", "COUNTRY": "France", "COMPANY_SIZE": "1,001 to 5,000 employees"}


@pytest.mark.parametrize(("grouping", "asked"), [("OWNER", {"hasOwner": False}), ("LISTING", {"hasListing": False})])
async def test_the_column_without_a_value_is_paged_in_the_list(
    app: AppContext, world: World, ask: Ask, clock: Clock, grouping: str, asked: dict[str, bool]
) -> None:
    listing = await make_listing(app, world.acme)
    for number in range(7):
        clock.advance(seconds=1)
        held = {"partner": world.acme} if number % 2 else {"queue": world.general}
        await make_lead(app, **held)
        await make_lead(app, partner=world.acme, owner_id=world.rep.member_id, listing_id=listing)
    board = """query($by: LeadBoardGrouping!) { leadBoard(groupBy: $by) { columns { key count
        leads(first: 3) { nodes { id } pageInfo { endCursor } } } } }"""
    rest = "query($filter: LeadFilter, $after: String) { leads(filter: $filter, after: $after) { totalCount nodes { id } } }"
    for who in (world.rep, world.channel):
        column = (await ask(who, board, by=grouping))["leadBoard"]["columns"][0]
        whole = (await ask(who, rest, filter=asked))["leads"]
        more = (await ask(who, rest, filter=asked, after=column["leads"]["pageInfo"]["endCursor"]))["leads"]
        assert (column["key"], column["count"], whole["totalCount"]) == ("NONE", 7, 7)
        assert column["leads"]["nodes"] + more["nodes"] == whole["nodes"]


async def test_a_lead_without_type_gets_it_from_its_listing(app: AppContext, world: World, ask: Ask) -> None:
    listing = encode_id("Listing", await make_listing(app, world.acme))
    given: dict[str, Any] = {"contact": {"lastName": "Bosu"}}
    for more, expected in (({}, "MARKETING_QUALIFIED"), ({"listingId": listing}, "OFFER"), ({"listingId": listing, "type": None}, "OFFER")):
        assert (await mutate(ask, world.rep, "createLead", "lead { type }", **given, **more))["lead"] == {"type": expected}
    refused = await mutate(ask, world.rep, "createLead", **given, type="OFFER")
    assert refused["errors"] == [
        {
            "__typename": "InvalidInput", "field": ["listingId"],
            "message": "Give the listingId: a lead of type OFFER is about a listing. Without one, leave the type out.",
        }
    ]  # fmt: skip
    assert await create_lead(app, world.admin, NewLead(source=LeadSource.API, details=a_referral(world.acme).details))


@pytest.mark.parametrize("name", ["createdAt", "updatedAt", "expiresAt", "claimedAt", "acceptedAt", "archivedAt"])
@pytest.mark.parametrize("end", ["2026-11-21T09:30:00Z", "2026-11-21T08:30:00+00:00", "2026-11-21T10:30:00+01:00"])
async def test_a_range_must_begin_before_its_end(world: World, ask: Ask, answer: Ask, name: str, end: str) -> None:
    message = f"Give a `from` that lies before the `before` in `{name}`."
    given = {"or": [{"not": {name: {"from": "2026-11-21T09:30:00Z", "before": end}}}]}
    for document in (LISTED, PULLED, "query($filter: LeadFilter) { leadBoard(filter: $filter) { grouping } }"):
        (error,) = (await answer(world.rep, document, filter=given))["errors"]
        assert (error.message, error.original_error.code) == (message, "BAD_USER_INPUT")
    for mutation, payload in (("exportLeads", "export { url }"), ("claimNextLead", "lead { id }")):
        refused = await mutate(ask, world.rep, mutation, payload, filter=given)
        assert refused["errors"] == [{"__typename": "InvalidInput", "message": message, "field": ["filter", "or", "0", "not", name]}]


async def test_a_report_and_due_times_must_begin_before_their_end(world: World, answer: Ask) -> None:
    ends = {"from": "2026-11-21T09:30:00Z", "before": "2026-11-21T09:30:00Z"}
    report = "query($from: DateTime!, $before: DateTime!) { leadReport(from: $from, before: $before) { received } }"
    due = "query($dueAt: DateTimeFilter!) { activities(filter: {dueAt: $dueAt}) { totalCount } }"
    for document, given in ((report, ends), (due, {"dueAt": ends})):
        (error,) = (await answer(world.rep, document, **given))["errors"]
        assert error.message.startswith("Give a `from` that lies before the `before`")
        assert error.original_error.code == "BAD_USER_INPUT"
