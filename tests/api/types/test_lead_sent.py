"""The reduced view of a lead's sender, field by field."""

import csv
import io
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, Final

import pytest
from graphql import GraphQLObjectType

from gql_leads.api.schema import schema
from gql_leads.api.values.ids import encode_id
from gql_leads.domain.commands import Assignee, ContactFields, Conversion, DealFields, LeadFields, MoneyFields, Referral
from gql_leads.domain.leads.lead import CloseReason, CompanySize, LeadStatus, LeadType
from gql_leads.domain.viewer import Viewer
from gql_leads.exports import csv_of
from gql_leads.services import campaigns
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import assignments, claims, conversion, deals, deletion, favorites, notes, outcomes, responses, updates
from gql_leads.services.leads.referrals import refer_lead
from gql_leads.services.maintenance import scheduled_jobs
from gql_leads.store.leads.lists import LeadQuery
from tests.api.client import selection_of
from tests.api.conftest import Ask
from tests.api.test_subscriptions import CHANGED, subscribed
from tests.factories import World
from tests.fixtures import QUALIFIED, REP, Clock, load_viewer, make_campaign, make_member, make_partner, make_queue, wait_for_event_log

OUTCOME: Final = {
    "id", "reference", "type", "source", "status", "stage", "outcome", "partner", "createdAt", "claimedAt", "acceptedAt", "archivedAt",
    "expiresAt", "requiresResponse", "contactRequestedAt", "contactUrgency", "isHot", "isTest", "isFavorite", "decline", "loss",
}  # fmt: skip
ENTERED: Final = {
    "company", "country", "message", "recipientEmail", "sender", "consent", "quality",
}  # fmt: skip
WITHOUT_WORK: Final = {"version", "updatedAt"}
OF_THE_PERSON: Final = {"contact", "contactHidden", "qualityReasons"}
NEVER_SET: Final = {"callToAction", "externalReference", "listing", "listingTitle", "profile", "deletedAt"}
HIDDEN: Final = {"companySize", "industry", "city", "region", "owner", "queue", "deal", "qualification"} | {
    "conversion", "conversionPreview", "duplicateOf",
}  # fmt: skip
EMPTY: Final = {"notes", "activities", "timeline", "duplicates", "campaigns", "allowedActions", "blockedActions"}
THE_PARTNERS_OWN: Final = ("declinedBy", "lostBy", "responsiveness")

ONE: Final = f"query($id: ID!) {{ lead(id: $id) {{ {selection_of('Lead')} }} }}"
FOUND: Final = "query($search: String, $filter: LeadFilter) { leads(search: $search, filter: $filter) { totalCount nodes { id } } }"
CHANGES: Final = "{ leadChanges(first: 200) { nodes { kind presence leadId actor { id } } } }"


def test_every_lead_field_is_classified_for_senders() -> None:
    kind = schema._schema.type_map["Lead"]
    assert isinstance(kind, GraphQLObjectType)
    assert kind.fields.keys() <= OUTCOME | ENTERED | WITHOUT_WORK | OF_THE_PERSON | NEVER_SET | HIDDEN | EMPTY


@pytest.fixture(params=["a seller", "a partner"])
def sender(request: pytest.FixtureRequest, world: World) -> Viewer:
    return world.seller if request.param == "a seller" else world.referrals


@pytest.fixture
async def lead(app: AppContext, world: World, sender: Viewer) -> Any:
    contact = ContactFields(first_name="Zenobia", last_name="Quux", email="zenobia@quux.example", phone="+33123456789", title="CEO")
    details = LeadFields(contact=contact, company="Quux Ltd", country="FR", message="They look for a ledger.")
    referral = Referral(
        partner_id=world.globex, type=LeadType.SALES_QUALIFIED, details=details, recipient_email="ruth@globex.example",
        contact_requested=True,
    )  # fmt: skip
    return await refer_lead(app, sender, referral)


async def _worked(app: AppContext, world: World, lead: Any, clock: Clock) -> None:
    details = LeadFields(city="Lyon", region="Rhône", industry="Retail", company_size=CompanySize.EMPLOYEES_10_TO_50)
    await updates.update_lead(app, world.rival, lead, details)
    await updates.update_lead(app, world.rival, lead, LeadFields(company="Quux SA", message="Mended", contact=ContactFields(title="CFO")))
    await updates.update_lead_status(app, world.rival, lead, LeadStatus.CONTACTED)
    await notes.add_lead_note(app, world.rival, lead, "A secret of ours")
    await campaigns.set_campaign_membership(app, world.channel, lead, await make_campaign(app))


