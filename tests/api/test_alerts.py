"""Alerts of `newLead` and `hotLead` for each step, to each viewer, live and replayed, in shared streams and alone."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
import pytest

from gql_leads.api.resolving.context import Context
from gql_leads.api.resolving.event_sources import cursor_of, sharing_key
from gql_leads.api.schema import schema
from gql_leads.api.subscriptions import recipient_of
from gql_leads.api.values.ids import decode_id
from gql_leads.domain.commands import Assignee, ContactFields, DealFields, LeadFields, Referral, SaveQueue
from gql_leads.domain.leads.lead import LeadStatus, LeadType
from gql_leads.domain.viewer import Viewer
from gql_leads.graphql_server.application import Application
from gql_leads.graphql_server.broadcast.registry import BroadcastRegistry
from gql_leads.graphql_server.documents.parameters import Parameters
from gql_leads.graphql_server.execution.operations import Pipeline
from gql_leads.graphql_server.graphql_core_internals import core_schema
from gql_leads.graphql_server.policy import Policy
from gql_leads.services import queues
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import assignments, claims, deletion, notes, referrals, responses, updates
from gql_leads.store.access.viewers import viewer_of
from gql_leads.store.events import event_log
from tests.factories import World
from tests.fixtures import make_lead, make_queue

DOCUMENT = """subscription($filter: LeadFilter, $after: EventCursor) {{
    {}(filter: $filter, after: $after) {{ cursor lead {{ id company }} }} }}"""
NAMES = ("rep", "colleague", "referrals", "rival", "admin", "channel", "seller")
ACME, EVERY_PARTNER = "rep colleague referrals", "rep colleague referrals rival"


@dataclass
class Steps:
    """One lead, the steps that are taken with it, and the queues of the test."""

    app: AppContext
    world: World
    is_hot: bool
    other_queue: UUID
    closed_queue: UUID
    lead: UUID = field(init=False)

    def member(self, name: str) -> Viewer:
        found: Viewer = getattr(self.world, name)
        return found

    async def refresh(self, name: str) -> Viewer:
        found = await viewer_of(self.app.database.writing, self.member(name).member_id)
        assert found is not None
        return found

    async def create(self, **where: Any) -> None:
        self.lead = await make_lead(self.app, **self.urgency, **where)

    async def refer(self, name: str) -> None:
        details = LeadFields(contact=ContactFields(last_name="Bosu"), message="Please call.")
        referral = Referral(partner_id=self.world.acme, type=LeadType.SALES_QUALIFIED, details=details, contact_requested=self.is_hot)
        self.lead = await referrals.refer_lead(self.app, self.member(name), referral)

    async def assign(self, name: str, **to: UUID) -> None:
        await assignments.assign_lead(self.app, await self.refresh(name), self.lead, Assignee(**to))

    async def claim(self, name: str) -> None:
        await claims.claim_lead(self.app, await self.refresh(name), self.lead)

    async def release(self, name: str) -> None:
        await claims.release_lead(self.app, self.member(name), self.lead)

    async def delete(self) -> None:
        await deletion.delete_lead(self.app, self.world.admin, self.lead)

    async def restore(self) -> None:
        await deletion.restore_lead(self.app, self.world.admin, self.lead)

    async def admit(self, *partners: UUID) -> None:
        await queues.save_queue(self.app, self.world.channel, SaveQueue(queue_id=self.closed_queue, partner_ids=partners))

    async def accept(self, name: str) -> None:
        await responses.accept_lead(self.app, await self.refresh(name), self.lead, DealFields())

    async def work(self) -> None:
        await updates.update_lead_status(self.app, self.world.rep, self.lead, LeadStatus.CONTACTED)
        await notes.add_lead_note(self.app, self.world.rep, self.lead, "Called.")
        await updates.update_lead(self.app, self.world.rep, self.lead, LeadFields(city="Lyon"))

    @property
    def urgency(self) -> dict[str, Any]:
        return {"contact_requested_at": self.app.now()} if self.is_hot else {}


Step = Callable[[Steps], Awaitable[None]]
STEPS: list[tuple[str, Step, str]] = [
    ("created by the vendor in a queue", lambda s: s.create(), f"{EVERY_PARTNER} admin channel"),
    ("claimed", lambda s: s.claim("rep"), ""),
    ("released by a colleague's admin", lambda s: s.release("referrals"), EVERY_PARTNER),
    ("moved into another open queue", lambda s: s.assign("channel", queue_id=s.other_queue), EVERY_PARTNER),
    ("moved into a queue of Globex", lambda s: s.assign("channel", queue_id=s.closed_queue), "rival"),
    ("Acme is admitted to the queue", lambda s: s.admit(s.world.globex, s.world.acme), ACME),
    ("Globex is removed from the queue", lambda s: s.admit(s.world.acme), ""),
    ("deleted", lambda s: s.delete(), ""),
    ("restored into its queue", lambda s: s.restore(), ACME),
    ("given to Acme, which saw it", lambda s: s.assign("channel", partner_id=s.world.acme), ACME),
    ("given to a member within", lambda s: s.assign("referrals", member_id=s.world.rep.member_id), "rep"),
    ("given to another member by the vendor", lambda s: s.assign("admin", member_id=s.world.colleague.member_id), "colleague"),
    ("taken by its referral admin", lambda s: s.assign("referrals", member_id=s.world.referrals.member_id), "referrals"),
    ("handed back to the partner", lambda s: s.assign("referrals", partner_id=s.world.acme), ACME),
    ("deleted while Acme has it", lambda s: s.delete(), ""),
    ("restored to Acme, which still has it", lambda s: s.restore(), ""),
    ("worked", lambda s: s.work(), ""),
    ("given to a member of Globex", lambda s: s.assign("channel", member_id=s.world.rival.member_id), "rival"),
    ("given to a member of Acme", lambda s: s.assign("channel", member_id=s.world.rep.member_id), ACME),
    ("given back to the general queue", lambda s: s.assign("channel", queue_id=s.world.general), EVERY_PARTNER),
    ("accepted in the queue, which claims it", lambda s: s.accept("colleague"), ""),
    ("accepted and given to the rep", lambda s: s.assign("referrals", member_id=s.world.rep.member_id), "rep"),
    ("referred by a seller, two events", lambda s: s.refer("seller"), f"{ACME} admin channel seller"),
    ("referred by Globex, two events", lambda s: s.refer("rival_admin"), f"{EVERY_PARTNER} admin channel"),
    ("given to its sender's partner", lambda s: s.assign("channel", partner_id=s.world.globex), "rival"),
]
QUIET_WHEN_HOT = {"accepted and given to the rep"}
"""Steps that alert `newLead` alone: an accepted lead is not hot."""


class Streams:
    """The streams of one server process: subscribers of the same scope share one execution."""

    def __init__(self, app: AppContext) -> None:
        application: Application[Any] = Application(
            authenticate=lambda _token, _headers: pytest.fail("no request is authenticated"),
            context_for=lambda viewer, _: Context(app, viewer),
            cursor_of=cursor_of,
            sharing_key=sharing_key,
            recipient_of=recipient_of,
        )
        self._pipeline = Pipeline(schema, application, Policy())
        self.registry = BroadcastRegistry(core_schema(schema), self._pipeline, application)

    @asynccontextmanager
    async def subscribed(self, viewer: Viewer, name: str, **variables: Any) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """Subscribe and yield an iterator of the alerts."""
        parameters = Parameters(query=DOCUMENT.format(name), variables=variables)
        operation = self._pipeline.admit(parameters, viewer, str(viewer.member_id))
        async with aclosing(self.registry.subscriber(operation).payloads()) as payloads:
            yield (orjson.loads(one.body)["data"][name] async for one in payloads)


async def until(company: str, alerts: AsyncIterator[dict[str, Any]]) -> list[tuple[str, UUID]]:
    """Return (cursor, lead) of the alerts before that of the lead of this company."""
    found: list[tuple[str, UUID]] = []
    async for alert in alerts:
        if alert["lead"]["company"] == company:
            return found
        found.append((alert["cursor"], decode_id("Lead", alert["lead"]["id"])))
    raise AssertionError("the stream ended")


@pytest.mark.parametrize("is_hot", [False, True], ids=["cold", "hot"])
async def test_each_step_alerts_once_whom_it_asks_to_look_live_and_in_replays(app: AppContext, world: World, is_hot: bool) -> None:
    steps = Steps(app, world, is_hot, await make_queue(app, "Open"), await make_queue(app, "Closed", open_to=[world.globex]))
    streams = Streams(app)
    viewers = {name: await steps.refresh(name) for name in NAMES}
    async with AsyncExitStack() as stack:
        start = app.cursors.encode(await event_log.horizon(app.database.reading))
        live = {
            (name, field): await stack.enter_async_context(streams.subscribed(viewer, field, after=start))
            for name, viewer in viewers.items()
            for field in ("newLead", "hotLead")
        }
        for number, (step, take, alerted) in enumerate(STEPS):
            before = app.cursors.encode(await event_log.horizon(app.database.reading))
            await take(steps)
            mark = f"mark {number}"
            await make_lead(app, company=mark, sender_id=world.seller.member_id, contact_requested_at=app.now())
            for (name, field), alerts in live.items():
                expected = name in alerted.split() and (field == "newLead" or (is_hot and step not in QUIET_WHEN_HOT))
                found = await until(mark, alerts)
                assert [lead for _, lead in found] == [steps.lead] * expected, (step, name, field)
                async with streams.subscribed(viewers[name], field, after=before) as replayed:
                    assert await until(mark, replayed) == found, (step, name, field)
        assert 0 < len(streams.registry) < len(live), "rep and colleague share their streams"


async def test_the_filter_is_applied_to_the_lead_after_the_step(app: AppContext, world: World) -> None:
    start = app.cursors.encode(await event_log.horizon(app.database.reading))
    lead = await make_lead(app, partner=world.acme)
    await assignments.assign_lead(app, world.referrals, lead, Assignee(member_id=world.rep.member_id))
    await make_lead(app, partner=world.acme, owner_id=world.rep.member_id, company="mark")
    streams = Streams(app)
    for viewer, filter, times in (
        (world.rep, {"isMine": True}, 1),
        (world.rep, {}, 2),
        (world.rep, {"not": {"isMine": True}}, 1),
        (world.colleague, {}, 1),
    ):
        asked = {"or": [filter, {"company": {"equals": "mark"}}]}
        async with streams.subscribed(viewer, "newLead", after=start, filter=asked) as alerts:
            assert [found for _, found in await until("mark", alerts)] == [lead] * times, (viewer, filter)


async def test_a_replay_beside_a_live_stream_leaves_out_leads_that_left_sight(app: AppContext, world: World) -> None:
    start = app.cursors.encode(await event_log.horizon(app.database.reading))
    streams = Streams(app)
    async with streams.subscribed(world.rep, "newLead", after=start) as live:
        await make_lead(app, company="begin")
        assert await until("begin", live) == []
        begun = app.cursors.encode(await event_log.horizon(app.database.reading))
        gone = await make_lead(app)
        assert decode_id("Lead", (await anext(live))["lead"]["id"]) == gone
        await claims.claim_lead(app, world.rival, gone)
        await make_lead(app, company="mark")
        assert await until("mark", live) == []
        async with streams.subscribed(world.colleague, "newLead", after=begun) as late:
            assert await until("mark", late) == []
            assert len(streams.registry) == 1
