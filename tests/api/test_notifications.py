"""Notifications as they are read: rendered with what the member may see, in pages."""

import re
from pathlib import Path
from typing import Final

import pytest

from gql_leads.domain.commands import Assignee
from gql_leads.domain.outbox.notifications import NotificationKind
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import assignments, claims, erasure
from tests.api.resolving.test_event_sources import Room
from tests.audiences import ACME, Audience, to
from tests.factories import World
from tests.fixtures import load_viewer, make_lead, make_queue

ROOT: Final = Path(__file__).parents[2]


async def test_a_notification_shows_what_the_member_may_see_at_that_moment(app: AppContext, world: World, audience: Audience) -> None:
    lead = await make_lead(app, notifies=True, queue=await make_queue(app, open_to=[world.acme, world.globex]), listing_name="Ledger")
    waiting = await audience.first("rep")
    assert waiting["lead"]["contact"] is None
    assert waiting["title"] == "New lead: Contoso"
    assert waiting["body"] == f"{waiting['lead']['reference']} · Contoso · Ledger."
    assert waiting["isRecommendedAction"]
    await claims.claim_lead(app, await load_viewer(app, world.rep), lead)
    assert (await audience.first("rep"))["lead"]["contact"] == {"lastName": "Bosu"}
    assert [(await audience.first(name))["isRecommendedAction"] for name in ("rep", "colleague")] == [True, False]
    assert await audience.kinds() == to("NEW_LEAD", *ACME)
    answer = await audience.ask("rival", "query($id: ID!) { node(id: $id) { id } }", id=waiting["id"])
    assert answer == {"node": None}
    answer = await audience.ask("rep", "query($id: ID!) { node(id: $id) { ... on Notification { title } } }", id=waiting["id"])
    assert answer == {"node": {"title": "New lead: Contoso"}}
    await erasure.erase_lead_contact(app, world.referrals, lead)
    assert await audience.kinds() == {}
    await assignments.assign_lead(app, world.referrals, lead, Assignee(member_id=world.colleague.member_id))
    erased = await audience.first("colleague")
    assert erased["title"] == "Lead assigned: Contoso"
    assert erased["body"] == f"{erased['lead']['reference']} · Contoso · Ledger. By Rafa Referrals."


@pytest.mark.parametrize(
    ("language", "title"),
    [("FR", "Nouveau prospect : Contoso"), ("CS", "Nová poptávka: Contoso"), ("PL", "Nowy lead: Contoso")],
)
async def test_texts_are_in_the_language_of_the_member(
    app: AppContext, world: World, audience: Audience, language: str, title: str
) -> None:
    await app.database.writing.execute("UPDATE member SET language = ? WHERE id = ?", language, world.rep.member_id)
    await make_lead(app, notifies=True, partner=world.acme)
    assert [(await audience.first(name))["title"] for name in ("rep", "colleague")] == [title, "New lead: Contoso"]


async def test_a_page_continues_after_its_cursor_without_gaps(app: AppContext, world: World, audience: Audience) -> None:
    for number in range(7):
        await make_lead(app, notifies=True, partner=world.acme if number % 2 else None)
    everything = [one["id"] for one in (await audience.list("rep"))["nodes"]]
    after, found = None, list[str]()
    while len(found) < 7:
        page = await audience.list("rep", first=3, after=after)
        found += [one["id"] for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        assert page["pageInfo"]["hasNextPage"] == (len(found) < 7)
        assert page["totalCount"] == 7
    assert found == everything


SUBSCRIBED: Final = (
    "subscription($after: EventCursor) { notificationReceived(after: $after) { cursor notification { id kind title lead { id } } } }"
)


async def test_muted_kinds_are_left_out_of_list_counts_and_stream(app: AppContext, world: World, audience: Audience) -> None:
    muted = "UPDATE member SET muted_kinds = ? WHERE id = ?"
    await app.database.writing.execute(muted, '["NEW_LEAD", "MENTION"]', world.rep.member_id)
    room = Room(app)
    async with room.joined((world.rep, SUBSCRIBED, {}), (world.colleague, SUBSCRIBED, {})) as (listener, other):
        await make_lead(app, notifies=True, partner=world.acme)
        await make_lead(app, notifies=True, partner=world.acme, contact_requested_at=app.now())
        assert [one["notification"]["kind"] for one in await other.has_heard(2)] == ["NEW_LEAD", "HOT_LEAD"]
        assert [one["notification"]["kind"] for one in await listener.has_heard(1)] == ["HOT_LEAD"]
    found = await audience.list("rep")
    assert (found["totalCount"], found["unreadCount"], [one["kind"] for one in found["nodes"]]) == (1, 1, ["HOT_LEAD"])
    assert await audience.mark("rep", until=found["eventCursor"]) == {"unreadCount": 0, "errors": []}
    await app.database.writing.execute(muted, None, world.rep.member_id)
    assert [one["kind"] for one in (await audience.list("rep"))["nodes"]] == ["HOT_LEAD", "NEW_LEAD"]
    everything = [kind.value for kind in NotificationKind]
    await app.database.writing.execute(muted, everything, world.rep.member_id)
    assert (await audience.list("rep"))["totalCount"] == 0


async def test_the_documents_of_the_page_for_clients_are_answered(app: AppContext, world: World, audience: Audience) -> None:
    (block,) = re.findall(r"^```graphql\n(query Inbox.*?)^```", (ROOT / "docs" / "clients.md").read_text(), re.DOTALL | re.MULTILINE)
    inbox, arrivals = block.split("\n\n")
    await make_lead(app, notifies=True, partner=world.acme)
    found = (await audience.ask("rep", inbox))["notifications"]
    assert (found["unreadCount"], len(found["nodes"])) == (1, 1)
    async with Room(app).joined((world.rep, arrivals, {"after": found["eventCursor"]})) as (listener,):
        await make_lead(app, notifies=True, partner=world.acme)
        assert [one["notification"]["kind"] for one in await listener.has_heard(1)] == ["NEW_LEAD"]
