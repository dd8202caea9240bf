"""A rival partner cannot find a lead in any way: each request answers as for an unknown id."""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.acceptance.client import Member, http
from tests.acceptance.server import Installation, Server, uuid_of

CUSTOMER = {"firstName": "Zenobia", "lastName": "Quux", "email": "zenobia@quux.example", "phone": "+4915112345678"}
COMPANY = "Quux Unlimited"
DETAILS: dict[str, Any] = {"contact": CUSTOMER, "company": COMPANY, "country": "IS", "contactRequested": True, "externalReference": "Q-1"}
FACETS = """STATUS STAGE OUTCOME TYPE SOURCE CALL_TO_ACTION QUALITY COUNTRY EMAIL_VALIDITY PHONE_VALIDITY
    LISTING_KIND LISTING PARTNER OWNER QUEUE CAMPAIGN"""
GROUPINGS = ("STATUS", "STAGE", "QUALITY", "OWNER", "LISTING")
COLUMNS = "columns { key label count leads(first: 100) { totalCount nodes { reference } pageInfo { hasNextPage } } }"
WORLD = f"""{{ leads(first: 200) {{ totalCount nodes {{ reference }} pageInfo {{ hasNextPage hasPreviousPage }}
    facets(fields: [{FACETS}]) {{ field values {{ value label count }} }} }}
    partners {{ totalCount nodes {{ name members {{ totalCount nodes {{ email }} }} }} }}
    queues {{ name waiting }} members {{ totalCount }} listings {{ totalCount }}
    accounts {{ totalCount }} contacts {{ totalCount }} opportunities {{ totalCount }}
    leadReport(from: "2000-01-01T00:00:00Z", before: "2050-01-01T00:00:00Z", interval: MONTH) {{ received accepted open acceptanceRate
        medianResponseHours byStatus {{ value count }} byListing {{ value }} byCountry {{ value count }} byPartner {{ value count }}
        estimatedValue {{ amount }} series {{ start received accepted archived }} }}
    {" ".join(f"{grouping}: leadBoard(groupBy: {grouping}) {{ {COLUMNS} }}" for grouping in GROUPINGS)} }}"""
FOUND = """query ($search: String, $filter: LeadFilter, $sort: [LeadSort!]) { leads(search: $search, filter: $filter, sort: $sort) {
    totalCount nodes { id } } }"""


class Secret:
    """A lead of Acme, with its known values and ids."""

    def __init__(self, rep: Member) -> None:
        self.start = rep.cursor()
        self.lead_id: str = rep.do("createLead", **DETAILS)["lead"]["id"]
        rep.do("acceptLead", leadId=self.lead_id, deal={"name": "Quux deal"})
        self.note_id: str = rep.do("addLeadNote", "note { id }", leadId=self.lead_id, body="Quux is ours")["note"]["id"]
        logged = rep.do("logLeadActivity", "activity { id }", leadId=self.lead_id, kind="CALL", subject="Quux called")
        self.activity_id: str = logged["activity"]["id"]
        rep.do("updateLeadStatus", leadId=self.lead_id, status="PURCHASED")
        told = rep.ask(
            "query ($id: ID!) { lead(id: $id) { reference owner { id } partner { id } } leads { pageInfo { endCursor } } }", id=self.lead_id
        )
        self._sell(rep)
        self.reference: str = told["lead"]["reference"]
        self.owner_id: str = told["lead"]["owner"]["id"]
        self.partner_id: str = told["lead"]["partner"]["id"]
        self.page_cursor: str = told["leads"]["pageInfo"]["endCursor"]
        self.export_url: str = rep.do("exportLeads", "export { url }")["export"]["url"]

    @property
    def customers(self) -> tuple[str, ...]:
        """Convert a lead of Acme and return the account, contact and opportunity."""
        return self.account_id, self.contact_id, self.sale_id

    def _sell(self, rep: Member) -> None:
        converted = rep.do("createLead", contact=CUSTOMER, company=COMPANY)["lead"]["id"]
        rep.do("acceptLead", leadId=converted, deal={})
        steps: dict[str, Any] = dict.fromkeys(("customerResponded", "budget", "authority", "need", "timeline"), True)
        rep.do("qualifyLead", leadId=converted, **steps)
        made = rep.do("convertLead", "account { id } contact { id } opportunity { id }", leadId=converted)
        self.account_id, self.contact_id, self.sale_id = (str(made[kind]["id"]) for kind in ("account", "contact", "opportunity"))


