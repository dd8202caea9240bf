"""Subscriptions and `leadChanges`: the same changes with the same cursors."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from gql_leads.api.resolving.context import Context
from gql_leads.api.resolving.event_sources import EventSource, cursor_of
from gql_leads.api.schema import schema
from gql_leads.api.values.ids import encode_id
from gql_leads.domain.commands import Assignee, SaveQueue
from gql_leads.domain.errors import BadInput
from gql_leads.domain.events import Event
from gql_leads.domain.leads.lead import LeadStatus
from gql_leads.domain.viewer import Viewer
from gql_leads.services import queues
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import assignments, claims, deletion, notes, updates
from gql_leads.services.maintenance import scheduled_jobs
from gql_leads.store.events.event_log import LoggedEvent
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import Clock, load_viewer, make_accepted_lead, make_lead, make_queue

CHANGED = """
    subscription($leadId: ID, $filter: LeadFilter, $after: EventCursor) {
      leadChanged(leadId: $leadId, filter: $filter, after: $after) {
        cursor occurredAt presence kind leadId actor { name } lead { status company } }
    }
"""
NEW = """
    subscription($filter: LeadFilter, $after: EventCursor) {
      newLead(filter: $filter, after: $after) { cursor occurredAt lead { id company } }
    }
"""
HOT = "subscription($filter: LeadFilter, $after: EventCursor) { hotLead(filter: $filter, after: $after) { cursor lead { id isHot } } }"
PULLED = """
    query($filter: LeadFilter, $after: EventCursor, $first: Int) {
      leadChanges(filter: $filter, after: $after, first: $first) {
        edges { cursor node { cursor occurredAt presence kind leadId actor { name } lead { status company } } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { kind }
      }
    }
"""


class Stream:
    """A subscription, message by message."""

    def __init__(self, results: Any) -> None:
        self._results = results

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(60):
            result = await anext(self._results)
        assert not result.errors, result.errors
        (message,) = result.data.values()
        found: dict[str, Any] = message
        return found


@asynccontextmanager
async def subscribed(app: AppContext, viewer: Viewer, document: str, **variables: Any) -> AsyncIterator[Stream]:
    results: Any = await schema.subscribe(document, variable_values=variables, context_value=Context(app, viewer))
    try:
        yield Stream(results)
    finally:
        await results.aclose()


@pytest.fixture
async def now(ask: Ask, world: World) -> str:
    """The position of the log before anything of the test happens."""
    cursor: str = (await ask(world.admin, "{ leads { eventCursor } }"))["leads"]["eventCursor"]
    return cursor


async def test_alert_is_sent_once_per_time_a_lead_becomes_visible(app: AppContext, world: World, now: str) -> None:
    async with subscribed(app, world.rep, NEW, after=now) as stream:
        lead = await make_lead(app)
        assert (await stream.next())["lead"] == {"id": encode_id("Lead", lead), "company": "Contoso"}
        await claims.claim_lead(app, world.rep, lead)
        other = await make_lead(app, partner=world.acme, company="Other")
        assert (await stream.next())["lead"] == {"id": encode_id("Lead", other), "company": "Other"}


async def test_lead_is_alerted_when_its_queue_opens_to_the_partner(app: AppContext, world: World, now: str) -> None:
    queue = await make_queue(app, open_to=[world.globex])
    lead = await make_lead(app, queue=queue)
    before = await load_viewer(app, world.rep)
    async with subscribed(app, before, NEW, after=now) as stream:
        await queues.save_queue(app, world.channel, SaveQueue(queue_id=queue, partner_ids=()))
        assert (await stream.next())["lead"]["id"] == encode_id("Lead", lead)


async def test_alert_is_skipped_if_the_lead_is_no_longer_visible(app: AppContext, world: World, now: str) -> None:
    gone = await make_lead(app)
    await claims.claim_lead(app, world.rival, gone)
    there = await make_lead(app)
    async with subscribed(app, world.rep, NEW, after=now) as stream:
        assert (await stream.next())["lead"]["id"] == encode_id("Lead", there)


async def test_only_hot_leads_are_sent_by_hot_lead(app: AppContext, world: World, now: str) -> None:
    async with subscribed(app, world.rep, HOT, after=now) as stream:
        await make_lead(app)
        hot = await make_lead(app, contact_requested_at=app.now())
        assert (await stream.next())["lead"] == {"id": encode_id("Lead", hot), "isHot": True}


async def test_changes_have_their_presence_in_the_list(app: AppContext, world: World, now: str) -> None:
    async with subscribed(app, world.rep, CHANGED, after=now, filter={"statuses": ["NEW"]}) as stream:
        lead = await make_lead(app, partner=world.acme)
        entered = await stream.next()
        assert (entered["presence"], entered["kind"], entered["actor"]) == ("ENTERED", "CREATED", None)
        assert (entered["leadId"], entered["lead"]) == (encode_id("Lead", lead), {"status": "NEW", "company": "Contoso"})
        await notes.add_lead_note(app, world.colleague, lead, "Called.")
        changed = await stream.next()
        assert (changed["presence"], changed["kind"], changed["actor"]) == ("CHANGED", "NOTE_ADDED", {"name": "Colin Colleague"})
        await updates.update_lead_status(app, world.rep, lead, LeadStatus.CONTACTED)
        left = await stream.next()
        assert (left["presence"], left["lead"]) == ("LEFT", None)


async def test_resumed_stream_delivers_the_rest_once(app: AppContext, world: World, now: str) -> None:
    await make_lead(app, partner=world.acme, company="First")
    async with subscribed(app, world.rep, CHANGED, after=now) as stream:
        first = await stream.next()
    await make_lead(app, partner=world.acme, company="Second")
    async with subscribed(app, world.rep, CHANGED, after=first["cursor"]) as stream:
        assert (await stream.next())["lead"]["company"] == "Second"
        await make_lead(app, partner=world.acme, company="Third")
        assert (await stream.next())["lead"]["company"] == "Third"


async def test_stream_can_be_limited_to_one_lead(app: AppContext, world: World, now: str) -> None:
    other, lead = await make_lead(app, partner=world.acme), await make_lead(app, partner=world.acme)
    async with subscribed(app, world.rep, CHANGED, after=now, leadId=encode_id("Lead", lead)) as stream:
        assert (await stream.next())["leadId"] == encode_id("Lead", lead)
        await updates.update_lead_status(app, world.rep, other, LeadStatus.CONTACTED)
        await updates.update_lead_status(app, world.rep, lead, LeadStatus.DELIVERED)
        assert (await stream.next())["lead"]["status"] == "DELIVERED"


async def test_lead_changes_equal_the_subscription(app: AppContext, world: World, clock: Clock, ask: Ask, now: str) -> None:
    lead = await make_lead(app, contact_requested_at=app.now())
    await claims.claim_lead(app, world.rep, lead)
    await updates.update_lead_status(app, world.rep, lead, LeadStatus.CONTACTED)
    other = await make_accepted_lead(app, world.rep)
    await assignments.assign_lead(app, world.channel, lead, Assignee(partner_id=world.globex))
    await deletion.delete_lead(app, world.referrals, other)
    clock.advance(days=15)
    await scheduled_jobs.run_due_jobs(app)
    for who in (world.rep, world.rival, world.channel, world.seller):
        pulled: list[dict[str, Any]] = []
        cursor = now
        while True:
            page = (await ask(who, PULLED, after=cursor, first=2))["leadChanges"]
            pulled += [edge["node"] for edge in page["edges"]]
            cursor = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        async with subscribed(app, who, CHANGED, after=now) as stream:
            assert [await stream.next() for _ in pulled] == pulled
    assert [one["kind"] for one in pulled] == []


async def test_empty_page_of_changes_has_an_end_cursor(app: AppContext, world: World, ask: Ask, now: str) -> None:
    await make_lead(app, partner=world.globex)
    page = (await ask(world.rep, PULLED, after=now))["leadChanges"]
    assert (page["edges"], page["pageInfo"]["hasNextPage"]) == ([], False)
    assert page["pageInfo"]["endCursor"] != now
    again = (await ask(world.rep, PULLED, after=page["pageInfo"]["endCursor"]))["leadChanges"]
    assert again["pageInfo"]["endCursor"] == page["pageInfo"]["endCursor"]


async def test_has_next_page_does_not_reveal_invisible_events(app: AppContext, world: World, ask: Ask, now: str) -> None:
    await make_lead(app, partner=world.acme)
    await make_lead(app, partner=world.globex)
    page = (await ask(world.rep, PULLED, after=now, first=1))["leadChanges"]
    assert (len(page["edges"]), page["pageInfo"]["hasNextPage"]) == (1, False)
    await make_lead(app, partner=world.acme)
    page = (await ask(world.rep, PULLED, after=now, first=1))["leadChanges"]
    assert (len(page["edges"]), page["pageInfo"]["hasNextPage"]) == (1, True)
    rest = (await ask(world.rep, PULLED, after=page["pageInfo"]["endCursor"], first=1))["leadChanges"]
    assert (len(rest["edges"]), rest["pageInfo"]["hasNextPage"]) == (1, False)


async def test_changes_start_with_the_oldest_event_without_a_cursor(app: AppContext, world: World, ask: Ask) -> None:
    await make_lead(app, partner=world.acme)
    page = (await ask(world.rep, PULLED))["leadChanges"]
    assert [node["kind"] for node in page["nodes"]] == ["CREATED"]
    assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]


async def test_cursor_of_a_trimmed_event_is_refused(app: AppContext, world: World, clock: Clock, answer: Ask, now: str) -> None:
    await make_lead(app)
    clock.advance(days=31)
    await scheduled_jobs.delete_old_records(app)
    (error,) = (await answer(world.rep, PULLED, after=now))["errors"]
    assert error.original_error.code == "CURSOR_EXPIRED"


@pytest.mark.parametrize(
    "given", [{"after": "x"}, {"filter": {"isFavorite": True}}, {"filter": {"not": {"tab": "FAVORITES"}}}, {"leadId": "x"}]
)
async def test_invalid_subscription_is_refused(app: AppContext, world: World, given: dict[str, Any]) -> None:
    results: Any = await schema.subscribe(CHANGED, variable_values=given, context_value=Context(app, world.rep))
    found = results if not hasattr(results, "__anext__") else await anext(results)
    assert isinstance(found.errors[0].original_error, BadInput)


async def test_source_yields_the_position_of_an_event_that_its_subscription_excludes(app: AppContext, world: World, now: str) -> None:
    context = Context(app, world.rep)

    async def exclude(_logged: LoggedEvent) -> None:
        return None

    source: EventSource[None] = EventSource(context, now, Event, lambda: exclude)
    await make_lead(app, partner=world.globex)
    start, head = await source.start(None)
    assert start < head
    async with aclosing(source.replay(start, head)) as events:
        ((position, message),) = [event async for event in events]
    assert message is None
    assert start < position <= head
    assert await source.start(cursor_of(context, head)) == (head, head)
