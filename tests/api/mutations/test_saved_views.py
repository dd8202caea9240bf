"""Saved views: kept as given, shared, ordered, limited, and readable when they no longer fit the schema."""

import asyncio
from typing import Any

import pytest

from gql_leads.api.values.ids import encode_id
from gql_leads.domain.viewer import MemberRole, Viewer
from gql_leads.services import saved_views
from gql_leads.services.app_context import AppContext
from gql_leads.store.models.saved_views import SavedView
from tests.api.client import create, errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import make_member

VIEW = "view { id name search filter sort isShared position problem owner { name } }"
FILTER = {
    "statuses": ["NEW", "CONTACTED"], "createdAt": {"from": "2026-10-31T22:00:00.000Z"}, "not": {"isTest": True},
    "or": [{"company": {"contains": "Contoso"}}, {"countries": ["FR"]}], "stages": None,
}  # fmt: skip
SORT = [{"field": "COMPANY", "direction": "DESC"}, {"field": "CREATED_AT", "direction": "ASC"}]


async def views(ask: Ask, who: Viewer) -> list[tuple[str, int]]:
    """Return name and position of each view that the member sees, in order."""
    found = (await ask(who, "{ savedViews { name position } }"))["savedViews"]
    return [(one["name"], one["position"]) for one in found]


async def test_filter_and_sort_are_kept_as_given(world: World, ask: Ask) -> None:
    saved = await mutate(ask, world.rep, "saveView", VIEW, name=" Mine ", search="Bosu", filter=FILTER, sort=SORT)
    view = saved["view"]
    assert view == {
        "id": view["id"], "name": "Mine", "search": "Bosu", "filter": FILTER, "sort": SORT, "isShared": False, "position": 0,
        "problem": None, "owner": {"name": "Rita Rep"},
    }  # fmt: skip
    renamed = await mutate(ask, world.rep, "saveView", VIEW, viewId=view["id"], name="Ours")
    assert renamed["view"] == view | {"name": "Ours"}
    cleared = await mutate(ask, world.rep, "saveView", VIEW, viewId=view["id"], filter=None, sort=None, search=None)
    assert cleared["view"] == view | {"name": "Ours", "filter": None, "sort": None, "search": None}
    node = "query($id: ID!) { node(id: $id) { ... on SavedView { name } } }"
    assert await ask(world.rep, node, id=view["id"]) == {"node": {"name": "Ours"}}
    assert await ask(world.colleague, node, id=view["id"]) == {"node": None}


async def test_filter_written_into_the_document_is_kept_with_its_variables(world: World, ask: Ask) -> None:
    document = """mutation($statuses: [LeadStatus!], $from: DateTime = "2026-11-01T00:00:00Z", $absent: Boolean) {
      saveView(input: { name: "Mine", filter: { statuses: $statuses, isTest: $absent, createdAt: { from: $from }, stages: RECEIVED },
                        sort: { field: COMPANY } }) { view { filter sort problem } } }"""
    saved = (await ask(world.rep, document, statuses=["NEW"]))["saveView"]["view"]
    given = {"statuses": ["NEW"], "createdAt": {"from": "2026-11-01T00:00:00.000Z"}, "stages": ["RECEIVED"]}
    assert saved == {"filter": given, "sort": [{"field": "COMPANY", "direction": "ASC"}], "problem": None}


async def test_view_that_no_longer_fits_says_so_and_is_not_lost(app: AppContext, world: World, ask: Ask) -> None:
    broken = (
        ({"statuses": ["NEW", "GONE"]}, None, "`filter.statuses.1`"),
        ({"removed": True}, None, "`filter`"),
        (["text"], None, "`filter`"),
        ({"ids": ["x"]}, None, "id"),
        (None, [{"field": "GONE"}], "`sort.0.field`"),
    )
    for number, (lead_filter, lead_sort, hint) in enumerate(broken):
        view = await create(ask, world.rep, "saveView", "view", name=f"View {number}", filter={"isTest": True})
        stored = SavedView.filter(name=f"View {number}").using_db(app.database.writing.client)
        await stored.update(lead_filter=lead_filter, lead_sort=lead_sort)
        read = (await ask(world.rep, "{ savedViews { name filter sort problem } }"))["savedViews"][number]
        assert (read["filter"], read["sort"]) == (lead_filter, lead_sort)
        assert hint in read["problem"], read["problem"]
        renamed = await mutate(ask, world.rep, "saveView", VIEW, viewId=view, name=f"Old {number}")
        assert (renamed["view"]["filter"], renamed["view"]["problem"]) == (lead_filter, read["problem"])
        anew = await mutate(ask, world.rep, "saveView", VIEW, viewId=view, filter={"isTest": False}, sort=None)
        assert (anew["view"]["filter"], anew["view"]["problem"]) == ({"isTest": False}, None)
    gone = await mutate(ask, world.rep, "deleteView", "deletedViewId", viewId=view)
    assert gone == {"deletedViewId": view, "errors": []}


