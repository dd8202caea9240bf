"""Boards: columns with counts and pages that are read together."""

from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

import pytest

from gql_leads.api.values.ids import encode_id
from gql_leads.domain.leads.lead import LeadQuality, LeadStage, LeadStatus
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import notes
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import REP, START, Clock, make_accepted_lead, make_lead, make_listing, make_member, open_app_context

COUNTS: Final = """
    query($groupBy: LeadBoardGrouping! = STATUS, $filter: LeadFilter, $search: String) {
        leadBoard(groupBy: $groupBy, filter: $filter, search: $search) { grouping columns { key label count } } }
"""
PAGES: Final = """
    query($groupBy: LeadBoardGrouping! = STATUS, $first: Int, $after: String, $filter: LeadFilter) {
        leadBoard(groupBy: $groupBy, filter: $filter) { columns { key leads(first: $first, after: $after) {
            totalCount nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } } } }
"""
LIST: Final = """
    query($filter: LeadFilter, $first: Int, $after: String) {
        leads(filter: $filter, first: $first, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }
"""
WHOLE: Final = """
    query($groupBy: LeadBoardGrouping!) { leadBoard(groupBy: $groupBy) { columns { key label count leads(first: 3) {
        eventCursor totalCount pageInfo { hasNextPage }
        nodes { company partner { name } notes(first: 2) { nodes { body author { name } } } timeline { nodes { kind } } } } } } }
"""


@pytest.fixture
async def app(database_url: str, clock: Clock) -> AsyncIterator[AppContext]:
    """A desk without a live feed, whose own statements are not the request's."""
    async with open_app_context(database_url, clock) as opened:
        yield opened


def counts_of(answer: dict[str, Any]) -> list[tuple[str, int]]:
    return [(column["label"], column["count"]) for column in answer["leadBoard"]["columns"]]


@pytest.mark.parametrize(("grouping", "words"), [("STATUS", LeadStatus), ("STAGE", LeadStage), ("QUALITY", LeadQuality)])
async def test_enum_groupings_have_all_columns_in_order(world: World, ask: Ask, grouping: str, words: Any) -> None:
    board = (await ask(world.rep, COUNTS, groupBy=grouping))["leadBoard"]
    assert board["grouping"] == grouping
    assert [(column["key"], column["count"]) for column in board["columns"]] == [(word.value, 0) for word in words]


async def test_column_has_the_leads_of_the_list_filtered_by_its_value(app: AppContext, world: World, ask: Ask) -> None:
    for number in range(12):
        locked = {"partner": world.acme} if number % 2 else {"queue": world.general}
        await make_lead(app, status=tuple(LeadStatus)[number % 3], **locked)
    await make_lead(app, partner=world.globex)
    for who in (world.rep, world.rival, world.channel, world.seller):
        board = (await ask(who, PAGES, first=200))["leadBoard"]
        for column in board["columns"]:
            listed = (await ask(who, LIST, filter={"statuses": [column["key"]]}))["leads"]["nodes"]
            assert column["leads"]["nodes"] == listed
            assert column["leads"]["totalCount"] == len(listed)


async def test_cursors_of_columns_continue_in_the_list(app: AppContext, world: World, ask: Ask) -> None:
    for number in range(7):
        await make_lead(app, partner=world.acme, status=LeadStatus.CONTACTED, company=f"Company {number}")
    await make_lead(app, partner=world.acme)
    columns = {column["key"]: column["leads"] for column in (await ask(world.rep, PAGES, first=3))["leadBoard"]["columns"]}
    assert [columns[key]["pageInfo"]["hasNextPage"] for key in ("NEW", "CONTACTED", "PURCHASED")] == [False, True, False]
    first, end = columns["CONTACTED"]["nodes"], columns["CONTACTED"]["pageInfo"]["endCursor"]
    assert end == columns["CONTACTED"]["edges"][-1]["cursor"]
    rest = (await ask(world.rep, LIST, filter={"statuses": ["CONTACTED"]}, after=end))["leads"]["nodes"]
    behind = {one["key"]: one["leads"] for one in (await ask(world.rep, PAGES, first=50, after=end))["leadBoard"]["columns"]}
    assert behind["CONTACTED"]["nodes"] == rest
    assert behind["CONTACTED"]["pageInfo"]["hasPreviousPage"]
    assert len({one["id"] for one in first + rest}) == 7


async def test_owner_columns_are_sorted_by_name_after_leads_without_owner(app: AppContext, world: World, ask: Ask) -> None:
    for owner in (world.rep, world.rep, world.colleague, None):
        await make_lead(app, partner=world.acme, owner_id=owner.member_id if owner else None)
    await make_lead(app)
    await make_lead(app, partner=world.globex, owner_id=world.rival.member_id)
    board = await ask(world.referrals, COUNTS, groupBy="OWNER")
    assert counts_of(board) == [("No owner", 2), ("Colin Colleague", 1), ("Rita Rep", 2)]
    assert [one["key"] for one in board["leadBoard"]["columns"]][:2] == ["NONE", encode_id("Member", world.colleague.member_id)]
    for column in (await ask(world.referrals, PAGES, groupBy="OWNER"))["leadBoard"]["columns"]:
        assert len(column["leads"]["nodes"]) == column["leads"]["totalCount"] > 0


async def test_senders_see_no_owner_columns(app: AppContext, world: World, ask: Ask) -> None:
    await make_lead(app, partner=world.acme, owner_id=world.rep.member_id, sender_id=world.seller.member_id)
    board = await ask(world.seller, PAGES, groupBy="OWNER")
    (column,) = board["leadBoard"]["columns"]
    assert (column["key"], len(column["leads"]["nodes"])) == ("NONE", 1)