@pytest.fixture(scope="module")
def rival(server: Server) -> Member:
    return server.member("referrals@globex.example")


@pytest.fixture(scope="module")
def before(server: Server, rival: Member) -> dict[str, Any]:
    """Responses to the rival before the lead exists."""
    channel = server.member("channel@vendor.example")
    for number in range(3):
        channel.do("createLead", contact={"lastName": f"Queued {number}"})
        rival.do("createLead", contact={"lastName": f"Own {number}"}, company="Globex Customer")
    return rival.ask(WORLD)


@pytest.fixture(scope="module")
def secret(server: Server, before: dict[str, Any]) -> Secret:
    return Secret(server.member("rep@acme.example"))


def test_responses_are_the_same_with_and_without_it(rival: Member, before: dict[str, Any], secret: Secret) -> None:
    assert rival.ask(WORLD) == before


@pytest.mark.parametrize(
    "asked",
    [{"search": "Quux"}, {"search": "Zenobia"}, {"search": "zenobia@quux.example"}, {"filter": {"countries": ["IS"]}},
     {"filter": {"company": {"equals": COMPANY}}}, {"filter": {"company": {"startsWith": "quux"}}}, {"filter": {"statuses": ["PURCHASED"]}},
     {"filter": {"stages": ["ACCEPTED"]}}, {"filter": {"contactUrgencies": ["HOT"]}},
     {"filter": {"not": {"company": {"contains": "globex"}}, "stages": ["ACCEPTED"]}},
     {"filter": {"or": [{"countries": ["IS"]}, {"statuses": ["PURCHASED"]}]}},
     {"search": "Quux", "sort": [{"field": "LAST_NAME", "direction": "ASC"}]}],
)  # fmt: skip
def test_no_search_or_filter_finds_it(rival: Member, secret: Secret, asked: dict[str, Any]) -> None:
    assert rival.ask(FOUND, **asked) == {"leads": {"totalCount": 0, "nodes": []}}


def test_no_campaign_reveals_it(server: Server, rival: Member, secret: Secret) -> None:
    channel = server.member("channel@vendor.example")
    campaign_id = channel.do("saveCampaign", "campaign { id }", name="Quux fair", code="QUUX")["campaign"]["id"]
    channel.do("setCampaignMembership", leadId=secret.lead_id, campaignId=campaign_id)
    document = "query ($filter: LeadFilter) { leads(filter: $filter) { totalCount facets(fields: [CAMPAIGN]) { values { label } } } }"
    assert rival.ask(document, filter={"campaignIds": [campaign_id]}) == {"leads": {"totalCount": 0, "facets": [{"values": []}]}}
    (error,) = rival.change("setCampaignMembership", leadId=secret.lead_id, campaignId=campaign_id)["errors"]
    assert (error["__typename"], error["field"]) == ("NotFound", ["leadId"])


def test_no_id_finds_it(rival: Member, secret: Secret) -> None:
    for filter_ in ({"ids": [secret.lead_id]}, {"partnerIds": [secret.partner_id]}, {"ownerIds": [secret.owner_id]}):
        assert rival.ask(FOUND, filter=filter_) == {"leads": {"totalCount": 0, "nodes": []}}
    for id_ in (secret.lead_id, secret.note_id, secret.activity_id, secret.owner_id, *secret.customers):
        document = "query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } lead(id: $id) { id } }"
        unknown = nobodys(id_)
        answer, other = rival.post(document, id=id_), rival.post(document, id=unknown)
        assert answer.json()["data"] == {"node": None, "lead": None, "nodes": [None]}
        # The sentence about an id of another type quotes the beginning of the id.
        assert answer.text.replace(id_[:60], "id") == other.text.replace(unknown[:60], "id")


