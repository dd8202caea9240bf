"""What members have read: marks of one notification or up to a position, each of one member."""

from uuid import UUID

from gql_leads.api.values.ids import encode_id
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import claims
from tests.audiences import Audience
from tests.factories import World
from tests.fixtures import Clock, make_lead


async def test_marks_are_of_one_member_and_keep_their_time(app: AppContext, world: World, audience: Audience, clock: Clock) -> None:
    for _ in range(4):
        await make_lead(app, notifies=True, partner=world.acme)
    newest, second, third, oldest = (one["id"] for one in (await audience.list("rep"))["nodes"])
    clock.advance(minutes=1)
    assert await audience.mark("rep", notificationIds=[third, third]) == {"unreadCount": 3, "errors": []}
    until = (await audience.list("rep"))["eventCursor"]
    await make_lead(app, notifies=True, partner=world.acme)
    clock.advance(minutes=1)
    assert await audience.mark("rep", until=until) == {"unreadCount": 1, "errors": []}
    clock.advance(minutes=1)
    for again in ({"until": until}, {"notificationIds": [newest, third, oldest]}):
        assert await audience.mark("rep", **again) == {"unreadCount": 1, "errors": []}
    page = await audience.list("rep")
    assert [one["readAt"] for one in page["nodes"]] == [
        None, "2026-11-21T09:32:00.000Z", "2026-11-21T09:32:00.000Z", "2026-11-21T09:31:00.000Z", "2026-11-21T09:32:00.000Z",
    ]  # fmt: skip
    assert page["unreadCount"] == 1
    assert page["totalCount"] == 5
    unread = await audience.list("rep", unread=True)
    assert (unread["totalCount"], [one["readAt"] for one in unread["nodes"]]) == (1, [None])
    assert (await audience.list("colleague"))["unreadCount"] == 5
    assert second in {one["id"] for one in page["nodes"]}


async def test_foreign_and_malformed_notifications_cannot_be_marked(app: AppContext, world: World, audience: Audience) -> None:
    await make_lead(app, notifies=True, partner=world.globex)
    await make_lead(app, notifies=True, partner=world.acme)
    foreign = (await audience.first("rival"))["id"]
    own = (await audience.first("rep"))["id"]
    refused = await audience.mark("rep", notificationIds=[own, foreign])
    assert [(one["__typename"], one["field"]) for one in refused["errors"]] == [("NotFound", ["notificationIds", "1"])]
    assert (await audience.list("rep"))["unreadCount"] == 1
    for given, field in (
        ({"notificationIds": [encode_id("Lead", UUID(int=1))]}, ["notificationIds", "0"]),
        ({"notificationIds": [own] * 201}, ["notificationIds"]),
        ({"until": "no cursor"}, ["until"]),
    ):
        refused = await audience.mark("rep", **given)
        assert [(one["__typename"], one["field"]) for one in refused["errors"]] == [("InvalidInput", field)]
        assert refused["unreadCount"] == 0


async def test_a_notification_out_of_sight_can_still_be_marked(app: AppContext, world: World, audience: Audience) -> None:
    lead = await make_lead(app, notifies=True)
    notification = (await audience.first("rep"))["id"]
    await claims.claim_lead(app, world.rival, lead)
    assert await audience.mark("rep", notificationIds=[notification]) == {"unreadCount": 0, "errors": []}