async def _accepted(app: AppContext, world: World, lead: Any, clock: Clock) -> None:
    await _worked(app, world, lead, clock)
    await make_campaign(app, "SECRET")
    await responses.accept_lead(app, world.rival, lead, DealFields(name="Secret deal", campaign_code="SECRET"), "Secret note")
    await outcomes.qualify_lead(app, world.rival, lead, QUALIFIED)


async def _waiting(app: AppContext, world: World, lead: Any, clock: Clock) -> None:
    queue = await make_queue(app, open_to=[world.globex])
    await assignments.assign_lead(app, world.channel, lead, Assignee(queue_id=queue))


async def _claimed(app: AppContext, world: World, lead: Any, clock: Clock) -> None:
    await _waiting(app, world, lead, clock)
    await claims.claim_lead(app, await load_viewer(app, world.rival), lead)


async def _declined(app: AppContext, world: World, lead: Any, clock: Clock) -> None:
    await responses.decline_lead(app, world.rival, lead, CloseReason.REQUIREMENT_NOT_MET, "Too far away")


async def _lost(app: AppContext, world: World, lead: Any, clock: Clock) -> None:
    await _accepted(app, world, lead, clock)
    await outcomes.mark_lead_lost(app, world.rival, lead, CloseReason.BUDGET_NOT_ADEQUATE, "Too dear")


async def _won(app: AppContext, world: World, lead: Any, clock: Clock) -> None:
    await _accepted(app, world, lead, clock)
    await outcomes.mark_lead_won(app, world.rival, lead)


async def _converted(app: AppContext, world: World, lead: Any, clock: Clock) -> None:
    await _accepted(app, world, lead, clock)
    await conversion.convert_lead(app, world.rival, lead, Conversion())


async def _expired(app: AppContext, world: World, lead: Any, clock: Clock) -> None:
    await _worked(app, world, lead, clock)
    clock.advance(days=14)
    await scheduled_jobs.run_due_jobs(app)


async def _elsewhere(app: AppContext, world: World, lead: Any, clock: Clock) -> None:
    await _worked(app, world, lead, clock)
    third = await make_member(app, await make_partner(app), REP)
    await assignments.assign_lead(app, world.channel, lead, Assignee(member_id=third.member_id))


LIVES: Final[dict[str, Callable[[AppContext, World, Any, Clock], Awaitable[None]]]] = {
    "worked": _worked, "waiting": _waiting, "claimed": _claimed, "accepted": _accepted, "declined": _declined, "lost": _lost, "won": _won,
    "converted": _converted, "expired": _expired, "elsewhere": _elsewhere,
}  # fmt: skip


def is_empty(value: Any) -> bool:
    """Whether a list, or a connection, holds nothing."""
    return value == [] if isinstance(value, list) else not any(value.get(name) for name in ("nodes", "edges", "totalCount"))


def plain(value: Any, *, but: tuple[str, ...] = ()) -> Any:
    """The facts of an object that are no objects themselves."""
    if not isinstance(value, dict):
        return value
    return {name: inner for name, inner in value.items() if not isinstance(inner, dict | list) and name not in but}


@pytest.mark.parametrize("life", LIVES)
async def test_sender_sees_the_outcome_and_the_request(
    app: AppContext, world: World, clock: Clock, ask: Ask, sender: Viewer, lead: Any, life: str
) -> None:
    await LIVES[life](app, world, lead, clock)
    everything, seen = [(await ask(who, ONE, id=encode_id("Lead", lead)))["lead"] for who in (world.admin, sender)]
    for name, value in seen.items():
        if name in OUTCOME | ENTERED:
            assert plain(value, but=THE_PARTNERS_OWN) == plain(everything[name], but=THE_PARTNERS_OWN), name
        elif name in EMPTY:
            assert is_empty(value), name
        elif name not in OF_THE_PERSON | WITHOUT_WORK:
            assert value is None, name
    for ending, who in (("decline", "declinedBy"), ("loss", "lostBy")):
        if everything[ending] is not None:
            assert (everything[ending][who] is None, seen[ending][who]) == (False, None)
    hidden = "EXPIRED" if life == "expired" else "UNCLAIMED" if life == "waiting" and sender == world.referrals else None
    assert seen["contactHidden"] == hidden
    if hidden:
        assert seen["contact"] is None
    else:
        assert [seen[name] for name in OF_THE_PERSON] == [everything[name] for name in OF_THE_PERSON]
        assert seen["message"] == ("Mended" if everything["city"] else "They look for a ledger.")