def nobodys(id_: str) -> str:
    """Return an unknown id of the same type."""
    return b64encode(f"{kind_of(id_)}:{uuid4()}".encode()).decode()


def kind_of(id_: str) -> str:
    raw = str(uuid_of(id_))
    for kind in ("Lead", "Note", "Activity", "Member", "Partner", "Listing", "BusinessProfile", "Account", "Contact", "Opportunity"):
        if b64encode(f"{kind}:{UUID(raw)}".encode()).decode() == id_:
            return kind
    raise AssertionError(id_)


MUTATIONS: list[tuple[str, dict[str, Any]]] = [
    ("claimLead", {}),
    ("releaseLead", {}),
    ("acceptLead", {"deal": {}}),
    ("declineLead", {"reason": "SPAM"}),
    ("updateLead", {"city": "Reykjavík"}),
    ("updateLead", {"city": "Reykjavík", "expectedVersion": 1}),
    ("updateLeadStatus", {"status": "NEW"}),
    ("updateLeadDeal", {"deal": {"name": "Mine"}}),
    ("qualifyLead", {"budget": True}),
    ("markLeadWon", {}),
    ("markLeadLost", {"reason": "OTHER"}),
    ("convertLead", {}),
    ("convertLead", {"dryRun": True, "expectedVersion": 1}),
    ("addLeadNote", {"body": "Hello?"}),
    ("logLeadActivity", {"kind": "TASK", "subject": "Call"}),
    ("favoriteLead", {}),
    ("unfavoriteLead", {}),
    ("setCampaignMembership", {"campaignId": b64encode(f"Campaign:{UUID(int=1)}".encode()).decode(), "responded": True}),
    ("deleteLead", {}),
    ("eraseLeadContact", {}),
]


@pytest.mark.parametrize(("mutation", "given"), MUTATIONS)
def test_no_mutation_reveals_it(rival: Member, secret: Secret, mutation: str, given: dict[str, Any]) -> None:
    selection = "deletedLeadId" if mutation == "deleteLead" else "lead { id }"
    real, unreal = (rival.change(mutation, selection, leadId=id_, **given) for id_ in (secret.lead_id, nobodys(secret.lead_id)))
    assert [error["__typename"] for error in real["errors"]] == ["NotFound"]
    assert real == unreal


def test_no_assignment_or_bulk_mutation_reveals_it(rival: Member, secret: Secret) -> None:
    own_partner = rival.ask("{ viewer { partner { id } member { id } } }")["viewer"]
    for to in ({"memberId": own_partner["member"]["id"]}, {"partnerId": own_partner["partner"]["id"]}):
        answers = [rival.change("assignLead", leadId=id_, to=to) for id_ in (secret.lead_id, nobodys(secret.lead_id))]
        assert answers[0] == answers[1]
        assert answers[0]["errors"][0]["__typename"] == "NotFound"
    for mutation, given in (("updateLeadStatuses", {"status": "NEW"}), ("deleteLeads", {}), ("restoreLeads", {})):
        selection = "results { lead { id } errors { __typename message field } }"
        answers = [rival.change(mutation, selection, leadIds=[id_], **given) for id_ in (secret.lead_id, nobodys(secret.lead_id))]
        assert answers[0] == answers[1]
        assert answers[0]["results"][0]["errors"][0]["__typename"] == "NotFound"