async def test_listing_columns_are_sorted_by_name_and_have_leads(app: AppContext, world: World, ask: Ask) -> None:
    names = ("Zebra", "apple", "Empty")
    zebra, apple, _ = [await make_listing(app, world.acme, name) for name in names]
    for listing in (zebra, apple, apple):
        await make_lead(app, partner=world.acme, listing_id=listing)
    assert counts_of(await ask(world.rep, COUNTS, groupBy="LISTING")) == [("apple", 2), ("Zebra", 1)]
    for column in (await ask(world.rep, PAGES, groupBy="LISTING"))["leadBoard"]["columns"]:
        assert len(column["leads"]["nodes"]) == column["leads"]["totalCount"]


async def test_only_the_hundred_largest_columns_are_returned(app: AppContext, world: World, ask: Ask) -> None:
    for number in range(102):
        owner = await make_member(app, world.acme, REP, name=f"Member No {number:03d}")
        for _ in range(1 if number == 50 else 2):
            await make_lead(app, partner=world.acme, owner_id=owner.member_id)
    without_nobody = counts_of(await ask(world.rep, COUNTS, groupBy="OWNER"))
    await make_lead(app, partner=world.acme)
    with_nobody = counts_of(await ask(world.rep, COUNTS, groupBy="OWNER"))
    assert with_nobody == [("No owner", 1), *without_nobody]
    assert len(without_nobody) == 100
    assert ("Member No 050", 1) not in without_nobody
    pages = (await ask(world.rep, PAGES, groupBy="OWNER", first=1))["leadBoard"]["columns"]
    assert [len(column["leads"]["nodes"]) for column in pages] == [1] * 101


async def test_board_uses_search_and_filter_like_the_list(app: AppContext, world: World, ask: Ask) -> None:
    await make_lead(app, partner=world.acme, company="Fabrikam", country="DE")
    await make_lead(app, partner=world.acme, company="Fabrikam", country="FR", status=LeadStatus.CONTACTED)
    await make_lead(app, partner=world.acme, company="Contoso", country="DE")
    found = counts_of(await ask(world.rep, COUNTS, search="fabri", filter={"countries": ["DE"]}))
    assert [count for _, count in found] == [1, 0, 0, 0]


async def test_facets_of_a_column_count_its_leads(app: AppContext, world: World, ask: Ask) -> None:
    await make_lead(app, partner=world.acme, country="DE")
    await make_lead(app, partner=world.acme, country="FR", status=LeadStatus.CONTACTED)
    document = "{ leadBoard { columns { leads { facets(fields: [COUNTRY, STATUS]) { values { value count } } } } } }"
    columns = (await ask(world.rep, document))["leadBoard"]["columns"]
    values = [[facet["values"] for facet in column["leads"]["facets"]] for column in columns]
    assert values[0] == [[{"value": "DE", "count": 1}], [{"value": "NEW", "count": 1}]]
    assert values[1] == [[{"value": "FR", "count": 1}], [{"value": "CONTACTED", "count": 1}]]
    assert values[2] == [[], []]


async def test_facets_of_all_columns_are_read_together(app: AppContext, world: World, ask: Ask, statements: list[str]) -> None:
    document = "{ leadBoard(groupBy: OWNER) { columns { leads { totalCount facets(fields: [COUNTRY, STATUS]) { values { count } } } } } }"
    for _ in range(3):
        owner = await make_member(app, world.acme, REP)
        await make_lead(app, partner=world.acme, owner_id=owner.member_id)
        statements.clear()
        columns = (await ask(world.rep, document))["leadBoard"]["columns"]
        assert len(statements) == 2
    assert [facet["values"] for column in columns for facet in column["leads"]["facets"]] == [[{"count": 1}]] * 6


async def test_too_many_bound_values_are_refused_with_advice(app: AppContext, world: World, answer: Ask) -> None:
    for _ in range(100):
        owner = await make_member(app, world.acme, REP)
        await make_lead(app, partner=world.acme, owner_id=owner.member_id)
    nobody = [encode_id("Lead", UUID(int=number)) for number in range(200)]
    asked = {"not": {"ids": nobody, "not": {"not": {"ids": nobody}}}}
    answered = await answer(world.rep, PAGES, groupBy="OWNER", filter=asked)
    assert "fewer values" in answered["errors"][0].message


@pytest.mark.parametrize(("grouping", "columns"), [("STATUS", 4), ("OWNER", 9)])
async def test_board_takes_one_statement_per_level(
    app: AppContext, world: World, ask: Ask, statements: list[str], grouping: str, columns: int
) -> None:
    counted = []
    for number in range(8):
        owner = await make_member(app, world.acme, REP)
        lead = await make_accepted_lead(app, world.rep, owner_id=owner.member_id, status=tuple(LeadStatus)[number % 4])
        await notes.add_lead_note(app, world.rep, lead, "Called.")
        await make_lead(app, partner=world.acme, created_at=START)
        statements.clear()
        board = (await ask(world.rep, WHOLE, groupBy=grouping))["leadBoard"]
        counted.append(len(statements))
    assert len(board["columns"]) == columns
    assert counted == [5] * 8


@pytest.mark.parametrize("given", [{"first": -1}, {"first": 201}, {"after": "nonsense"}])
async def test_invalid_pages_are_refused(world: World, answer: Ask, given: dict[str, Any]) -> None:
    answered = await answer(world.rep, PAGES, **given)
    assert answered["errors"]
    assert answered["data"] == {"leadBoard": None}