async def test_all_members_of_the_sending_partner_but_only_one_seller_are_senders(
    app: AppContext, world: World, ask: Ask, sender: Viewer, lead: Any
) -> None:
    other_seller = await make_member(app, None, *world.seller.roles)
    document = "query($id: ID!) { lead(id: $id) { id allowedActions sender { id } } leads { totalCount } }"
    senders = {world.seller.member_id} if sender == world.seller else {
        one.member_id for one in (world.rep, world.colleague, world.referrals, world.profiles)
    }  # fmt: skip
    receivers = {one.member_id for one in (world.rival, world.rival_admin, world.admin, world.channel)}
    for who in (*world.everybody, other_seller):
        found = await ask(who, document, id=encode_id("Lead", lead))
        seen = found["lead"] is not None
        assert (seen, found["leads"]["totalCount"]) == (who.member_id in senders | receivers, int(seen))
        if seen:
            assert bool(found["lead"]["allowedActions"]) == (who.member_id in receivers)
            may_know = who.partner_id in (None, sender.partner_id) or sender.partner_id is None
            assert (found["lead"]["sender"] is not None) == may_know


async def test_deleted_lead_is_invisible_to_its_sender(app: AppContext, world: World, ask: Ask, sender: Viewer, lead: Any) -> None:
    await deletion.delete_lead(app, world.rival_admin, lead)
    assert (await ask(sender, ONE, id=encode_id("Lead", lead)))["lead"] is None
    for asked in (None, {"isDeleted": True}):
        assert (await ask(sender, FOUND, filter=asked))["leads"]["totalCount"] == 0
    await deletion.restore_lead(app, world.rival_admin, lead)
    assert (await ask(sender, FOUND))["leads"]["totalCount"] == 1


async def test_filter_search_and_facets_do_not_reveal_the_work(
    app: AppContext, world: World, clock: Clock, ask: Ask, sender: Viewer, lead: Any
) -> None:
    await _claimed(app, world, lead, clock)
    await _accepted(app, world, lead, clock)
    locked = (await ask(world.admin, ONE, id=encode_id("Lead", lead)))["lead"]
    queues = [queue["id"] for queue in (await ask(world.admin, "{ queues { id } }"))["queues"]]
    told = [{"ownerIds": [locked["owner"]["id"]]}, {"queueIds": queues}, {"campaignIds": [locked["campaigns"][0]["campaign"]["id"]]}] + [
        {name: True} for name in ("isMine", "isClaimable")
    ]
    for asked in told:
        assert (await ask(sender, FOUND, filter=asked))["leads"]["totalCount"] == 0, asked
        assert (await ask(sender, FOUND, filter={"not": asked}))["leads"]["totalCount"] == 1, asked
    shown: list[dict[str, Any]] = [
        {"partnerIds": [locked["partner"]["id"]]}, {"statuses": ["CONTACTED"]}, {"stages": ["ACCEPTED"]},
        {"company": {"equals": "quux sa"}},
        {"types": ["SALES_QUALIFIED"]}, {"sources": [locked["source"]]}, {"countries": ["FR"]}, {"qualities": [locked["quality"]]},
    ]  # fmt: skip
    for asked in shown:
        assert (await ask(sender, FOUND, filter=asked))["leads"]["totalCount"] == 1, asked
    for term, found in (("zenobia quux", 1), ("QUUX SA", 1), ("zenobia@", 1), ("secret", 0), ("lyon", 0), ("retail", 0), ("rob rival", 0)):
        assert (await ask(sender, FOUND, search=term))["leads"]["totalCount"] == found, term
    facets = "{ leads { facets(fields: [OWNER, QUEUE, CAMPAIGN, PARTNER]) { field values { count } } } }"
    assert (await ask(sender, facets))["leads"]["facets"] == [
        {"field": "OWNER", "values": [{"count": 1}]}, {"field": "QUEUE", "values": []}, {"field": "CAMPAIGN", "values": []},
        {"field": "PARTNER", "values": [{"count": 1}]},
    ]  # fmt: skip


