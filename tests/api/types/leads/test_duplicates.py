"""Duplicates through the API: read together, and only visible ones."""

from typing import Any, Final

import pytest
from graphql import parse

from gql_leads.api.schema import schema
from gql_leads.api.values.ids import encode_id
from gql_leads.graphql_server.documents.limits import Limits
from gql_leads.graphql_server.documents.measurement import measure
from gql_leads.services.app_context import AppContext
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import make_lead, make_listing

DUPLICATES: Final = "duplicates { score matchedOn lead { id reference contact { lastName } duplicates(first: 1) { lead { id } } } }"
ONE: Final = f"query($id: ID!) {{ lead(id: $id) {{ {DUPLICATES} }} }}"
ALIKE: Final[dict[str, Any]] = {"phone": "+493012345678"}


async def test_best_duplicate_comes_first_with_its_matches(app: AppContext, world: World, ask: Ask) -> None:
    listing = await make_listing(app, world.acme)
    asked = await make_lead(app, partner=world.acme, listing_id=listing, **ALIKE)
    company = await make_lead(app, partner=world.acme, listing_id=listing, last_name="Other", email=None)
    everything = await make_lead(app, partner=world.acme, listing_id=listing, **ALIKE)
    await make_lead(app, partner=world.acme, last_name="Nobody", email=None, company="Fabrikam")
    found = (await ask(world.rep, ONE, id=encode_id("Lead", asked)))["lead"]["duplicates"]
    assert [(one["lead"]["id"], one["score"], one["matchedOn"]) for one in found] == [
        (encode_id("Lead", everything), 0.9844, ["EMAIL", "PHONE", "PERSON_AND_COMPANY", "COMPANY_AND_LISTING"]),
        (encode_id("Lead", company), 0.35, ["COMPANY_AND_LISTING"]),
    ]
    assert found[0]["lead"]["duplicates"] == [{"lead": {"id": encode_id("Lead", asked)}}]


async def test_invisible_leads_and_hidden_contacts_are_no_duplicates(app: AppContext, world: World, ask: Ask) -> None:
    asked = await make_lead(app, partner=world.acme, **ALIKE)
    waiting = await make_lead(app, **ALIKE)
    for facts in ({"partner": world.globex}, {"partner": world.acme, "deleted_at": app.now()}, {"queue": world.general}):
        await make_lead(app, **ALIKE, **facts)
    for lead in (asked, waiting):
        assert (await ask(world.rep, ONE, id=encode_id("Lead", lead)))["lead"]["duplicates"] == []
    assert len((await ask(world.channel, ONE, id=encode_id("Lead", asked)))["lead"]["duplicates"]) == 3


async def test_senders_see_no_duplicates(app: AppContext, world: World, ask: Ask) -> None:
    sent = {"partner": world.acme, "sender_id": world.seller.member_id, **ALIKE}
    asked, _ = await make_lead(app, **sent), await make_lead(app, **sent)
    assert (await ask(world.seller, ONE, id=encode_id("Lead", asked)))["lead"]["duplicates"] == []
    assert len((await ask(world.rep, ONE, id=encode_id("Lead", asked)))["lead"]["duplicates"]) == 1


async def test_duplicates_of_a_whole_list_are_read_together(app: AppContext, world: World, ask: Ask, statements: list[str]) -> None:
    counts = []
    for _ in range(3):
        for _ in range(3):
            await make_lead(app, partner=world.acme, **ALIKE)
        statements.clear()
        await ask(world.rep, f"{{ leads {{ nodes {{ {DUPLICATES} }} }} }}")
        counts.append(len([sql for sql in statements if "lead l" in sql]))
    assert counts == [5] * 3


@pytest.mark.parametrize("first", [-1, 201])
async def test_invalid_number_is_refused(app: AppContext, world: World, answer: Ask, first: int) -> None:
    lead = await make_lead(app, partner=world.acme)
    answered = await answer(
        world.rep, "query($id: ID!, $first: Int) { lead(id: $id) { duplicates(first: $first) { score } } }",
        id=encode_id("Lead", lead), first=first,
    )  # fmt: skip
    assert "`first`" in answered["errors"][0].message


@pytest.mark.parametrize(
    ("document", "variables", "cost"),
    [
        ("{ leads { nodes { duplicates { lead { duplicates(first: 10) { score } } } } } }", {}, 50 * (1 + 5 * (1 + 10))),
        ("{ recommendedLeads { lead { notes(first: 20) { nodes { id } } } } }", {}, 250 + 10 * (1 + 20)),
        ('{ nodes(ids: ["a", "b", "c"]) { ... on Lead { notes(first: 20) { nodes { id } } } } }', {}, 3 * (1 + 20)),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Lead { notes { nodes { id } } } } }", {"ids": ["a", "b"]}, 2 * (1 + 20)),
        ('query ($ids: [ID!]! = ["a"]) { nodes(ids: $ids) { id } }', {}, 1),
    ],
)
def test_cost_of_plain_lists_is_their_maximum_length(document: str, variables: dict[str, Any], cost: int) -> None:
    assert measure(schema._schema, parse(document), Limits())[0].cost(variables) == cost