def test_no_completion_or_mention_reveals_it(rival: Member, secret: Secret) -> None:
    answers = [rival.change("completeActivity", activityId=id_) for id_ in (secret.activity_id, nobodys(secret.activity_id))]
    assert answers[0] == answers[1]
    assert [(error["__typename"], error["field"]) for error in answers[0]["errors"]] == [("NotFound", ["activityId"])]
    own = rival.do("createLead", contact={"lastName": "Own"})["lead"]["id"]
    notes = [rival.change("addLeadNote", leadId=own, body="?", mentionIds=[id_]) for id_ in (secret.owner_id, nobodys(secret.owner_id))]
    assert notes[0] == notes[1]
    assert [(error["__typename"], error["field"]) for error in notes[0]["errors"]] == [("NotFound", ["mentionIds", "0"])]
    rival.do("deleteLead", "deletedLeadId", leadId=own)


def test_no_list_or_filter_finds_its_customer(rival: Member, secret: Secret) -> None:
    document = """query ($search: String, $filter: OpportunityFilter) { accounts(search: $search) { totalCount nodes { id } }
        contacts(search: $search) { totalCount nodes { id } }
        opportunities(search: $search, filter: $filter) { totalCount nodes { id } } }"""
    nothing: dict[str, Any] = {kind: {"totalCount": 0, "nodes": []} for kind in ("accounts", "contacts", "opportunities")}
    for search in ("Quux", "quux.example", "Zenobia"):
        assert rival.ask(document, search=search) == nothing
    by_account = rival.ask(document, filter={"accountIds": [secret.account_id]})
    assert by_account["opportunities"] == nothing["opportunities"]


def test_no_mutation_reveals_its_customer(rival: Member, secret: Secret) -> None:
    own = rival.do("saveAccount", "account { id }", name="Globex Customer")["account"]["id"]
    lead_id = rival.do("createLead", contact=CUSTOMER, company=COMPANY)["lead"]["id"]
    account, contact, sale = secret.customers
    doors: list[tuple[str, str, str, Callable[[str], dict[str, Any]]]] = [
        ("saveAccount", "account", account, lambda id_: {"accountId": id_, "name": "Mine"}),
        ("saveContact", "contact", contact, lambda id_: {"contactId": id_, "lastName": "Mine"}),
        ("saveContact", "contact", account, lambda id_: {"accountId": id_, "lastName": "Mine"}),
        ("createOpportunity", "opportunity", account, lambda id_: {"accountId": id_, "name": "Mine"}),
        ("createOpportunity", "opportunity", contact, lambda id_: {"accountId": own, "contactId": id_, "name": "Mine"}),
        ("updateOpportunity", "opportunity", sale, lambda id_: {"opportunityId": id_, "name": "Mine", "expectedVersion": 7}),
        ("convertLead", "account", account, lambda id_: {"leadId": lead_id, "account": {"existingId": id_}, "dryRun": True}),
        ("convertLead", "contact", contact, lambda id_: {"leadId": lead_id, "contact": {"existingId": id_}}),
        ("convertLead", "opportunity", sale, lambda id_: {"leadId": lead_id, "opportunity": {"existingId": id_}}),
        ("convertLead", "opportunity", secret.owner_id, lambda id_: {"leadId": lead_id, "ownerId": id_}),
    ]
    for mutation, kind, id_, given in doors:
        real, unreal = (rival.change(mutation, f"{kind} {{ id }}", **given(one)) for one in (id_, nobodys(id_)))
        assert [error["__typename"] for error in real["errors"]] == ["NotFound"], mutation
        assert real == unreal
    document = "query ($id: ID!) { lead(id: $id) { conversionPreview { accounts { id } contacts { id } } } }"
    assert rival.ask(document, id=lead_id)["lead"]["conversionPreview"] == {"accounts": [], "contacts": []}
    rival.do("deleteLead", "deletedLeadId", leadId=lead_id)