async def test_boards_and_reports_do_not_reveal_the_work(
    app: AppContext, world: World, clock: Clock, ask: Ask, sender: Viewer, lead: Any
) -> None:
    await _accepted(app, world, lead, clock)
    value = MoneyFields(amount=Decimal(500), currency="EUR")
    await deals.update_lead_deal(app, world.rival, lead, DealFields(estimated_value=value))
    document = """{
        leadBoard(groupBy: OWNER) { columns { key label count } }
        leadReport(from: "2026-11-01T00:00:00Z", before: "2026-12-01T00:00:00Z") {
          received accepted estimatedValue { amount } byPartner { label count } } }
    """
    assert (await ask(world.admin, document))["leadReport"]["estimatedValue"] == [{"amount": "500.00"}]
    found = await ask(sender, document)
    assert "Rob Rival" not in str(found)
    assert sum(column["count"] for column in found["leadBoard"]["columns"]) == 1
    assert (found["leadReport"]["accepted"], found["leadReport"]["estimatedValue"]) == (1, [])


async def test_export_of_the_sender_has_no_work_columns(app: AppContext, world: World, clock: Clock, sender: Viewer, lead: Any) -> None:
    await _claimed(app, world, lead, clock)
    await _accepted(app, world, lead, clock)
    file = b"".join([part async for part in csv_of(app.reader(sender), LeadQuery())]).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(file))
    filled = {name for name, value in row.items() if value}
    assert filled >= {"Reference", "Status", "Stage", "FirstName", "LastName", "Email", "Company", "Country", "Message", "PartnerName"}
    work = {"City", "Region", "Industry", "CompanySize", "OwnerName", "QueueName"}
    assert filled.isdisjoint(work | {"DealName", "DealValue", "DealCurrency", "CampaignCode", "CrmId", "PurchaseTimeframe"})


async def test_streams_send_only_visible_changes_to_the_sender(
    app: AppContext, world: World, clock: Clock, ask: Ask, sender: Viewer, lead: Any
) -> None:
    await _lost(app, world, lead, clock)
    await wait_for_event_log(app)
    told = (await ask(sender, CHANGES))["leadChanges"]["nodes"]
    # Of two changes of details one was of the city; notes, the deal, the qualification and the campaign are the partner's and the vendor's.
    assert [(one["kind"], one["presence"]) for one in told] == [
        ("CREATED", "ENTERED"), ("REFERRED", "CHANGED"), ("DETAILS_CHANGED", "CHANGED"), ("STATUS_CHANGED", "CHANGED"),
        ("ACCEPTED", "CHANGED"), ("LOST", "CHANGED"),
    ]  # fmt: skip
    assert [one["actor"] is not None for one in told] == [True, True, False, False, False, False]


async def _do(app: AppContext, world: World, lead: Any, step: str) -> None:
    """Take one step with an accepted lead."""
    who = world.rival
    match step:
        case "qualified":
            await outcomes.qualify_lead(app, who, lead, QUALIFIED)
        case "deal changed":
            await deals.update_lead_deal(app, who, lead, DealFields(name="Other"))
        case "handed on within the partner":
            await assignments.assign_lead(app, world.channel, lead, Assignee(member_id=world.rival_admin.member_id))
        case "city changed":
            await updates.update_lead(app, who, lead, LeadFields(city="Lyon"))
        case "noted":
            await notes.add_lead_note(app, who, lead, "Called.")
        case "status changed":
            await updates.update_lead_status(app, who, lead, LeadStatus.CONTACTED)
        case "city and company changed":
            await updates.update_lead(app, who, lead, LeadFields(city="Nice", company="Quux SA"))
        case "won":
            await outcomes.mark_lead_won(app, who, lead)


STEPS: Final = [
    ("qualified", True), ("deal changed", True), ("status changed", False), ("handed on within the partner", True), ("city changed", True),
    ("noted", True), ("city and company changed", False), ("won", False),
]  # fmt: skip
"""Steps, and whether they are hidden from the sender."""
LISTED: Final = """
    query($filter: LeadFilter, $after: EventCursor) {
      leads(filter: $filter, sort: [{field: UPDATED_AT, direction: DESC}]) { totalCount eventCursor nodes { id version updatedAt } }
      leadChanges(filter: $filter, after: $after) { nodes { kind presence lead { version updatedAt } } } }
"""


