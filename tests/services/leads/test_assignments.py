from datetime import timedelta
from itertools import product
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.commands import Assignee
from gql_leads.domain.errors import InvalidTransition, NotFound, NotPermitted
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.filters import EVERYTHING, presence
from gql_leads.domain.leads.lead import LeadStatus
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import claims, updates
from gql_leads.services.leads import notes as notes_module
from gql_leads.services.leads.assignments import assign_lead
from gql_leads.store.leads import notes_and_activities, timeline
from gql_leads.store.sql.pagination import Window
from gql_leads.store.sql.projection import Projection
from tests.factories import World
from tests.fixtures import (  # fmt: skip
    REP,
    Clock,
    claim_counters,
    dump_tables,
    enter_lead,
    lead_events,
    load_lead,
    load_viewer,
    make_accepted_lead,
    make_lead,
    make_member,
    make_partner,
    make_queue,
    timeline_kinds,
)


async def test_a_received_lead_is_assigned_to_a_partner_a_member_or_a_queue_and_its_clock_restarts(
    app: AppContext, world: World, clock: Clock
) -> None:
    queue = await make_queue(app)
    lead = await make_lead(app)
    rival = world.rival.member_id
    steps = [
        (Assignee(partner_id=world.acme), world.acme, None, None),
        (Assignee(member_id=rival), world.globex, rival, None),
        (Assignee(queue_id=queue), None, None, queue),
        (Assignee(queue_id=world.general), None, None, world.general),
        (Assignee(member_id=rival), world.globex, rival, None),
        (Assignee(partner_id=world.acme), world.acme, None, None),
    ]
    for number, (to, partner, owner, waits) in enumerate(steps, 2):
        clock.advance(days=1)
        await assign_lead(app, world.channel, lead, to)
        found = await load_lead(app, lead)
        assert (found.partner_id, found.owner_id, found.queue_id, found.version) == (partner, owner, waits, number)
        assert found.expires_at == app.now() + timedelta(days=14)
        in_use, there = await claim_counters(app)
        assert in_use == there
    assert await timeline_kinds(app, lead) == ["CREATED"] + ["ASSIGNED"] * len(steps)


async def test_the_next_partner_does_not_learn_the_recipients_address(app: AppContext, world: World) -> None:
    elsewhere = (Assignee(partner_id=world.globex), Assignee(member_id=world.rival.member_id), Assignee(queue_id=world.general))
    for to in (Assignee(member_id=world.colleague.member_id), *elsewhere):
        lead = await make_lead(app, partner=world.acme, recipient_email="rep@acme.example")
        await assign_lead(app, world.channel, lead, to)
        assert (await load_lead(app, lead)).recipient_email == (None if to in elsewhere else "rep@acme.example")


async def test_an_assignment_within_the_partner_keeps_clock_and_claim(app: AppContext, world: World, clock: Clock) -> None:
    lead = (await claims.claim_lead(app, world.rep, await make_lead(app))).lead_id
    ends = (await load_lead(app, lead)).expires_at
    clock.advance(days=2)
    await assign_lead(app, world.referrals, lead, Assignee(member_id=world.colleague.member_id))
    await assign_lead(app, world.referrals, lead, Assignee(partner_id=world.acme))
    found = await load_lead(app, lead)
    assert (found.owner_id, found.expires_at, found.claimed_at is None) == (None, ends, False)
    await claims.release_lead(app, world.referrals, lead)


async def test_assigning_a_lead_to_its_holder_changes_nothing(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme, owner_id=world.rep.member_id)
    waiting = await make_lead(app)
    before = await dump_tables(app)
    await assign_lead(app, world.channel, lead, Assignee(member_id=world.rep.member_id))
    await assign_lead(app, world.channel, waiting, Assignee(queue_id=world.general))
    assert await dump_tables(app) == before