def test_their_organization_cannot_be_changed(server: Server, rival: Member, secret: Secret) -> None:
    keeper = server.member("profile@globex.example")
    theirs = server.member("rep@acme.example").ask("{ viewer { partner { id listings { nodes { id } } profiles { nodes { id } } } } }")[
        "viewer"
    ]["partner"]
    listing, profile = theirs["listings"]["nodes"][0]["id"], theirs["profiles"]["nodes"][0]["id"]
    for member, mutation, field, id_, given in (
        (rival, "updateMember", "memberId", secret.owner_id, {"name": "Mine"}),
        (keeper, "saveListing", "listingId", listing, {"name": "Mine"}),
        (keeper, "saveBusinessProfile", "profileId", profile, {"location": "Here"}),
        (keeper, "saveListing", "partnerId", theirs["id"], {"name": "Mine", "kind": "SERVICE"}),
        (keeper, "saveBusinessProfile", "partnerId", theirs["id"], {"location": "Here"}),
    ):
        answers = [member.change(mutation, "__typename", **{field: one}, **given) for one in (id_, nobodys(id_))]
        for answer in answers:
            assert [(error["__typename"], error["field"]) for error in answer["errors"]] == [("NotFound", [field])]
        # Published listings, profiles and partners are seen by everybody: only there the sentence may say whose they are.
        assert (answers[0] == answers[1]) == (field == "memberId")


def test_no_recommendation_or_count_reveals_it_and_nothing_clears_it(rival: Member, secret: Secret) -> None:
    document = "query ($id: ID!) { node(id: $id) { ... on Partner { name responsiveness { answered } members { totalCount } } } }"
    told = rival.ask(document, id=secret.partner_id)["node"]
    assert (told["responsiveness"], told["members"]["totalCount"]) == (None, 0)
    asked = "{ recommendedLeads(first: 200) { lead { id } } viewer { recentLeads(first: 200) { nodes { id } } } }"
    assert secret.lead_id not in json.dumps(rival.ask(asked))
    answers = [rival.change("clearTestLeads", "deletedCount", partnerId=one) for one in (secret.partner_id, nobodys(secret.partner_id))]
    assert answers[0] == answers[1]
    assert [(error["__typename"], error["field"]) for error in answers[0]["errors"]] == [("NotFound", ["partnerId"])]


def test_own_leads_cannot_be_assigned_to_invisible_members(rival: Member, secret: Secret) -> None:
    lead_id = rival.do("createLead", contact={"lastName": "Given"})["lead"]["id"]
    real, unreal = (rival.change("assignLead", leadId=lead_id, to={"memberId": id_}) for id_ in (secret.owner_id, nobodys(secret.owner_id)))
    assert real["errors"][0]["__typename"] == "NotFound"
    assert real == unreal


def test_same_external_reference_is_a_lead_of_its_own(rival: Member, secret: Secret) -> None:
    lead = rival.do("createLead", "lead { id reference duplicates { score } timeline { nodes { kind } } }", **DETAILS)["lead"]
    assert lead["id"] != secret.lead_id
    assert lead["duplicates"] == []
    rival.do("deleteLead", "deletedLeadId", leadId=lead["id"])


def test_no_stream_or_log_reveals_it(server: Server, rival: Member, secret: Secret) -> None:
    assert secret.lead_id not in json.dumps(rival.changes())
    assert secret.lead_id not in json.dumps(rival.changes(after=secret.start))
    narrow = "subscription ($id: ID, $after: EventCursor) { leadChanged(leadId: $id, after: $after) { leadId kind } }"
    broad = "subscription ($after: EventCursor) { %s(after: $after) { lead { id } } }"
    with rival.socket() as one, rival.socket() as new, rival.socket() as hot:
        one.subscribe(narrow, id=secret.lead_id, after=secret.start)
        new.subscribe(broad % "newLead", after=secret.start)
        hot.subscribe(broad % "hotLead", after=secret.start)
        server.member("rep@acme.example").do("addLeadNote", "note { id }", leadId=secret.lead_id, body="Still ours")
        queued = server.member("channel@vendor.example").do("createLead", contact={"lastName": "Last"}, contactRequested=True)["lead"]["id"]
        for socket in (new, hot):
            seen = socket.alerts_until(lambda alert: alert["lead"]["id"] == queued)
            assert secret.lead_id not in json.dumps(seen)
        with pytest.raises(TimeoutError):
            one.receive(timeout=0.5)


