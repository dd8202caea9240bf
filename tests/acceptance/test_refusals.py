"""Every mutation is refused in every wrong stage and for every role that may not use it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.acceptance.client import Member
from tests.acceptance.server import Server

STEPS: dict[str, Any] = dict.fromkeys(("customerResponded", "budget", "authority", "need", "timeline"), True)
GIVEN: dict[str, dict[str, Any]] = {
    "claimLead": {},
    "releaseLead": {},
    "acceptLead": {"deal": {}},
    "declineLead": {"reason": "SPAM"},
    "updateLead": {"city": "Oslo"},
    "updateLeadStatus": {"status": "DELIVERED"},
    "updateLeadDeal": {"deal": {"name": "Deal"}},
    "qualifyLead": {"budget": True},
    "markLeadWon": {},
    "markLeadLost": {"reason": "OTHER"},
    "convertLead": {},
    "addLeadNote": {"body": "Note"},
    "logLeadActivity": {"kind": "CALL", "subject": "Called"},
}
GATED = {"markLeadWon", "convertLead"}
# Actions that a stage offers to the lead's partner; everything else in GIVEN is refused.
OFFERED = {
    "queued": {"claimLead", "acceptLead"},
    "received": {"acceptLead", "declineLead", "updateLead", "updateLeadStatus", "addLeadNote", "logLeadActivity"},
    "claimed": {
        "claimLead",
        "acceptLead",
        "declineLead",
        "updateLead",
        "updateLeadStatus",
        "addLeadNote",
        "logLeadActivity",
        "releaseLead",
    },
    "accepted": {
        "updateLead",
        "updateLeadStatus",
        "updateLeadDeal",
        "qualifyLead",
        "markLeadWon",
        "markLeadLost",
        "convertLead",
        "addLeadNote",
        "logLeadActivity",
    },
    "won": {"updateLeadStatus"},
    "declined": set[str](),
    "deleted": set[str](),
}
FACTS = "query ($id: ID!) { lead(id: $id) { version status stage outcome owner { id } notes { totalCount } city allowedActions } }"


@pytest.fixture(scope="module")
def lead_in(server: Server, rep: Member, keeper: Member) -> Callable[[str], str]:
    """Create a lead in a stage."""
    channel = server.member("channel@vendor.example")

    def make(stage: str) -> str:
        entered = channel if stage in {"queued", "claimed"} else rep
        lead_id = str(entered.do("createLead", contact={"lastName": "Bosu"})["lead"]["id"])
        if stage == "claimed":
            rep.do("claimLead", leadId=lead_id)
        if stage in {"accepted", "won"}:
            rep.do("acceptLead", leadId=lead_id, deal={})
        if stage == "won":
            rep.do("qualifyLead", leadId=lead_id, **STEPS)
            rep.do("markLeadWon", leadId=lead_id)
        if stage == "declined":
            rep.do("declineLead", leadId=lead_id, reason="SPAM")
        if stage == "deleted":
            keeper.do("deleteLead", "deletedLeadId", leadId=lead_id)
        return lead_id

    return make


@pytest.mark.parametrize("stage", OFFERED)
def test_action_outside_its_stage_is_refused_and_changes_nothing(rep: Member, lead_in: Callable[[str], str], stage: str) -> None:
    lead_id = lead_in(stage)
    before = rep.ask(FACTS, id=lead_id)
    for mutation in GIVEN.keys() - OFFERED[stage]:
        answer = rep.change(mutation, leadId=lead_id, **GIVEN[mutation])
        (error,) = answer["errors"]
        expected = {"queued": {"NotPermitted"}, "deleted": {"NotFound"}}.get(stage, {"InvalidTransition"})
        if mutation == "claimLead" and stage != "deleted":
            expected = {"LeadAlreadyClaimed", "InvalidTransition", "NotFound"}
        assert error["__typename"] in expected, (stage, mutation, error)
        assert answer["lead"] is None
        assert error["message"]
    assert rep.ask(FACTS, id=lead_id) == before


@pytest.mark.parametrize("stage", [stage for stage, offered in OFFERED.items() if offered])
def test_action_of_the_stage_succeeds(rep: Member, lead_in: Callable[[str], str], stage: str) -> None:
    for mutation in sorted(OFFERED[stage]):
        lead_id = lead_in(stage)
        if mutation in GATED:
            rep.do("qualifyLead", leadId=lead_id, **STEPS)
        rep.do(mutation, leadId=lead_id, **GIVEN[mutation])


@pytest.mark.parametrize(
    ("email", "may"),
    [
        ("channel@vendor.example", {"addLeadNote"}),
        ("admin@vendor.example", {"addLeadNote"}),
        ("seller@vendor.example", set[str]()),
    ],
)
@pytest.mark.parametrize("stage", ["queued", "received", "accepted"])
def test_vendor_cannot_work_a_partners_lead(server: Server, lead_in: Callable[[str], str], email: str, may: set[str], stage: str) -> None:
    lead_id, member, admin = lead_in(stage), server.member(email), server.member("admin@vendor.example")
    before = admin.ask(FACTS, id=lead_id)
    for mutation in GIVEN.keys() - may:
        (error,) = member.change(mutation, leadId=lead_id, **GIVEN[mutation])["errors"]
        managers = (
            "InvalidTransition" if mutation == "releaseLead" else "NotPermitted"
        )  # The role may release, but this lead was never claimed.
        expected = "NotFound" if email.startswith("seller") else managers
        assert error["__typename"] == expected, (mutation, error)
    assert admin.ask(FACTS, id=lead_id) == before
    for mutation in may:
        member.do(mutation, leadId=lead_id, **GIVEN[mutation])


@pytest.mark.parametrize("email", ["rep@acme.example", "profile@acme.example"])
def test_reps_neither_delete_nor_assign_nor_release_for_others(
    server: Server, keeper: Member, lead_in: Callable[[str], str], email: str
) -> None:
    member = server.member(email)
    lead_id = lead_in("received")
    me = member.ask("{ viewer { member { id } } }")["viewer"]["member"]["id"]
    for mutation, selection, given in (
        ("deleteLead", "deletedLeadId", {"leadId": lead_id}),
        ("assignLead", "lead { id }", {"leadId": lead_id, "to": {"memberId": me}}),
    ):
        (error,) = member.change(mutation, selection, **given)["errors"]
        assert error["__typename"] == "NotPermitted"
    claimed = server.member("channel@vendor.example").do("createLead", contact={"lastName": "Bosu"})["lead"]["id"]
    keeper.do("claimLead", leadId=claimed)
    (error,) = member.change("releaseLead", leadId=claimed)["errors"]
    assert error["__typename"] == "NotPermitted"
    keeper.do("releaseLead", leadId=claimed)


@pytest.mark.parametrize("email", ["rep@acme.example", "referrals@acme.example", "profile@acme.example", "seller@vendor.example"])
def test_only_vendor_managers_save_queues(server: Server, email: str) -> None:
    member = server.member(email)
    queue_id = server.member("channel@vendor.example").ask("{ queues { id } }")["queues"][0]["id"]
    for given in ({"name": "Mine"}, {"queueId": queue_id, "name": "Mine"}):
        (error,) = member.change("saveQueue", "queue { id }", **given)["errors"]
        assert error["__typename"] in {"NotPermitted", "NotFound"}


@pytest.mark.parametrize("email", ["rep@acme.example", "referrals@acme.example", "profile@acme.example", "seller@vendor.example"])
def test_only_vendor_managers_save_rules_and_campaigns(server: Server, email: str) -> None:
    member, partner_id = (
        server.member(email),
        server.member("rep@acme.example").ask("{ viewer { partner { id } } }")["viewer"]["partner"]["id"],
    )
    assert member.refusal("{ assignmentRules { version } }") == "FORBIDDEN"
    for mutation, selection, given in (
        ("saveAssignmentRules", "ruleSet { version }", {"rules": [{"name": "Mine", "to": {"partnerId": partner_id}}]}),
        ("saveCampaign", "campaign { id }", {"name": "Mine", "code": "MINE"}),
    ):
        (error,) = member.change(mutation, selection, **given)["errors"]
        assert error["__typename"] == "NotPermitted"


@pytest.mark.parametrize("email", ["rep@acme.example", "profile@acme.example", "channel@vendor.example"])
def test_only_sellers_administrators_and_referral_admins_send_leads(server: Server, email: str) -> None:
    globex = server.member("rep@globex.example").ask("{ viewer { partner { id } } }")["viewer"]["partner"]["id"]
    given = {"partnerId": globex, "type": "JOINT_PLANNING", "contact": {"lastName": "Bosu"}, "message": "Plan with them."}
    (error,) = server.member(email).change("referLead", **given)["errors"]
    assert error["__typename"] == "NotPermitted"
    server.member("seller@vendor.example").do("referLead", **given)


def test_seller_creates_nothing(server: Server) -> None:
    (error,) = server.member("seller@vendor.example").change("createLead", contact={"lastName": "Bosu"})["errors"]
    assert error["__typename"] == "NotPermitted"


@pytest.mark.parametrize("stage", ["queued", "received", "claimed", "accepted", "won", "declined"])
def test_allowed_actions_match_the_stage(rep: Member, lead_in: Callable[[str], str], stage: str) -> None:
    names = {
        "claimLead": "CLAIM", "releaseLead": "RELEASE", "acceptLead": "ACCEPT", "declineLead": "DECLINE", "updateLead": "EDIT",
        "updateLeadStatus": "UPDATE_STATUS", "updateLeadDeal": "EDIT_DEAL", "qualifyLead": "QUALIFY", "markLeadLost": "MARK_LOST",
        "addLeadNote": "ADD_NOTE", "logLeadActivity": "LOG_ACTIVITY",
    }  # fmt: skip
    allowed = set(rep.ask(FACTS, id=lead_in(stage))["lead"]["allowedActions"])
    # A repeated claim succeeds without an effect, so it is not offered as an action.
    repeated = {"claimLead"} if stage == "claimed" else set[str]()
    merged = {"MERGE"} if stage in {"received", "claimed", "accepted"} else set[str]()
    assert allowed == {names[mutation] for mutation in OFFERED[stage] - GATED - repeated} | merged