async def test_version_and_update_time_of_the_sender_ignore_hidden_work(
    app: AppContext, world: World, clock: Clock, ask: Ask, sender: Viewer, lead: Any
) -> None:
    await responses.accept_lead(app, world.rival, lead, DealFields())
    clock.advance(minutes=1)
    other = await refer_lead(app, sender, Referral(
        partner_id=world.globex, type=LeadType.SALES_QUALIFIED,
        details=LeadFields(contact=ContactFields(last_name="Other"), message="Hello"),
    ))  # fmt: skip
    wanted = {"ids": [encode_id("Lead", lead)]}
    before = (await ask(sender, LISTED, filter=wanted))["leads"]
    for number, (step, is_hidden) in enumerate(STEPS):
        clock.advance(hours=1)
        instant = clock().strftime("%Y-%m-%dT%H:%M:%S.000Z")
        unchanged = {"and": [wanted, {"updatedAt": {"before": instant}}]}
        async with subscribed(app, sender, CHANGED, filter=unchanged, after=before["eventCursor"]) as stream:
            await _do(app, world, lead, step)
            await wait_for_event_log(app)
            seen = await ask(sender, LISTED, filter=unchanged, after=before["eventCursor"])
            of_partner = (await ask(world.rival, LISTED, filter=wanted))["leads"]["nodes"][0]
            (old,), (new,) = before["nodes"], (await ask(sender, LISTED, filter=wanted))["leads"]["nodes"]
            changes = [(one["presence"], one["lead"]) for one in seen["leadChanges"]["nodes"]]
            if is_hidden:
                assert (new, seen["leads"]["nodes"], changes) == (old, [old], []), step
                assert of_partner["updatedAt"] == instant or step == "noted"
            else:
                assert (new["version"], new["updatedAt"]) == (old["version"] + 1, instant), step
                assert (of_partner["version"] > new["version"], seen["leads"]["totalCount"]) == (True, 0)
                assert changes[:1] == [("LEFT", None)], step
                assert (await stream.next())["presence"] == "LEFT"
            order = [one["id"] for one in (await ask(sender, LISTED))["leads"]["nodes"]]
            changed_last = any(not hidden for _, hidden in STEPS[: number + 1])
            assert order == [encode_id("Lead", one) for one in ((lead, other) if changed_last else (other, lead))], step
        before = (await ask(sender, LISTED, filter=wanted))["leads"]
    file = b"".join([part async for part in csv_of(app.reader(sender), LeadQuery())]).decode("utf-8-sig")
    assert [row["UpdatedAt"] for row in csv.DictReader(io.StringIO(file)) if row["LastName"] == "Quux"] == [new["updatedAt"]]


async def test_receiver_sees_referred_and_a_later_holder_sees_created(
    app: AppContext, world: World, ask: Ask, sender: Viewer, lead: Any
) -> None:
    document = "query($id: ID!) { lead(id: $id) { timeline { nodes { kind actor { id } changes { to } } } } }"
    entries = (await ask(world.rival, document, id=encode_id("Lead", lead)))["lead"]["timeline"]["nodes"]
    assert [one["kind"] for one in entries] == ["REFERRED", "CREATED"]
    known = {"id": encode_id("Member", sender.member_id)} if sender == world.seller else None
    assert [one["actor"] for one in entries] == [known, known]
    third = await make_member(app, await make_partner(app), REP)
    await assignments.assign_lead(app, world.channel, lead, Assignee(partner_id=third.partner_id))
    entries = (await ask(third, document, id=encode_id("Lead", lead)))["lead"]["timeline"]["nodes"]
    assert [one["kind"] for one in entries] == ["ASSIGNED", "CREATED"]


async def test_sender_may_only_mark_favorites(app: AppContext, world: World, ask: Ask, sender: Viewer, lead: Any) -> None:
    await favorites.favorite_lead(app, sender, lead)
    assert (await ask(sender, FOUND, filter={"tab": "FAVORITES"}))["leads"]["totalCount"] == 1
    assert (await ask(world.rival, FOUND, filter={"tab": "FAVORITES"}))["leads"]["totalCount"] == 0