async def test_views_are_shared_within_a_partner_and_within_the_vendor(app: AppContext, world: World, ask: Ask) -> None:
    shared = await create(ask, world.rep, "saveView", "view", name="Ours", isShared=True)
    private = await create(ask, world.rep, "saveView", "view", name="Mine")
    vendor = await create(ask, world.channel, "saveView", "view", name="All", isShared=True)
    for who in world.everybody:
        expected = [("Ours", 0)] if who.partner_id == world.acme else [("All", 0)] if who.is_vendor else []
        assert await views(ask, who) == expected + ([("Mine", 1)] if who == world.rep else []), who
    for who, view, error in (
        (world.rival, shared, "NotFound"), (world.channel, shared, "NotFound"), (world.colleague, private, "NotFound"),
        (world.referrals, private, "NotFound"), (world.colleague, shared, "NotPermitted"), (world.profiles, shared, "NotPermitted"),
        (world.seller, vendor, "NotPermitted"), (world.rep, vendor, "NotFound"),
    ):  # fmt: skip
        path = ["viewId"] if error == "NotFound" else None
        assert errors_of(await mutate(ask, who, "saveView", VIEW, viewId=view, name="Taken")) == [(error, path)], who
        assert errors_of(await mutate(ask, who, "deleteView", "deletedViewId", viewId=view)) == [(error, path)], who
    for who, view in ((world.referrals, shared), (world.admin, vendor)):
        assert errors_of(await mutate(ask, who, "saveView", VIEW, viewId=view, name="Renamed")) == []
    await app.database.writing.execute("UPDATE member SET is_active = ? WHERE id = ?", False, world.rep.member_id)
    assert await views(ask, world.colleague) == [("Renamed", 0)]
    assert errors_of(await mutate(ask, world.referrals, "saveView", VIEW, viewId=shared, position=1)) == []
    unshared = await mutate(ask, world.referrals, "saveView", "view { id }", viewId=shared, isShared=False)
    assert unshared == {"view": None, "errors": []}
    assert errors_of(await mutate(ask, world.referrals, "deleteView", "deletedViewId", viewId=shared)) == [("NotFound", ["viewId"])]