def test_cursors_of_another_partner_reveal_nothing(rival: Member, secret: Secret) -> None:
    answer = rival.post("query ($after: String) { leads(after: $after) { nodes { reference } } }", after=secret.page_cursor)
    assert secret.reference not in answer.text


def test_export_does_not_contain_it(rival: Member, secret: Secret) -> None:
    for asked in ({}, {"search": "Quux"}, {"filter": {"ids": [secret.lead_id]}}):
        file = http.get(rival.do("exportLeads", "export { url }", **asked)["export"]["url"]).text
        assert secret.reference not in file
        assert COMPANY not in file


def test_no_next_claim_finds_it(rival: Member, secret: Secret) -> None:
    answer = rival.change("claimNextLead", filter={"ids": [secret.lead_id]})
    assert [error["__typename"] for error in answer["errors"]] == ["QueueEmpty"]


def test_history_before_a_release_stays_with_its_partner(server: Server, rival: Member) -> None:
    rep = server.member("rep@acme.example")
    lead_id = server.member("channel@vendor.example").do("createLead", contact=CUSTOMER)["lead"]["id"]
    rep.do("claimLead", leadId=lead_id)
    rep.do("addLeadNote", "note { id }", leadId=lead_id, body="A secret of ours")
    rep.do("logLeadActivity", "activity { id }", leadId=lead_id, kind="CALL", subject="A secret of ours")
    rep.do("updateLead", leadId=lead_id, city="Hidden City")
    rep.do("releaseLead", leadId=lead_id)
    rival.do("claimLead", leadId=lead_id)
    document = """query ($id: ID!) { lead(id: $id) { notes { totalCount nodes { body } } activities { totalCount nodes { subject } }
        deal { name } qualification { budget }
        timeline { nodes { kind summary actor { email } changes { field from to } } } } }"""
    told = rival.ask(document, id=lead_id)["lead"]
    assert told["notes"] == told["activities"] == {"totalCount": 0, "nodes": []}
    assert [entry["kind"] for entry in told["timeline"]["nodes"]] == ["CLAIMED", "CREATED"] or [
        entry["kind"] for entry in told["timeline"]["nodes"]
    ] == ["CLAIMED", "RELEASED", "CREATED"]
    assert "acme" not in json.dumps(told)
    assert "A secret of ours" not in json.dumps(told)


def test_hidden_contact_cannot_be_inferred(server: Server, rival: Member) -> None:
    channel = server.member("channel@vendor.example")
    queued = channel.do("createLead", contact={"lastName": "Inferrable", "email": "infer@gmail.com"}, company="Hidden Ltd")["lead"]["id"]
    for search in ("Inferrable", "infer@", "gmail"):
        assert rival.ask(FOUND, search=search)["leads"]["totalCount"] == 0
    base = {"ids": [queued]}
    assert rival.ask(FOUND, filter=base)["leads"]["totalCount"] == 1
    for validity in ("VALID", "INVALID", "SPAM", "UNKNOWN"):
        assert rival.ask(FOUND, filter={**base, "emailValidities": [validity]})["leads"]["totalCount"] == 0
        assert rival.ask(FOUND, filter={**base, "not": {"emailValidities": [validity]}})["leads"]["totalCount"] == 1
    document = "query ($id: ID!) { lead(id: $id) { qualityReasons { code } timeline { nodes { changes { to } } } } }"
    told = rival.ask(document, id=queued)["lead"]
    assert {reason["code"] for reason in told["qualityReasons"]} <= {"ASKED_FOR_CONTACT", "TRIED_THE_PRODUCT"}
    assert "Inferrable" not in json.dumps(told)


def test_command_line_export_contains_what_the_member_sees(rival: Member, secret: Secret, installation: Installation) -> None:
    ended = installation.run("export", "--as", "referrals@globex.example")
    assert ended.status == 0
    assert secret.reference not in ended.out.decode()
