"""A partner lists, claims and works leads up to the deal."""

from tests.acceptance.client import Member
from tests.acceptance.server import Server

LEAD = "lead { id stage outcome status version contact { fullName email } contactHidden allowedActions owner { email } }"
CUSTOMER = {"firstName": "Aparna", "lastName": "Bosu", "email": "aparna@customer.example"}


def test_lead_is_listed_claimed_and_worked_to_the_deal(server: Server, rep: Member) -> None:
    channel = server.member("channel@vendor.example")
    lead_id = channel.do("createLead", contact=CUSTOMER, company="Bosu Tea", contactRequested=True)["lead"]["id"]

    document = "{ leads(search: %s) { totalCount nodes { id company contact { fullName } contactHidden isHot allowedActions } } }"
    (waiting,) = rep.ask(document % '"BOSU tea"')["leads"]["nodes"]
    assert (waiting["id"], waiting["contact"], waiting["contactHidden"], waiting["isHot"]) == (lead_id, None, "UNCLAIMED", True)
    assert rep.ask(document % '"Aparna"')["leads"]["totalCount"] == 0

    claimed = rep.do("claimLead", f"{LEAD} allowance {{ openClaims canClaim }}", leadId=lead_id)
    assert claimed["lead"]["contact"] == {"fullName": "Aparna Bosu", "email": "aparna@customer.example"}
    assert claimed["lead"]["owner"] == {"email": "rep@acme.example"}
    assert claimed["allowance"] == {"openClaims": 1, "canClaim": True}

    deal = {"name": "Tea in the cloud", "estimatedValue": {"amount": "12500.00", "currency": "EUR"}}
    accepted = rep.do("acceptLead", f"{LEAD[:-1]} deal {{ name estimatedValue {{ amount currency }} }} }}", leadId=lead_id, deal=deal)
    assert (accepted["lead"]["stage"], accepted["lead"]["deal"]) == ("ACCEPTED", deal)
    assert rep.do("updateLeadStatus", LEAD, leadId=lead_id, status="CONTACTED")["lead"]["status"] == "CONTACTED"
    assert rep.do("addLeadNote", "note { body }", leadId=lead_id, body="She drinks Assam.")["note"] == {"body": "She drinks Assam."}
    renamed = rep.do("updateLeadDeal", "lead { deal { name } }", leadId=lead_id, deal={"name": "Tea"})
    assert renamed["lead"] == {"deal": {"name": "Tea"}}

    (refused,) = rep.change("markLeadWon", leadId=lead_id)["errors"]
    assert refused["__typename"] == "QualificationIncomplete"
    steps = dict.fromkeys(("customerResponded", "budget", "authority", "need", "timeline"), True)
    qualified = rep.do("qualifyLead", "lead { qualification { isComplete } blockedActions { action } }", leadId=lead_id, **steps)
    assert qualified["lead"] == {"qualification": {"isComplete": True}, "blockedActions": []}
    won = rep.do("markLeadWon", LEAD, leadId=lead_id)["lead"]
    assert (won["stage"], won["outcome"], won["allowedActions"]) == ("ARCHIVED", "WON", ["UPDATE_STATUS"])

    told = rep.ask("query ($id: ID!) { lead(id: $id) { timeline { nodes { kind actor { email } } } } }", id=lead_id)
    entries = told["lead"]["timeline"]["nodes"]
    assert [entry["kind"] for entry in reversed(entries)] == [
        "CREATED", "CLAIMED", "ACCEPTED", "STATUS_CHANGED", "NOTE_ADDED", "DEAL_CHANGED", "QUALIFIED", "WON",
    ]  # fmt: skip
    assert {entry["actor"]["email"] for entry in entries} == {"rep@acme.example", "channel@vendor.example"}


def test_released_lead_is_claimed_by_another_partner(server: Server, rep: Member) -> None:
    rival = server.member("rep@globex.example")
    lead_id = server.member("channel@vendor.example").do("createLead", contact=CUSTOMER)["lead"]["id"]
    rep.do("claimLead", leadId=lead_id)
    (gone,) = rival.change("claimLead", leadId=lead_id)["errors"]
    assert gone["__typename"] == "LeadAlreadyClaimed"
    rep.do("releaseLead", leadId=lead_id)
    assert rival.do("claimNextLead", LEAD, filter={"ids": [lead_id]})["lead"]["owner"] == {"email": "rep@globex.example"}


def test_idempotent_request_runs_once(server: Server, rep: Member) -> None:
    first, again = (rep.do("createLead", contact=CUSTOMER, idempotencyKey="fair-17")["lead"] for _ in range(2))
    assert first == again
    notes = [rep.do("addLeadNote", "note { id }", leadId=first["id"], body="Once.", idempotencyKey="n-1")["note"] for _ in range(2)]
    assert notes[0] == notes[1]


def test_each_role_sees_its_own_leads(server: Server) -> None:
    for email in ("rep@acme.example", "referrals@acme.example", "profile@acme.example", "admin@vendor.example", "seller@vendor.example"):
        answer = server.member(email).ask(
            "{ viewer { member { email } roles partner { name } } leads { totalCount } queues { name waiting }"
            " partners { totalCount } listings { totalCount } members { totalCount } }"
        )
        assert answer["viewer"]["member"]["email"] == email
        assert answer["partners"]["totalCount"] == 12


def test_deleted_lead_can_be_restored(server: Server, rep: Member) -> None:
    lead_id = rep.do("createLead", contact=CUSTOMER)["lead"]["id"]
    keeper = server.member("referrals@acme.example")
    assert keeper.do("deleteLead", "deletedLeadId", leadId=lead_id)["deletedLeadId"] == lead_id
    assert rep.ask("query ($id: ID!) { lead(id: $id) { id } }", id=lead_id) == {"lead": None}
    keeper.do("restoreLeads", "results { leadId }", leadIds=[lead_id])
    assert rep.ask("query ($id: ID!) { lead(id: $id) { id } }", id=lead_id) == {"lead": {"id": lead_id}}