async def test_moving_a_view_shifts_the_others(world: World, ask: Ask) -> None:
    ids = {name: await create(ask, world.rep, "saveView", "view", name=name) for name in "abcd"}
    assert await views(ask, world.rep) == [("a", 0), ("b", 1), ("c", 2), ("d", 3)]
    order = "abcd"
    for name, position in (("d", 0), ("a", 2), ("b", 99), ("c", 1), ("c", 1)):
        await mutate(ask, world.rep, "saveView", VIEW, viewId=ids[name], position=position)
        rest = order.replace(name, "")
        order = rest[:position] + name + rest[position:]
        assert await views(ask, world.rep) == [(one, at) for at, one in enumerate(order)]
    await create(ask, world.rep, "saveView", "view", name="e", position=1)
    await mutate(ask, world.rep, "deleteView", "deletedViewId", viewId=ids["c"])
    order = (order[:1] + "e" + order[1:]).replace("c", "")
    assert await views(ask, world.rep) == [(one, at) for at, one in enumerate(order)]


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({}, [["name"]]),
        ({"name": " "}, [["name"]]),
        ({"name": "x" * 101, "position": -1}, [["name"], ["position"]]),
        ({"name": "x", "idempotencyKey": " "}, [["idempotencyKey"]]),
        ({"name": "ours"}, [["name"]]),
        ({"name": "x", "filter": {"ids": ["x"]}}, [["filter", "ids", "0"]]),
        ({"name": "x", "filter": {"countries": ["fr"]}}, [["filter"]]),
        ({"name": "x", "filter": {"createdAt": {"from": "2026-11-02T00:00:00Z", "before": "2026-11-01T00:00:00Z"}}}, [
            ["filter", "createdAt"]
        ]),
        ({"name": "x", "filter": {"crmIds": ["y" * 190] * 110}}, [["filter"]]),
        ({"name": "x", "sort": [{"field": "COMPANY"}] * 12}, [["sort"]]),
        ({"name": "x", "search": "y" * 201}, [["search"]]),
        ({"viewId": encode_id("Lead", "00000000-0000-7000-8000-000000000000")}, [["viewId"]]),
    ],
)  # fmt: skip
async def test_bad_views_are_refused(world: World, ask: Ask, given: dict[str, Any], fields: list[list[str]]) -> None:
    await create(ask, world.rep, "saveView", "view", name="Ours")
    refused = await mutate(ask, world.rep, "saveView", VIEW, **given)
    assert (errors_of(refused), refused["view"]) == ([("InvalidInput", path) for path in fields], None)
    nulls = {"viewId": await create(ask, world.rep, "saveView", "view", name="Other"), "name": None, "isShared": None, "position": None}
    refused = await mutate(ask, world.rep, "saveView", VIEW, **nulls)
    assert errors_of(refused) == [("InvalidInput", ["name"]), ("InvalidInput", ["isShared"]), ("InvalidInput", ["position"])]


async def test_number_of_views_is_limited(app: AppContext, world: World, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_views, "MOST_VIEWS", 3)
    attempts = (mutate(ask, world.rep, "saveView", VIEW, name=f"View {number}") for number in range(6))
    found = [errors_of(one) for one in await asyncio.gather(*attempts)]
    assert sorted(found) == [[]] * 3 + [[("InvalidInput", ["viewId"])]] * 3
    assert sorted(position for _, position in await views(ask, world.rep)) == [0, 1, 2]
    await create(ask, world.colleague, "saveView", "view", name="View 1")


async def test_repeated_request_saves_one_view(world: World, ask: Ask) -> None:
    attempts = (mutate(ask, world.rep, "saveView", VIEW, name="Mine", filter=FILTER, idempotencyKey="key") for _ in range(4))
    first, *others = await asyncio.gather(*attempts)
    assert errors_of(first) == []
    assert others == [first] * 3
    other = await mutate(ask, world.rep, "saveView", VIEW, name="Mine", filter={}, idempotencyKey="key")
    assert errors_of(other) == [("InvalidInput", ["idempotencyKey"])]


async def test_concurrent_moves_keep_positions_whole(world: World, ask: Ask) -> None:
    ids = [await create(ask, world.rep, "saveView", "view", name=name, isShared=True) for name in "abcde"]
    moves = [mutate(ask, who, "saveView", VIEW, viewId=ids[at], position=4 - at) for at in range(5) for who in (world.rep, world.referrals)]
    moves.append(mutate(ask, world.rep, "deleteView", "deletedViewId", viewId=ids[2]))
    await asyncio.gather(*moves)
    assert [position for _, position in await views(ask, world.rep)] == [0, 1, 2, 3]


async def test_api_keys_read_shared_views_and_save_none(app: AppContext, world: World, ask: Ask) -> None:
    shared = await create(ask, world.rep, "saveView", "view", name="Ours", isShared=True)
    program = await make_member(app, world.acme, MemberRole.REFERRAL_ADMIN)
    await app.database.writing.execute("UPDATE member SET is_service = ? WHERE id = ?", True, program.member_id)
    assert await views(ask, program) == [("Ours", 0)]
    for given in ({"name": "Mine"}, {"viewId": shared, "name": "Mine"}):
        assert errors_of(await mutate(ask, program, "saveView", VIEW, **given)) == [("NotPermitted", None)]
    assert errors_of(await mutate(ask, program, "deleteView", "deletedViewId", viewId=shared)) == [("NotPermitted", None)]
