"""Queries with invalid arguments are refused with a message that says what to do."""

from typing import Any

import pytest

from gql_leads.api.resolving.errors import describe_error
from gql_leads.api.values.ids import encode_id
from gql_leads.domain.errors import BadInput, Unauthenticated
from gql_leads.services.app_context import AppContext
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import make_lead

LEADS = """
    query($search: String, $filter: LeadFilter, $sort: [LeadSort!], $first: Int, $after: String, $last: Int, $before: String) {
      leads(search: $search, filter: $filter, sort: $sort, first: $first, after: $after, last: $last, before: $before) {
        nodes { id } pageInfo { endCursor }
      }
    }
"""


def nested(depth: int) -> dict[str, Any]:
    return {} if depth == 1 else {"not": nested(depth - 1)}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"first": -1}, "Give `first` as a whole number from 0 to 200: it is -1."),
        ({"last": 10_000}, "Give `last` as a whole number from 0 to 200: it is 10000."),
        ({"first": 5, "last": 5}, "Give either `first` or `last`, not both."),
        ({"after": "made up"}, "`after` is no cursor of this list in this order."),
        ({"before": "AAAA"}, "`before` is no cursor of this list in this order."),
        ({"search": "x" * 201}, "Shorten `search` to at most 200 characters: it has 201."),
        ({"search": "a\x00b"}, "Take the control characters out of `search`"),
        ({"filter": {"countries": ["XX"]}}, "Give every country in `countries` as an ISO 3166-1 code"),
        ({"filter": {"ids": ["Lead:1"]}}, "is no id. Pass an `id` that this API gave you"),
        (
            {"filter": {"partnerIds": [encode_id("Lead", "0" * 8 + "-0000-0000-0000-" + "0" * 12)]}},
            "is the id of another type of object. Pass an `id` of the type Partner",
        ),
        ({"filter": {"ids": ["x"] * 201}}, "Give at most 200 values in `ids`: there are 201."),
        ({"filter": nested(21)}, "The filter is nested too deep: at most 20 filters inside each other."),
        (
            {"filter": {"and": [{"isHot": True}] * 100}},
            "Give at most 100 filters, those inside `and`, `or` and `not` among them: there are 101.",
        ),
        ({"filter": {"or": [{"not": {"isHot": True}}] * 50}}, "Give at most 100 filters, those inside"),
        ({"filter": {"and": [{"isDeleted": True}]}}, "isDeleted can only be asked at the top of a filter."),
        ({"filter": {"company": {"contains": "\x1f"}}}, "Take the control characters out of `company`"),
    ],
)
async def test_list_with_invalid_arguments_is_refused(
    app: AppContext, world: World, answer: Ask, arguments: dict[str, Any], message: str
) -> None:
    (error,) = (await answer(world.rep, LEADS, **arguments))["errors"]
    assert isinstance(error.original_error, BadInput)
    assert message in error.message
    assert describe_error(error.original_error) == (error.message, "BAD_USER_INPUT", {})


EMPTY_PAGES = """
    query($id: ID!, $after: String, $since: EventCursor) {
      leads(first: 0) { totalCount nodes { id } edges { cursor } facets(fields: [STATUS], first: 0) { field values { count } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }
      sorted: leads(first: 0, search: "bosu", sort: [{field: COMPANY}]) { totalCount pageInfo { hasNextPage } }
      behind: leads(first: 0, after: $after) { nodes { id } pageInfo { hasNextPage hasPreviousPage } }
      last: leads(last: 0) { nodes { id } pageInfo { hasNextPage hasPreviousPage } }
      none: leads(first: 0, filter: {stages: [ARCHIVED]}) { totalCount pageInfo { hasNextPage } }
      viewer { recentLeads(first: 0) { nodes { id } pageInfo { hasNextPage } } }
      leadBoard(groupBy: STATUS) { columns { key leads(first: 0) { nodes { id } totalCount pageInfo { hasNextPage } } } }
      leadChanges(first: 0, after: $since) { nodes { cursor } pageInfo { hasNextPage startCursor endCursor } }
      members(first: 0) { totalCount nodes { id } pageInfo { hasNextPage } }
      accounts(first: 0) { totalCount nodes { id } }
      recommendedLeads(first: 0) { reason }
      lead(id: $id) { duplicates(first: 0) { score } timeline(first: 0) { nodes { kind } pageInfo { hasNextPage } } }
    }
"""


