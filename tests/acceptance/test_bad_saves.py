"""Wrong values in `save…` mutations are refused with the path of their field and change nothing."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.client import Member
from tests.acceptance.server import Server

ORGANISATION = """{ viewer { partner { members { nodes { name roles isActive } } listings { nodes { name kind callsToAction isPublished } }
    profiles { nodes { location country contactEmail keywords companySizes } } } } }"""
TEXTS = ("", "   ", "x" * 201, "a\0b", "a\x1fb")


@pytest.fixture(scope="module")
def profile(server: Server) -> Member:
    return server.member("profile@acme.example")


@pytest.fixture(scope="module")
def ids(profile: Member) -> dict[str, str]:
    """Ids of one object of each type that can be changed."""
    asked = "{ viewer { member { id } partner { listings { nodes { id } } profiles { nodes { id } } } } }"
    viewer = profile.ask(asked)["viewer"]
    lead_id = profile.do("createLead", contact={"lastName": "Bosu"})["lead"]["id"]
    return {
        "saveListing": viewer["partner"]["listings"]["nodes"][0]["id"],
        "saveBusinessProfile": viewer["partner"]["profiles"]["nodes"][0]["id"],
        "updateMember": viewer["member"]["id"],
        "logLeadActivity": lead_id,
    }


@pytest.fixture(autouse=True)
def nothing_changes(profile: Member, ids: dict[str, str]) -> Iterator[None]:
    before = profile.ask(ORGANISATION)
    yield
    assert profile.ask(ORGANISATION) == before
    asked = "query ($id: ID!) { lead(id: $id) { activities { totalCount } } }"
    assert profile.ask(asked, id=ids["logLeadActivity"])["lead"]["activities"]["totalCount"] == 0


NAMED = {"saveListing": "listingId", "saveBusinessProfile": "profileId", "updateMember": "memberId", "logLeadActivity": "leadId"}
WRONG: list[tuple[str, dict[str, Any], list[str]]] = [
    *(("saveListing", {"name": text}, ["name"]) for text in (*TEXTS, None)),
    ("saveListing", {"kind": None}, ["kind"]),
    ("saveListing", {"isPublished": None}, ["isPublished"]),
    ("saveListing", {"partnerId": None}, ["partnerId"]),
    *(("saveBusinessProfile", {"location": text}, ["location"]) for text in (*TEXTS, None)),
    *(("saveBusinessProfile", {"country": text}, ["country"]) for text in ("XX", "fr", "France", "\0")),
    *(("saveBusinessProfile", {"contactEmail": text}, ["contactEmail"]) for text in ("x", "a@b@c.example", "a b@c.example", "\0", "x@")),
    *(("saveBusinessProfile", {"keywords": ["fine", text]}, ["keywords", "1"]) for text in TEXTS),
    ("saveBusinessProfile", {"keywords": ["x"] * 51}, ["keywords"]),
    ("saveBusinessProfile", {"partnerId": None}, ["partnerId"]),
    *(("updateMember", {"name": text}, ["name"]) for text in (*TEXTS, None)),
    *(("updateMember", {"roles": roles}, ["roles"]) for roles in ([], ["SELLER"], ["SALES_REP", "ADMINISTRATOR"], None)),
    ("updateMember", {"isActive": None}, ["isActive"]),
    *(("logLeadActivity", {"kind": "CALL", "subject": text}, ["subject"]) for text in TEXTS),
    ("logLeadActivity", {"kind": "CALL", "subject": "x", "body": "x" * 10_001}, ["body"]),
    ("logLeadActivity", {"kind": "CALL", "subject": "x", "idempotencyKey": ""}, ["idempotencyKey"]),
]  # fmt: skip


@pytest.mark.parametrize(("mutation", "given", "field"), WRONG)
def test_wrong_value_is_refused_under_its_field(
    profile: Member, keeper: Member, ids: dict[str, str], mutation: str, given: dict[str, Any], field: list[str]
) -> None:
    member = keeper if mutation == "updateMember" else profile
    answer = member.change(mutation, "__typename", **{NAMED[mutation]: ids[mutation]}, **given)
    assert [(error["__typename"], error["field"]) for error in answer["errors"]] == [("InvalidInput", field)]
    assert 0 < len(answer["errors"][0]["message"]) < 300


@pytest.mark.parametrize(
    ("mutation", "given"),
    [
        ("SaveListing", {"name": "x", "kind": "GIFT"}),
        ("SaveListing", {"name": 7, "kind": "SERVICE"}),
        ("SaveListing", {"name": "x", "kind": "SERVICE", "callsToAction": [None]}),
        ("SaveBusinessProfile", {"location": "x", "keywords": [None]}),
        ("SaveBusinessProfile", {"location": "x", "companySizes": ["HUGE"]}),
        ("UpdateMember", {"name": "x"}),
        ("UpdateMember", {"memberId": "x", "roles": ["OWNER"]}),
        ("LogLeadActivity", {"leadId": "x", "kind": "FAX", "subject": "x"}),
        ("LogLeadActivity", {"leadId": "x", "kind": "CALL", "subject": None}),
        ("LogLeadActivity", {"leadId": "x", "kind": "CALL", "subject": "x", "dueAt": "tomorrow"}),
        ("LogLeadActivity", {"leadId": "x", "kind": "CALL", "subject": "x", "dueAt": "2026-11-21T09:30:00"}),
        ("LogLeadActivity", {"leadId": "x", "kind": "CALL", "subject": "x", "completedAt": 0}),
        ("AddLeadNote", {"leadId": "x", "body": "x", "mentionIds": [None]}),
        ("CompleteActivity", {}),
    ],
)
def test_malformed_variable_is_bad_input(profile: Member, mutation: str, given: dict[str, Any]) -> None:
    name = mutation[0].lower() + mutation[1:]
    document = f"mutation ($input: {mutation}Input!) {{ {name}(input: $input) {{ __typename }} }}"
    assert profile.refusal(document, input=given) == "BAD_USER_INPUT"
