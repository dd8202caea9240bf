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
        ({"first": 0}, "Give `first` as a whole number from 1 to 200: it is 0."),
        ({"first": -1}, "Give `first` as a whole number from 1 to 200: it is -1."),
        ({"last": 10_000}, "Give `last` as a whole number from 1 to 200: it is 10000."),
        ({"first": 5, "last": 5}, "Give either `first` or `last`, not both."),
        ({"after": "made up"}, "`after` is no cursor of this list in this order."),
        ({"before": "AAAA"}, "`before` is no cursor of this list in this order."),
        ({"search": "x" * 201}, "Shorten `search` to at most 200 characters: it has 201."),
        ({"search": "a\x00b"}, "Take the control characters out of `search`"),
        ({"filter": {"countries": ["XX"]}}, "Give every country in `countries` as an ISO 3166-1 code"),
        ({"filter": {"ids": ["Lead:1"]}}, "`ids`: This is no id."),
        (
            {"filter": {"partnerIds": [encode_id("Lead", "0" * 8 + "-0000-0000-0000-" + "0" * 12)]}},
            "`partnerIds`: This is the id of a Lead",
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
    assert error.message.startswith(message)
    assert describe_error(error.original_error) == (error.message, "BAD_USER_INPUT", {})


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
        ('{ lead(id: "x") { id } }', "This is no id."),
        ('{ node(id: "TGVhZDp4") { id } }', "This is no id."),
        ('{ nodes(ids: ["é"]) { id } }', "This is no id."),
        ('{ leadChanges(after: "x") { nodes { leadId } } }', "This is not a cursor of the event log."),
        ("{ leadChanges(first: 201) { nodes { leadId } } }", "Give `first` as a whole number from 1 to 200"),
        ("{ leadChanges(filter: {isFavorite: true}) { nodes { leadId } } }", "A stream cannot be filtered by favorites"),
        ("{ leads { facets(fields: [STATUS], first: 0) { field } } }", "Give `first` as a whole number from 1 to 200"),
        ("{ members(first: 0) { totalCount } }", "Give `first` as a whole number from 1 to 200"),
        ('{ partners(search: "\\u0000") { totalCount } }', "Take the control characters out of `search`"),
    ],
)
async def test_query_with_invalid_arguments_is_refused(app: AppContext, world: World, answer: Ask, document: str, message: str) -> None:
    (error,) = (await answer(world.rep, document))["errors"]
    assert isinstance(error.original_error, BadInput)
    assert error.message.startswith(message)


async def test_id_of_another_type_is_refused(world: World, answer: Ask) -> None:
    document = "query($id: ID!) { lead(id: $id) { id } }"
    (error,) = (await answer(world.rep, document, id=encode_id("Partner", world.acme)))["errors"]
    assert error.message == "This is the id of a Partner, not of a Lead. Pass the id of a Lead."


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
