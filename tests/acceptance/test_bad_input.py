"""Bad input gets a clear error, changes nothing and leaves the server running."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from gql_leads.services.sign_in.tokens import Tokens
from tests.acceptance.client import Member
from tests.acceptance.server import SECRET, Installation, Server, uuid_of

CUSTOMER = {"lastName": "Bosu"}
LISTED = """query ($first: Int, $last: Int, $after: String, $sort: [LeadSort!], $filter: LeadFilter) {
    leads(first: $first, last: $last, after: $after, sort: $sort, filter: $filter) { nodes { id } pageInfo { endCursor } } }"""
VIEWER = "{ viewer { roles } }"


@pytest.fixture(scope="module")
def lead_id(rep: Member) -> str:
    lead_id = rep.do("createLead", contact=CUSTOMER)["lead"]["id"]
    rep.do("acceptLead", leadId=lead_id, deal={})
    rep.cursor()  # Wait until the log contains these events.
    return str(lead_id)


@pytest.fixture(autouse=True)
def nothing_changes(server: Server, lead_id: str) -> Iterator[None]:
    """Assert after each test that the event log is unchanged and the server still answers."""
    admin = server.member("admin@vendor.example")
    before = admin.ask("{ leads { totalCount eventCursor } }")["leads"]
    yield
    assert admin.ask("{ leads { totalCount } }")["leads"]["totalCount"] == before["totalCount"]
    assert admin.changes(after=before["eventCursor"]) == []


def minted(secret: str, member_id: UUID) -> str:
    return Tokens(secret.encode()).mint(member_id, datetime.now(UTC), timedelta(hours=1))


def member_id_of(member: Member) -> UUID:
    return uuid_of(member.ask("{ viewer { member { id } } }")["viewer"]["member"]["id"])


@pytest.mark.parametrize("kind", ["nonsense", "cut", "forged", "foreign", "expired", "unknown member", "header without Bearer"])
def test_bad_token_is_answered_401(server: Server, rep: Member, installation: Installation, kind: str) -> None:
    good = installation.token("rep@acme.example")
    token = {
        "nonsense": "nonsense",
        "cut": good[:-1],
        "forged": good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB"),
        "foreign": minted("another secret of thirty-two bytes or more", member_id_of(rep)),
        "expired": installation.token("rep@acme.example", timedelta(hours=-1)),
        "unknown member": minted(SECRET, uuid4()),
        "header without Bearer": good,
    }[kind]
    caller = server.stranger(token)
    if kind == "header without Bearer":
        caller.headers = {"authorization": token}
    for document in (VIEWER, "{", "{ __typename }"):
        answer = caller.post(document)
        assert answer.status_code == 401
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == "UNAUTHENTICATED"
        assert error["message"]


def test_missing_token_is_unauthenticated(server: Server) -> None:
    for document in (VIEWER, "{ leads { totalCount } }", 'mutation { claimLead(input: {leadId: "x"}) { lead { id } } }'):
        assert server.stranger().refusal(document) == "UNAUTHENTICATED"
    assert server.stranger().ask("{ __typename }") == {"__typename": "Query"}


UNKNOWN_IDS = ["", "x", "TGVhZDo=", "TGVhZDpu", "TGVhZDowMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDA=", "\0", "é" * 300, "TWVtYmVyOjE="]


@pytest.mark.parametrize("unknown", [*UNKNOWN_IDS, "partner"])
def test_unknown_and_malformed_ids_are_not_found(rep: Member, unknown: str) -> None:
    if unknown == "partner":
        unknown = rep.ask("{ viewer { partner { id } } }")["viewer"]["partner"]["id"]
        answer = rep.post("query ($id: ID!) { lead(id: $id) { id } nodes(ids: [$id]) { __typename } }", id=unknown).json()
        assert answer["data"]["lead"] is None
    else:
        answer = rep.post("query ($id: ID!) { node(id: $id) { id } lead(id: $id) { id } nodes(ids: [$id]) { id } }", id=unknown).json()
        if "errors" in answer:
            assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}
        else:
            assert answer["data"] == {"node": None, "lead": None, "nodes": [None]}
    refused = rep.post("mutation ($id: ID!) { claimLead(input: {leadId: $id}) { lead { id } errors { __typename } } }", id=unknown).json()
    if "errors" in refused:
        assert {error["extensions"]["code"] for error in refused["errors"]} == {"BAD_USER_INPUT"}
    else:
        assert refused["data"]["claimLead"]["errors"] in ([{"__typename": "NotFound"}], [{"__typename": "InvalidInput"}])


@pytest.mark.parametrize(
    "page",
    [{"first": -1}, {"first": 10_000}, {"last": -1}, {"last": 201}, {"first": 5, "last": 5}, {"first": "5"}, {"first": 1.5}],
)
def test_invalid_page_arguments_are_bad_input(rep: Member, page: dict[str, Any]) -> None:
    assert rep.refusal(LISTED, **page) == "BAD_USER_INPUT"


@pytest.mark.parametrize("to", ['{memberId: "x", partnerId: "x"}', "{}", "{memberId: null}", "{memberId: $memberId}"])
def test_mutation_with_an_invalid_one_of_input_executes_nothing(rep: Member, to: str) -> None:
    total = "{ leads(first: 0) { totalCount } }"
    before = rep.ask(total)
    create = 'createLead(input: {contact: {lastName: "Bosu"}}) { lead { id } }'
    assign = f'assignLead(input: {{leadId: "x", to: {to}}}) {{ lead {{ id }} }}'
    variables = "($memberId: ID)" if "$" in to else ""
    assert rep.refusal(f"mutation {variables} {{ {create} {assign} }}", memberId="x") == "GRAPHQL_VALIDATION_FAILED"
    assert rep.ask(total) == before


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "bm9wZQ==", "\0", "é", "A" * 5000])
def test_invalid_cursor_is_bad_input(rep: Member, cursor: str) -> None:
    assert rep.refusal(LISTED, first=1, after=cursor) == "BAD_USER_INPUT"
    assert rep.refusal("query ($after: EventCursor) { leadChanges(after: $after) { nodes { kind } } }", after=cursor) == "BAD_USER_INPUT"


def test_cursor_of_another_sort_is_bad_input(rep: Member) -> None:
    cursor = rep.ask(LISTED, first=1)["leads"]["pageInfo"]["endCursor"]
    assert rep.refusal(LISTED, first=1, after=cursor, sort=[{"field": "COMPANY", "direction": "ASC"}]) == "BAD_USER_INPUT"
    assert rep.refusal("query ($after: EventCursor) { leadChanges(after: $after) { nodes { kind } } }", after=cursor) == "BAD_USER_INPUT"


WRONG_FACTS: list[tuple[dict[str, Any], str]] = [
    ({"contact": {"lastName": ""}}, "InvalidInput"),
    ({"contact": {"lastName": "   "}}, "InvalidInput"),
    ({"contact": {"lastName": "x" * 300}}, "InvalidInput"),
    ({"contact": {"lastName": "a\0b"}}, "InvalidInput"),
    ({"contact": {"lastName": "Bosu", "email": "x" * 300 + "@y.example"}}, "InvalidInput"),
    ({"contact": {"lastName": "Bosu", "email": "a\nb@c.example"}}, "InvalidInput"),
    ({"contact": CUSTOMER, "company": "x" * 300}, "InvalidInput"),
    ({"contact": CUSTOMER, "company": "a\0b"}, "InvalidInput"),
    ({"contact": CUSTOMER, "country": "XX"}, "InvalidInput"),
    ({"contact": CUSTOMER, "country": "France"}, "InvalidInput"),
    ({"contact": CUSTOMER, "message": "m" * 1_000_000}, "InvalidInput"),
    ({"contact": CUSTOMER, "type": "PROFILE"}, "InvalidInput"),
    ({"contact": CUSTOMER, "type": "GIFT"}, "BAD_USER_INPUT"),
    ({"contact": CUSTOMER, "colour": "red"}, "BAD_USER_INPUT"),
    ({"contact": "Bosu"}, "BAD_USER_INPUT"),
    ({"contact": CUSTOMER, "isTest": "yes"}, "BAD_USER_INPUT"),
    ({"contact": CUSTOMER, "company": 17}, "BAD_USER_INPUT"),
    ({}, "BAD_USER_INPUT"),
]


def assert_refused(answer: dict[str, Any], how: str) -> None:
    """Assert an error code for malformed variables, else a typed error; both with a sentence."""
    if "errors" in answer:
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}, answer
        assert all(len(error["message"]) < 1000 for error in answer["errors"])
        return
    assert how != "BAD_USER_INPUT", answer
    (payload,) = answer["data"].values()
    assert {error["__typename"] for error in payload["errors"]} == {how}, answer
    assert all(error["field"] for error in payload["errors"])
    assert all(0 < len(error["message"]) < 1000 for error in payload["errors"])


@pytest.mark.parametrize(("given", "how"), WRONG_FACTS)
def test_invalid_lead_is_refused(rep: Member, given: dict[str, Any], how: str) -> None:
    document = "mutation ($input: CreateLeadInput!) { createLead(input: $input) { errors { __typename message field } } }"
    assert_refused(rep.post(document, input=given).json(), how)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("-1", "EUR"), ("12345678901234567890", "EUR"), ("1.001", "EUR"), ("1.5", "JPY"), ("NaN", "EUR"), ("1e3", "EUR"), ("", "EUR"),
     (12.5, "EUR"), ("1", "XXY"), ("1", "eu"), ("1", "")],
)  # fmt: skip
def test_invalid_amount_is_refused(rep: Member, lead_id: str, amount: Any, currency: str) -> None:
    document = "mutation ($input: UpdateLeadDealInput!) { updateLeadDeal(input: $input) { errors { __typename message field } } }"
    deal = {"estimatedValue": {"amount": amount, "currency": currency}}
    assert_refused(rep.post(document, input={"leadId": lead_id, "deal": deal}).json(), "InvalidInput")


@pytest.mark.parametrize("body", ["", " \n", "n" * 10_001, "n" * 900_000, "a\0b"])
def test_invalid_note_is_refused(rep: Member, lead_id: str, body: str) -> None:
    document = "mutation ($input: AddLeadNoteInput!) { addLeadNote(input: $input) { errors { __typename message field } } }"
    assert_refused(rep.post(document, input={"leadId": lead_id, "body": body}).json(), "InvalidInput")


def test_request_of_more_than_a_megabyte_is_refused(rep: Member, lead_id: str) -> None:
    document = "mutation ($input: AddLeadNoteInput!) { addLeadNote(input: $input) { note { id } } }"
    answer = rep.post(document, input={"leadId": lead_id, "body": "n" * 1_000_000})
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("text", [r'"\ud800"', r'"a\udfffb"'])
def test_lone_surrogate_is_refused(rep: Member, text: str) -> None:
    document = "mutation ($name: String) { createLead(input: {contact: {lastName: $name}}) { errors { __typename message field } } }"
    answer = rep.post_raw(f'{{"query": {json.dumps(document)}, "variables": {{"name": {text}}}}}'.encode())
    if answer.status_code == 400:
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    else:
        assert_refused(answer.json(), "InvalidInput")


def test_filter_nested_30_deep_is_refused(rep: Member) -> None:
    filter_: dict[str, Any] = {"isHot": True}
    for _ in range(30):
        filter_ = {"not": filter_}
    assert rep.refusal(LISTED, filter=filter_) == "BAD_USER_INPUT"
    document = "subscription ($filter: LeadFilter) { newLead(filter: $filter) { cursor } }"
    with rep.socket() as socket:
        socket.subscribe(document, filter=filter_)
        assert socket.receive()["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "filter_",
    [{"countries": ["XX"]}, {"ids": ["x"] * 5000}, {"company": {}}, {"company": {"equals": "a", "contains": "b"}},
     {"createdAt": {"from": "yesterday"}}, {"stages": ["SOLD"]}, {"ids": "x", "unknown": 1}, {"company": {"contains": "a\0"}}],
)  # fmt: skip
def test_invalid_filter_gets_a_clear_error(rep: Member, filter_: dict[str, Any]) -> None:
    answer = rep.post(LISTED, filter=filter_).json()
    if "errors" in answer:
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}
    else:
        assert answer["data"]["leads"]["nodes"] == []


@pytest.mark.parametrize("filter_", [{"isFavorite": True}, {"tab": "FAVORITES"}, {"not": {"isFavorite": False}}])
def test_stream_of_favorites_is_refused(rep: Member, filter_: dict[str, Any]) -> None:
    with rep.socket() as socket:
        socket.subscribe("subscription ($filter: LeadFilter) { leadChanged(filter: $filter) { cursor } }", filter=filter_)
        assert socket.receive()["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_stale_version_is_refused(rep: Member, lead_id: str) -> None:
    for version in (0, -1, 1, 2**31 - 1):
        (refused,) = rep.change("updateLead", leadId=lead_id, city="Paris", expectedVersion=version)["errors"]
        assert refused["__typename"] == "VersionConflict"


def test_explicit_null_for_a_required_field_is_refused(rep: Member, lead_id: str) -> None:
    (refused,) = rep.change("updateLead", leadId=lead_id, contact={"lastName": None})["errors"]
    assert (refused["__typename"], refused["field"]) == ("InvalidInput", ["contact", "lastName"])


def test_all_errors_are_reported_together(rep: Member) -> None:
    errors = rep.change("createLead", contact={"lastName": "", "email": "a\0"}, company="x" * 300, country="XX")["errors"]
    assert {tuple(error["field"]) for error in errors} == {("contact", "lastName"), ("contact", "email"), ("company",), ("country",)}


def test_too_many_ids_at_once_are_refused(server: Server, lead_id: str) -> None:
    keeper = server.member("referrals@acme.example")
    answer = keeper.change("deleteLeads", "results { leadId }", leadIds=[lead_id] * 101)
    assert [error["__typename"] for error in answer["errors"]] == ["InvalidInput"]