async def test_first_and_last_may_be_zero(app: AppContext, world: World, ask: Ask) -> None:
    leads = [await make_lead(app, partner=world.acme) for _ in range(3)]
    listed = await ask(world.rep, "{ leads(first: 1) { nodes { id } pageInfo { endCursor } } leadChanges { pageInfo { endCursor } } }")
    after, since = listed["leads"]["pageInfo"]["endCursor"], listed["leadChanges"]["pageInfo"]["endCursor"]
    found = await ask(world.rep, EMPTY_PAGES, id=encode_id("Lead", leads[0]), after=after)
    page = {"hasNextPage": True, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    facets = [{"field": "STATUS", "values": []}]
    assert found["leads"] == {"totalCount": 3, "nodes": [], "edges": [], "facets": facets, "pageInfo": page}
    assert found["behind"] == {"nodes": [], "pageInfo": {"hasNextPage": True, "hasPreviousPage": True}}
    assert found["last"] == {"nodes": [], "pageInfo": {"hasNextPage": False, "hasPreviousPage": True}}
    assert found["none"] == {"totalCount": 0, "pageInfo": {"hasNextPage": False}}
    assert found["sorted"]["pageInfo"]["hasNextPage"] is (found["sorted"]["totalCount"] > 0)
    columns = {one["key"]: one["leads"] for one in found["leadBoard"]["columns"]}
    assert columns["NEW"] == {"nodes": [], "totalCount": 3, "pageInfo": {"hasNextPage": True}}
    assert columns["CONTACTED"] == {"nodes": [], "totalCount": 0, "pageInfo": {"hasNextPage": False}}
    assert (found["members"]["nodes"], found["members"]["pageInfo"]) == ([], {"hasNextPage": True})
    assert found["members"]["totalCount"] > 0
    assert found["accounts"] == {"totalCount": 0, "nodes": []}
    assert found["viewer"]["recentLeads"]["nodes"] == found["recommendedLeads"] == found["lead"]["duplicates"] == []
    assert found["lead"]["timeline"] == {"nodes": [], "pageInfo": {"hasNextPage": True}}
    changes = found["leadChanges"]
    assert (changes["nodes"], changes["pageInfo"]["hasNextPage"], changes["pageInfo"]["startCursor"]) == ([], True, None)
    rest = "query($after: EventCursor) { leadChanges(after: $after) { nodes { kind } } }"
    assert len((await ask(world.rep, rest, after=changes["pageInfo"]["endCursor"]))["leadChanges"]["nodes"]) == 3
    at_end = await ask(world.rep, EMPTY_PAGES, id=encode_id("Lead", leads[0]), since=since)
    assert at_end["leadChanges"] == {"nodes": [], "pageInfo": {"hasNextPage": False, "startCursor": None, "endCursor": since}}


@pytest.mark.parametrize("filter_", [nested(20), {"and": [{"or": [{"isHot": True}]}] * 49}], ids=["deep", "wide"])
async def test_filter_at_the_size_limit_is_accepted(world: World, ask: Ask, filter_: dict[str, Any]) -> None:
    assert (await ask(world.rep, LEADS, filter=filter_))["leads"]["nodes"] == []


async def test_cursor_is_refused_for_another_sort(app: AppContext, world: World, ask: Ask, answer: Ask) -> None:
    await make_lead(app, partner=world.acme)
    cursor = (await ask(world.rep, LEADS))["leads"]["pageInfo"]["endCursor"]
    assert (await answer(world.rep, LEADS, after=cursor))["errors"] == []
    (error,) = (await answer(world.rep, LEADS, after=cursor, sort=[{"field": "COMPANY"}]))["errors"]
    assert "is no cursor of this list in this order" in error.message


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ('{ lead(id: "x") { id } }', "is no id. Pass an `id` that this API gave you"),
        ('{ node(id: "TGVhZDp4") { id } }', "is no id. Pass an `id` that this API gave you"),
        ('{ nodes(ids: ["é"]) { id } }', "is no id. Pass an `id` that this API gave you"),
        ('{ leadChanges(after: "x") { nodes { leadId } } }', "This is not a cursor of the event log."),
        ("{ leadChanges(first: 201) { nodes { leadId } } }", "Give `first` as a whole number from 0 to 200"),
        ("{ leadChanges(filter: {isFavorite: true}) { nodes { leadId } } }", "A stream cannot be filtered by favorites"),
        ("{ leads { facets(fields: [STATUS], first: -1) { field } } }", "Give `first` as a whole number from 0 to 200"),
        ("{ members(first: -1) { totalCount } }", "Give `first` as a whole number from 0 to 200"),
        ('{ partners(search: "\\u0000") { totalCount } }', "Take the control characters out of `search`"),
    ],
)
async def test_query_with_invalid_arguments_is_refused(app: AppContext, world: World, answer: Ask, document: str, message: str) -> None:
    (error,) = (await answer(world.rep, document))["errors"]
    assert isinstance(error.original_error, BadInput)
    assert message in error.message


async def test_id_of_another_type_is_refused(world: World, answer: Ask) -> None:
    document = "query($id: ID!) { lead(id: $id) { id } }"
    (error,) = (await answer(world.rep, document, id=encode_id("Partner", world.acme)))["errors"]
    assert error.message.endswith(" is the id of another type of object. Pass an `id` of the type Lead.")


async def test_more_than_two_hundred_nodes_are_refused(world: World, answer: Ask) -> None:
    ids = [encode_id("Partner", world.acme)] * 201
    (error,) = (await answer(world.rep, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids))["errors"]
    assert error.message == "Ask for at most 200 ids at once: there are 201."


@pytest.mark.parametrize(
    "document",
    [
        "{ viewer { roles } }",
        "{ leads { totalCount } }",
        "{ queues { id } }",
        "mutation { claimNextLead(input: {}) { errors { message } } }",
    ],
)
async def test_anonymous_request_is_unauthenticated(world: World, answer: Ask, document: str) -> None:
    (error,) = (await answer(None, document))["errors"]
    assert isinstance(error.original_error, Unauthenticated)


@pytest.mark.parametrize(
    ("literal", "message"),
    [
        ('"2026-11-21"', "Give an ISO 8601 instant with its offset"),
        ('"2026-11-21T09:30:00"', "Give an ISO 8601 instant with its offset"),
        ('"2026-13-21T09:30:00Z"', "Give an ISO 8601 instant with its offset"),
        ('"9999-12-31T23:59:59Z"', "Give an ISO 8601 instant with its offset"),
        ("5", "Give an ISO 8601 instant with its offset"),
    ],
)
async def test_invalid_instant_is_refused(world: World, answer: Ask, literal: str, message: str) -> None:
    (error,) = (await answer(world.rep, f"{{ leads(filter: {{createdAt: {{from: {literal}}}}}) {{ totalCount }} }}"))["errors"]
    assert message in error.message


async def test_internal_errors_are_not_revealed() -> None:
    assert describe_error(RuntimeError("secret")) is None
