"""The event log keeps committed events in a stable order, without gaps, behind cursors that cannot be forged."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import pytest

from gql_leads.domain.activities import ActivityKind, NewActivity
from gql_leads.domain.commands import ActivityFields, OpportunityFields
from gql_leads.domain.errors import BadInput, CursorExpired, QueueEmpty
from gql_leads.domain.events import Event, Presence, TimelineKind, snapshot
from gql_leads.domain.leads.filters import EVERYTHING, Filter, presence
from gql_leads.domain.leads.lead import ContactUrgency, EmailValidity, LeadStage
from gql_leads.domain.leads.snapshots import LeadSnapshot
from gql_leads.domain.opportunities.events import OpportunityEventKind
from gql_leads.domain.opportunities.records import OpportunityStage
from gql_leads.events import EventReader
from gql_leads.services.activities import delete_activity, update_activity
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.activities import log_lead_activity
from gql_leads.services.leads.notes import add_lead_note
from gql_leads.services.maintenance import scheduled_jobs
from gql_leads.services.notes import update_note
from gql_leads.services.opportunities import update_opportunity
from gql_leads.store.events import event_log
from gql_leads.store.events.cursor_codec import CursorCodec
from gql_leads.store.events.event_log import BEGINNING, EventCursors, LoggedEvent, Position
from gql_leads.store.sql.rows import as_uuid, decode_json, to_json
from tests.factories import World
from tests.fixtures import Clock, build_lead, load_lead, make_lead, open_app_context, wait_for_event_log
from tests.previous_release import PREVIOUS_RELEASE, viewer_named
from tests.services.customers import an_account, an_opportunity

WRITERS, EACH = 8, 12
FILTERS: Final = (EVERYTHING, Filter(stage=(LeadStage.RECEIVED,), email_validity=(EmailValidity.UNKNOWN,)))
"""The filters for which the previous release computed the presence of its events."""


async def read_after(app: AppContext, position: Position, limit: int = 1_000) -> list[LoggedEvent]:
    await wait_for_event_log(app)
    return await event_log.read(app.database.reading, position, limit)


async def test_event_is_read_as_it_was_written(app: AppContext, world: World) -> None:
    lead_id = await make_lead(app, partner=world.acme, contact_requested_at=app.now(), company="Жук 東京 \\ \" '")
    lead = await load_lead(app, lead_id)
    async with app.unit_of_work(world.rep) as uow:
        await uow.save(lead, replace(lead, company=None), TimelineKind.DETAILS_CHANGED)
    made, changed = await read_after(app, BEGINNING)
    assert (made.event.lead_id, made.event.kind, made.event.before) == (lead_id, TimelineKind.CREATED, None)
    assert made.event.after.company == "Жук 東京 \\ \" '"
    assert changed.event.before == made.event.after
    assert changed.event.after == replace(made.event.after, company=None, updated_at=app.now())
    assert (changed.event.actor_id, changed.event.actor_partner_id) == (world.rep.member_id, world.acme)
    assert (changed.event.occurred_at, changed.event.changed) == (app.now(), ("company",))


async def test_event_contains_no_personal_data(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme, phone="+33123456789", title="Dr", message="secret words")
    row = await app.database.reading.fetch_one("SELECT * FROM event WHERE lead_id = ?", lead)
    assert row is not None
    written = " ".join(str(value) for value in dict(row).values())  # type: ignore[call-overload]
    for personal in ("Aparna", "Bosu", "aparna@contoso.example", "+33123456789", "Dr", "secret words"):
        assert personal not in written


async def test_read_continues_after_the_last_position(app: AppContext) -> None:
    leads = [await make_lead(app) for _ in range(5)]
    whole = await read_after(app, BEGINNING)
    assert [one.event.lead_id for one in whole] == leads
    assert [one.position for one in whole] == sorted({one.position for one in whole})
    assert await read_after(app, whole[1].position, 2) == whole[2:4]
    assert await read_after(app, whole[-1].position) == []


async def test_uncommitted_events_are_read_once_they_are_committed(app: AppContext, world: World) -> None:
    first = await make_lead(app)
    async with app.unit_of_work(world.rep) as uow:
        await uow.insert(await build_lead(app), "vendor")
        uow._notifications.clear()
        await uow.flush()
        uow._entries.clear()
        uow._events.clear()
        assert [one.event.lead_id for one in await read_after(app, BEGINNING)] == [first]
    assert len(await read_after(app, BEGINNING)) == 2


async def test_later_events_are_after_the_horizon(app: AppContext) -> None:
    await make_lead(app)
    await wait_for_event_log(app)
    horizon = await event_log.horizon(app.database.reading)
    later = await make_lead(app)
    assert [one.event.lead_id for one in await read_after(app, horizon)] == [later]


async def test_reader_gets_each_event_of_concurrent_writers_once_and_in_order(database_url: str) -> None:
    chance = random.Random(3)
    async with open_app_context(database_url, pool_size=WRITERS) as app, open_app_context(database_url) as elsewhere:
        written: list[object] = []
        writing = [asyncio.create_task(write(app if one % 2 else elsewhere, chance, written)) for one in range(WRITERS)]
        read: list[LoggedEvent] = []
        position = BEGINNING
        while True:
            over = all(task.done() for task in writing)
            found = await event_log.read(app.database.reading, position, 7)
            read += found
            position = found[-1].position if found else position
            if over:
                await asyncio.gather(*writing)
            if over and not found and len(read) >= WRITERS * EACH:
                break
            await asyncio.sleep(0.001)
    assert [one.position for one in read] == sorted(one.position for one in read)
    assert sorted(str(one.event.lead_id) for one in read) == sorted(str(one) for one in written)
    assert len(read) == WRITERS * EACH


async def write(app: AppContext, chance: random.Random, written: list[object]) -> None:
    lead = await build_lead(app)
    for _ in range(EACH):
        lead = await build_lead(app)
        async with app.unit_of_work(None) as uow:
            await asyncio.sleep(chance.random() / 200)
            await uow.insert(lead, "vendor")
            await event_log.append(uow.connection, uow._events)
            uow._events.clear()
            uow._notifications.clear()
            await asyncio.sleep(chance.random() / 100)
        written.append(lead.id)


async def test_cursor_decodes_to_its_position_and_forged_cursors_are_refused() -> None:
    cursors = EventCursors(CursorCodec(b"a secret of thirty-two bytes or more"))
    position = Position(1, 2**40, 2**50)
    cursor = cursors.encode(position)
    assert cursors.decode(cursor) == position
    assert EventCursors(CursorCodec(b"a secret of thirty-two bytes or more")).encode(position) == cursor
    page = CursorCodec(b"a secret of thirty-two bytes or more").encode("page", b"x" * 32)
    for malformed in ("", "x", cursor[:-1], cursor + "A", cursor + "AAAA", page, "\ud800", "é"):
        with pytest.raises(BadInput):
            cursors.decode(malformed)


async def test_cursor_that_no_secret_opens_is_expired() -> None:
    old, new = b"a secret of thirty-two bytes or more", b"another secret of thirty-two bytes or more"
    cursor = EventCursors(CursorCodec(old)).encode(Position(1, 2, 3))
    assert EventCursors(CursorCodec(new, [old])).decode(cursor) == Position(1, 2, 3)
    for cursors in (EventCursors(CursorCodec(new)), EventCursors(CursorCodec(new, [b"a third secret of thirty-two bytes"]))):
        with pytest.raises(CursorExpired, match="Read the list again"):
            cursors.decode(cursor)


async def test_events_older_than_30_days_are_deleted_and_their_cursors_refused(app: AppContext, clock: Clock) -> None:
    await make_lead(app)
    (old,) = await read_after(app, BEGINNING)
    clock.advance(days=1)
    await make_lead(app)
    await make_lead(app)
    kept = (await read_after(app, old.position))[0]
    clock.advance(days=29, milliseconds=1)
    await scheduled_jobs.delete_old_records(app)
    connection = app.database.reading
    await event_log.check(connection, old.position)
    assert await event_log.oldest(connection) == old.position
    with pytest.raises(CursorExpired):
        await event_log.check(connection, BEGINNING)
    assert len(await read_after(app, old.position)) == 2
    clock.advance(days=1)
    await scheduled_jobs.delete_old_records(app)
    await scheduled_jobs.delete_old_records(app)
    for gone in (old, kept):
        with pytest.raises(CursorExpired):
            await event_log.check(connection, gone.position)
    new = await make_lead(app)
    assert [one.event.lead_id for one in await read_after(app, await event_log.oldest(connection))] == [new]


async def test_position_beyond_the_log_is_refused(app: AppContext) -> None:
    await make_lead(app)
    await wait_for_event_log(app)
    horizon = await event_log.horizon(app.database.reading)
    await event_log.check(app.database.reading, horizon)
    for beyond in (horizon._replace(epoch=9), Position(horizon.epoch, horizon.xid + 2**40, horizon.id + 2**40)):
        with pytest.raises(CursorExpired):
            await event_log.check(app.database.reading, beyond)


async def test_rolled_back_change_leaves_no_event(app: AppContext, world: World) -> None:
    lead = await build_lead(app)

    async def refused() -> None:
        async with app.unit_of_work(world.rep) as uow:
            await uow.insert(lead, "vendor")
            raise QueueEmpty

    with pytest.raises(QueueEmpty):
        await refused()
    assert await read_after(app, BEGINNING) == []


async def insert_rows(app: AppContext, rows: list[dict[str, Any]]) -> None:
    """Write event rows as another server did, with new positions."""
    xid = "pg_current_xact_id()::text::bigint" if app.database.dialect == "postgres" else "0"
    columns = ("lead_id", "kind", "occurred_at", "actor_id", "actor_partner_id", "before", "after", "changed")
    for row in rows:
        await app.database.writing.execute(
            f"INSERT INTO event (epoch, xid, {', '.join(columns)}) VALUES ((SELECT epoch FROM log_state), {xid}, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(row[name] for name in columns),
        )


@pytest.mark.parametrize("name", PREVIOUS_RELEASE["viewers"])
async def test_log_of_the_previous_release_is_resumed_from_every_position(app: AppContext, name: str) -> None:
    viewer, expected = viewer_named(name), PREVIOUS_RELEASE["presence"][name]
    await insert_rows(app, PREVIOUS_RELEASE["events"])
    whole = await read_after(app, BEGINNING)
    assert len(whole) == len(PREVIOUS_RELEASE["events"])
    for start, position in enumerate([BEGINNING, *(logged.position for logged in whole)]):
        resumed = await event_log.read(app.database.reading, position, 1_000)
        for asked, presences in zip(FILTERS, expected, strict=True):
            assert [presence(asked, viewer, logged.event) for logged in resumed] == [one and Presence(one) for one in presences[start:]]


async def test_live_stream_continues_from_the_log_of_the_previous_release_to_new_events(app: AppContext) -> None:
    await insert_rows(app, PREVIOUS_RELEASE["events"])
    old = [logged.event.lead_id for logged in await read_after(app, BEGINNING)]
    async with tail(app) as event_reader, asyncio.timeout(60):
        followed = event_reader.follow(BEGINNING)
        assert [(await anext(followed)).event.lead_id for _ in old] == old
        new = await make_lead(app)
        assert (await anext(followed)).event.lead_id == new


@asynccontextmanager
async def tail(app: AppContext) -> AsyncIterator[EventReader]:
    event_reader = EventReader(app.database, poll_seconds=0.02)
    running = asyncio.create_task(event_reader.run())
    try:
        yield event_reader
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def without(attribute: str, document: str) -> str:
    """Return the snapshot without one attribute, as an earlier release wrote it."""
    return json.dumps({name: value for name, value in json.loads(document).items() if name != attribute})


@pytest.mark.parametrize(
    ("attribute", "default"),
    [("urgency", None), ("is_test", False), ("email_validity", EmailValidity.UNKNOWN), ("campaign_ids", ()), ("country", None),
     ("stage", LeadStage.RECEIVED), ("open_to", ())],
)  # fmt: skip
async def test_attribute_missing_in_an_event_has_its_default(app: AppContext, world: World, attribute: str, default: object) -> None:
    await make_lead(app, partner=world.acme, is_test=True, contact_requested_at=app.now(), email_validity=EmailValidity.INVALID)
    (written,) = await read_after(app, BEGINNING)
    row = await row_at(app, written.position)
    await insert_rows(app, [row | {"before": without(attribute, row["after"]), "after": without(attribute, row["after"])}])
    _, read = await read_after(app, BEGINNING)
    changed: dict[str, Any] = {attribute: default}
    assert read.event.before == read.event.after == replace(written.event.after, **changed)
    assert await event_log.read(app.database.reading, written.position, 10) == [read]


async def test_attribute_unknown_to_this_release_is_ignored(app: AppContext, world: World) -> None:
    await make_lead(app, partner=world.acme, contact_requested_at=app.now())
    (written,) = await read_after(app, BEGINNING)
    row = await row_at(app, written.position)
    newer = json.dumps(json.loads(row["after"]) | {"website": "https://contoso.example", "scores": [{"a": 1}], "budget": None})
    await insert_rows(app, [row | {"before": newer, "after": newer}])
    _, read = await read_after(app, BEGINNING)
    assert read.event.before == read.event.after == written.event.after
    assert read.event.after.urgency is ContactUrgency.HOT


async def row_at(app: AppContext, position: Position) -> dict[str, Any]:
    row = await app.database.writing.fetch_one("SELECT * FROM event WHERE (epoch, xid, id) = (?, ?, ?)", *position)
    assert row is not None
    return dict(row)  # type: ignore[call-overload,no-any-return]


@dataclass(frozen=True, slots=True)
class OtherRelease:
    """A server whose snapshots lack one attribute, or have one that this release does not know."""

    app: AppContext
    lacks: str | None
    adds: str | None

    async def write(self) -> UUID:
        lead = await build_lead(self.app)
        document = json.loads(to_json(snapshot(lead, None)))
        if self.lacks is not None:
            del document[self.lacks]
        if self.adds is not None:
            document[self.adds] = "value"
        row = {"lead_id": lead.id, "kind": TimelineKind.CREATED, "occurred_at": self.app.now(), "after": json.dumps(document)}
        await insert_rows(self.app, [{"before": None, "changed": "[]", "actor_id": None, "actor_partner_id": None} | row])
        return lead.id


async def test_servers_of_two_releases_tail_one_log_while_both_write(database_url: str) -> None:
    async with open_app_context(database_url) as this, open_app_context(database_url) as other:
        writers = (OtherRelease(this, None, None), OtherRelease(other, "campaign_ids", None), OtherRelease(other, None, "website"))

        async def write_all(writer: OtherRelease) -> list[UUID]:
            return [await writer.write() for _ in range(EACH)]

        async def read_all(app: AppContext) -> list[UUID]:
            async with tail(app) as event_reader:
                followed = event_reader.follow(BEGINNING)
                return [(await anext(followed)).event.lead_id for _ in range(EACH * len(writers))]

        async with asyncio.timeout(60):
            tails = asyncio.gather(read_all(this), read_all(other))
            written = await asyncio.gather(*map(write_all, writers))
            one, two = await tails
    assert one == two
    assert sorted(one) == sorted(lead for leads in written for lead in leads)


KINDS_OF_0_4: Final = frozenset([
    "CREATED", "REFERRED", "ASSIGNED", "CLAIMED", "RELEASED", "ACCEPTED", "DECLINED", "EXPIRED", "STATUS_CHANGED", "DETAILS_CHANGED",
    "DEAL_CHANGED", "QUALITY_CHANGED", "CONTACT_OVERDUE", "QUALIFIED", "WON", "LOST", "CONVERTED", "NOTE_ADDED", "ACTIVITY_LOGGED",
    "ACTIVITY_COMPLETED", "CAMPAIGN_JOINED", "DELETED", "RESTORED", "CONTACT_ERASED",
])  # fmt: skip


async def test_release_0_4_reads_every_event_and_shows_those_of_opportunities_to_nobody(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    await update_note(app, world.rep, await add_lead_note(app, world.rep, lead, "Called."), "Called twice.")
    task = await log_lead_activity(app, world.rep, lead, NewActivity(kind=ActivityKind.TASK, subject="Call"))
    await update_activity(app, world.rep, task, ActivityFields(subject="Visit"))
    await delete_activity(app, world.rep, task)
    sale = await an_opportunity(app, world.rep, await an_account(app, world.rep))
    await update_opportunity(app, world.rep, sale, OpportunityFields(stage=OpportunityStage.CLOSED_WON))
    exact = ["CREATED", "NOTE_ADDED", "NOTE_EDITED", "ACTIVITY_LOGGED", "ACTIVITY_CHANGED", "ACTIVITY_DELETED", "CREATED", "WON"]
    assert [logged.event.kind for logged in await read_after(app, BEGINNING)] == exact
    known = set(json.loads(PREVIOUS_RELEASE["events"][0]["after"]))
    for row in await app.database.writing.fetch("SELECT * FROM event ORDER BY id"):
        assert row["kind"] in KINDS_OF_0_4
        assert json.loads(row["after"]).keys() >= known
        read = Event(
            as_uuid(row["lead_id"]), TimelineKind(row["kind"]), app.now(), None, None, None, decode_json(LeadSnapshot, row["after"])
        )
        seen = {who.member_id for who in world.everybody if presence(EVERYTHING, who, read)}
        assert bool(seen) == (read.lead_id == lead)


async def test_kinds_of_a_later_release_are_read_as_the_nearest_known_ones(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    await update_note(app, world.rep, await add_lead_note(app, world.rep, lead, "Called."), "Called twice.")
    await an_opportunity(app, world.rep, await an_account(app, world.rep))
    for row in await app.database.writing.fetch("SELECT id, details FROM event WHERE details IS NOT NULL"):
        details = json.loads(row["details"])
        later = details.get("opportunity", details)
        later["kind"], later["priority"] = "RETURNED", 1
        if "after" in later:
            later["after"]["probability"] = 0.5
        await app.database.writing.execute("UPDATE event SET details = ? WHERE id = ?", json.dumps(details), row["id"])
    kinds = [logged.event.kind for logged in await read_after(app, BEGINNING)]
    assert kinds == ["CREATED", "NOTE_ADDED", "NOTE_ADDED", OpportunityEventKind.CHANGED]