async def test_a_lead_entered_by_a_partner_never_gets_a_clock(app: AppContext, world: World) -> None:
    lead = await enter_lead(app, world.rep)
    await assign_lead(app, world.channel, lead, Assignee(partner_id=world.globex))
    assert (await load_lead(app, lead)).expires_at is None


async def test_an_accepted_lead_is_assigned_only_to_another_member_of_its_partner(app: AppContext, world: World) -> None:
    lead = await make_accepted_lead(app, world.rep)
    for to in (
        Assignee(partner_id=world.globex), Assignee(partner_id=world.acme), Assignee(queue_id=world.general),
        Assignee(member_id=world.rival.member_id),
    ):  # fmt: skip
        before = await dump_tables(app)
        with pytest.raises(InvalidTransition):
            await assign_lead(app, world.channel, lead, to)
        assert await dump_tables(app) == before
    await assign_lead(app, world.referrals, lead, Assignee(member_id=world.colleague.member_id))
    assert (await load_lead(app, lead)).owner_id == world.colleague.member_id


async def test_a_partners_admin_assigns_within_the_partner_only(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    for to in (Assignee(partner_id=world.globex), Assignee(queue_id=world.general)):
        with pytest.raises(NotPermitted):
            await assign_lead(app, world.referrals, lead, to)
    with pytest.raises(NotFound):
        await assign_lead(app, world.referrals, lead, Assignee(member_id=world.rival.member_id))


async def test_inactive_members_and_members_of_the_vendor_are_not_found(app: AppContext, world: World) -> None:
    lead = await make_lead(app)
    gone = await make_partner(app, is_active=False)
    left = await make_member(app, world.acme, REP)
    await app.database.writing.execute("UPDATE member SET is_active = FALSE WHERE id = ?", left.member_id)
    closed = await make_queue(app, open_to=[world.globex])
    mine = await make_lead(app, partner=world.acme)
    before = await dump_tables(app)
    for to, field in (
        (Assignee(partner_id=gone), "partnerId"), (Assignee(partner_id=uuid7()), "partnerId"), (Assignee(queue_id=uuid7()), "queueId"),
        (Assignee(member_id=left.member_id), "memberId"), (Assignee(member_id=world.seller.member_id), "memberId"),
    ):  # fmt: skip
        with pytest.raises(NotFound) as refused:
            await assign_lead(app, world.channel, lead, to)
        assert refused.value.field == ("to", field)
    with pytest.raises(NotFound):
        await assign_lead(app, await load_viewer(app, world.referrals), mine, Assignee(queue_id=closed))
    assert await dump_tables(app) == before


async def told(app: AppContext, *who: Viewer) -> list[list[str]]:
    """Return the event kinds that each viewer receives of the assignments, in order."""
    assigned = [event for event in await lead_events(app) if event.kind is TimelineKind.ASSIGNED]
    return [[str(found) for event in assigned if (found := presence(EVERYTHING, one, event))] for one in who]


async def test_old_and_new_holder_get_the_event_of_every_assignment(app: AppContext, world: World) -> None:
    for_globex = await make_queue(app, open_to=[world.globex])
    rep, rival = await load_viewer(app, world.rep), await load_viewer(app, world.rival)
    lead = await make_lead(app, partner=world.acme)
    moves = [
        # The assignee, the assigning member, and the event kinds that Acme, Globex and the vendor receive.
        (Assignee(member_id=world.colleague.member_id), world.referrals, "CHANGED", None, "CHANGED"),
        (Assignee(partner_id=world.globex), world.channel, "LEFT", "ENTERED", "CHANGED"),
        (Assignee(queue_id=for_globex), world.admin, None, "CHANGED", "CHANGED"),
        (Assignee(queue_id=world.general), world.admin, "ENTERED", "CHANGED", "CHANGED"),
        (Assignee(member_id=world.rep.member_id), world.channel, "CHANGED", "LEFT", "CHANGED"),
        (Assignee(queue_id=for_globex), world.channel, "LEFT", "ENTERED", "CHANGED"),
    ]
    for to, by, *_ in moves:
        await assign_lead(app, by, lead, to)
    expected = [[move[at] for move in moves if move[at]] for at in (2, 3, 4)]
    assert await told(app, rep, rival, world.admin) == expected
    assert await told(app, world.seller) == [[]]


async def test_history_stays_with_the_partner_it_was_made_at(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme)
    await notes_module.add_lead_note(app, world.rep, lead, "Acme's")
    await updates.update_lead_status(app, world.rep, lead, LeadStatus.CONTACTED)
    await assign_lead(app, world.channel, lead, Assignee(partner_id=world.globex))
    await notes_module.add_lead_note(app, world.rival, lead, "Globex's")
    seen = {who.member_id: await history_of(app, who, lead) for who in (world.rep, world.rival, world.channel)}
    assert seen == {
        world.rep.member_id: ([], []),
        world.rival.member_id: (["Globex's"], ["NOTE_ADDED", "ASSIGNED", "CREATED"]),
        world.channel.member_id: (["Globex's", "Acme's"], ["NOTE_ADDED", "ASSIGNED", "STATUS_CHANGED", "NOTE_ADDED", "CREATED"]),
    }
    await assign_lead(app, world.channel, lead, Assignee(partner_id=world.acme))
    notes, kinds = await history_of(app, world.rep, lead)
    assert (notes, kinds) == (["Acme's"], ["ASSIGNED", "STATUS_CHANGED", "NOTE_ADDED", "CREATED"])


async def history_of(app: AppContext, who: Viewer, lead: UUID) -> tuple[list[str], list[str]]:
    """Return the visible notes and timeline entries, newest first."""
    connection, page = app.database.reading, Window(20)
    notes = (await notes_and_activities.pages(connection, who, notes_and_activities.NOTES, Projection(frozenset({"body"})), page, [lead]))[
        lead
    ].rows
    entries = (await timeline.pages(connection, who, page, [lead]))[lead].rows
    return [row["body"] for row in notes], [row["kind"] for row in entries]


async def test_assignments_are_allowed_by_role_and_target(app: AppContext, world: World) -> None:
    everywhere = {"colleague", "own partner", "rival", "rival's partner", "queue"}
    may = {world.channel.member_id: everywhere, world.admin.member_id: everywhere, world.referrals.member_id: {"colleague", "own partner"}}
    to = {
        "colleague": Assignee(member_id=world.colleague.member_id), "own partner": Assignee(partner_id=world.acme),
        "rival": Assignee(member_id=world.rival.member_id), "rival's partner": Assignee(partner_id=world.globex),
        "queue": Assignee(queue_id=world.general),
    }  # fmt: skip
    for who, (name, assignee) in product(world.everybody, to.items()):
        lead = await make_lead(app, partner=world.acme)
        if name in may.get(who.member_id, ()):
            assert await assign_lead(app, who, lead, assignee) == lead
            continue
        before = await dump_tables(app)
        with pytest.raises((NotFound, NotPermitted)) as refused:
            await assign_lead(app, who, lead, assignee)
        # A partner's admin cannot see the rival's member; other roles of the partner are not permitted; other partners cannot see the lead.
        out_of_sight = who in (world.rival, world.rival_admin, world.seller) or (name == "rival" and who.partner_id == world.acme)
        assert isinstance(refused.value, NotFound) == out_of_sight, (name, who.roles)
        assert await dump_tables(app) == before


async def test_only_the_vendor_assigns_a_queued_lead(app: AppContext, world: World) -> None:
    for who in world.everybody:
        lead = await make_lead(app)
        if who.sees_everything:
            await assign_lead(app, who, lead, Assignee(partner_id=world.acme))
            continue
        with pytest.raises(NotFound if who == world.seller else NotPermitted):
            await assign_lead(app, who, lead, Assignee(partner_id=who.partner_id or world.acme))
