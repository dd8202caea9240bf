"""Every change of a lead notifies the members whom it concerns, and no others."""

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

import pytest

from gql_leads.domain.commands import Assignee, DealFields, LeadFields, SaveQueue
from gql_leads.domain.leads.lead import CloseReason, LeadStatus
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import assignments, claims, deletion, erasure, notes, responses, updates
from gql_leads.services.leads.referrals import refer_lead
from gql_leads.services.maintenance import scheduled_jobs
from gql_leads.services.notes import add_opportunity_note
from gql_leads.services.queues import save_queue
from tests.audiences import ACME, GLOBEX, Audience, referral, to
from tests.factories import World
from tests.fixtures import Clock, enter_lead, load_viewer, make_lead, make_queue
from tests.services.customers import an_account, an_opportunity

Arrival = Callable[[AppContext, World], Awaitable[object]]
ARRIVALS: Final[dict[str, tuple[Arrival, dict[str, list[str]]]]] = {
    "routed to a partner": (lambda app, world: make_lead(app, notifies=True, partner=world.acme), to("NEW_LEAD", *ACME)),
    "in a queue": (lambda app, world: make_lead(app, notifies=True), to("NEW_LEAD", *ACME, *GLOBEX)),
    "entered by the vendor": (lambda app, world: enter_lead(app, world.channel), to("NEW_LEAD", *ACME, *GLOBEX)),
    "entered by a member": (lambda app, world: enter_lead(app, world.rep), to("NEW_LEAD", *(ACME - {"rep"}))),
    "hot": (
        lambda app, world: make_lead(app, notifies=True, partner=world.globex, contact_requested_at=app.now()),
        to("HOT_LEAD", *GLOBEX),
    ),
    "referred by a seller": (lambda app, world: refer_lead(app, world.seller, referral(world.acme)), to("NEW_LEAD", *ACME)),
    "referred by a partner": (
        lambda app, world: refer_lead(app, world.referrals, referral(world.globex, contact_requested=True)),
        to("HOT_LEAD", *GLOBEX),
    ),
}


@pytest.mark.parametrize("name", ARRIVALS)
async def test_a_lead_that_arrives_is_new_to_those_who_may_work_it(app: AppContext, world: World, audience: Audience, name: str) -> None:
    arrive, expected = ARRIVALS[name]
    await arrive(app, world)
    assert await audience.kinds() == expected


async def test_a_queue_that_names_partners_notifies_these_alone(app: AppContext, world: World, audience: Audience) -> None:
    await make_lead(app, notifies=True, queue=await make_queue(app, open_to=[world.globex]))
    assert await audience.kinds() == to("NEW_LEAD", *GLOBEX)


Step = Callable[[AppContext, World, UUID], Awaitable[object]]
STEPS: Final[dict[str, tuple[Step, dict[str, list[str]]]]] = {
    "given to a partner": (
        lambda app, world, lead: assignments.assign_lead(app, world.channel, lead, Assignee(partner_id=world.globex)),
        to("LEAD_ASSIGNED", *GLOBEX),
    ),
    "given to a member elsewhere": (
        lambda app, world, lead: assignments.assign_lead(app, world.channel, lead, Assignee(member_id=world.rival.member_id)),
        to("LEAD_ASSIGNED", "rival"),
    ),
    "given to a colleague": (
        lambda app, world, lead: assignments.assign_lead(app, world.referrals, lead, Assignee(member_id=world.rep.member_id)),
        to("LEAD_ASSIGNED", "rep"),
    ),
    "given to oneself": (
        lambda app, world, lead: assignments.assign_lead(app, world.referrals, lead, Assignee(member_id=world.referrals.member_id)),
        {},
    ),
    "given to its own partner": (
        lambda app, world, lead: assignments.assign_lead(app, world.referrals, lead, Assignee(partner_id=world.acme)),
        {},
    ),
    "given to a queue": (
        lambda app, world, lead: assignments.assign_lead(app, world.channel, lead, Assignee(queue_id=world.general)),
        to("NEW_LEAD", *ACME, *GLOBEX),
    ),
    "declined": (
        lambda app, world, lead: responses.decline_lead(app, world.rep, lead, CloseReason.SPAM),
        to("LEAD_DECLINED", "channel"),
    ),
    "accepted": (lambda app, world, lead: responses.accept_lead(app, world.rep, lead, DealFields()), {}),
    "edited": (lambda app, world, lead: updates.update_lead(app, world.rep, lead, LeadFields(company="New")), {}),
    "followed up": (lambda app, world, lead: updates.update_lead_status(app, world.rep, lead, LeadStatus.CONTACTED), {}),
    "noted": (lambda app, world, lead: notes.add_lead_note(app, world.rep, lead, "Called."), {}),
    "noted with mentions": (
        lambda app, world, lead: notes.add_lead_note(
            app, world.rep, lead, "Look.", mentions=[one.member_id for one in (world.rep, world.colleague, world.admin, world.colleague)]
        ),
        to("MENTION", "colleague", "admin"),
    ),
    "deleted": (lambda app, world, lead: deletion.delete_lead(app, world.referrals, lead), {}),
    "erased": (lambda app, world, lead: erasure.erase_lead_contact(app, world.referrals, lead), {}),
}


@pytest.mark.parametrize("name", STEPS)
async def test_a_change_of_a_lead_notifies_those_whom_it_concerns(app: AppContext, world: World, audience: Audience, name: str) -> None:
    lead = await make_lead(app, notifies=True, partner=world.acme)
    await audience.forget()
    change, expected = STEPS[name]
    await change(app, world, lead)
    assert await audience.kinds() == expected


async def test_a_declined_or_expired_lead_is_reported_to_its_active_sender_alone(
    app: AppContext, world: World, audience: Audience, clock: Clock
) -> None:
    for sender, partner, worker in ((world.seller, world.acme, world.rep), (world.referrals, world.globex, world.rival)):
        name = "seller" if sender is world.seller else "referrals"
        declined = await refer_lead(app, sender, referral(partner))
        await refer_lead(app, sender, referral(partner))
        await audience.forget()
        await responses.decline_lead(app, worker, declined, CloseReason.BUDGET_NOT_ADEQUATE)
        assert await audience.kinds() == to("LEAD_DECLINED", name)
        assert "budget" in (await audience.first(name))["body"]
        clock.advance(days=14)
        await scheduled_jobs.run_due_jobs(app)
        assert await audience.kinds() == {name: ["LEAD_EXPIRED", "LEAD_DECLINED"]}
        await audience.forget()
    declined = await refer_lead(app, world.seller, referral(world.acme))
    await audience.forget()
    await app.database.writing.execute("UPDATE member SET is_active = ? WHERE id = ?", False, world.seller.member_id)
    await responses.decline_lead(app, world.rep, declined, CloseReason.SPAM)
    await app.database.writing.execute("UPDATE member SET is_active = ? WHERE id = ?", True, world.seller.member_id)
    assert await audience.kinds() == to("LEAD_DECLINED", "channel")


async def test_a_release_and_a_restoration_put_a_lead_before_its_queue_again(app: AppContext, world: World, audience: Audience) -> None:
    lead = await make_lead(app, notifies=True)
    await claims.claim_lead(app, world.rep, lead)
    await audience.forget()
    await claims.release_lead(app, world.rep, lead)
    expected = to("NEW_LEAD", *(ACME - {"rep"}), *GLOBEX)
    assert await audience.kinds() == expected
    await deletion.delete_lead(app, world.admin, lead)
    assert await audience.kinds() == {}
    await deletion.restore_lead(app, world.admin, lead)
    assert await audience.kinds() == {name: ["NEW_LEAD", *expected.get(name, [])] for name in ACME | GLOBEX}


async def test_a_partner_admitted_to_a_queue_is_notified_of_what_waits_there_and_the_others_are_not(
    app: AppContext, world: World, audience: Audience
) -> None:
    queue = await make_queue(app, open_to=[world.acme])
    await make_lead(app, notifies=True, queue=queue)
    await make_lead(app, notifies=True, queue=queue, contact_requested_at=app.now())
    await claims.claim_lead(app, await load_viewer(app, world.rep), await make_lead(app, notifies=True, queue=queue))
    await audience.forget()
    await make_lead(app, notifies=True, queue=queue)

    async def open_to(*partners: UUID) -> None:
        await save_queue(app, world.channel, SaveQueue(queue_id=queue, partner_ids=partners))

    await open_to(world.acme, world.globex)
    waiting = sorted(["NEW_LEAD", "HOT_LEAD", "NEW_LEAD"])
    assert {name: sorted(kinds) for name, kinds in (await audience.kinds()).items()} == {
        **to("NEW_LEAD", *ACME),
        **dict.fromkeys(GLOBEX, waiting),
    }
    await open_to(world.acme)
    assert await audience.kinds() == to("NEW_LEAD", *ACME)
    await open_to()
    found = await audience.kinds()
    assert {name: found[name] for name in ACME} == to("NEW_LEAD", *ACME)
    assert {name: sorted(found[name]) for name in GLOBEX} == dict.fromkeys(GLOBEX, waiting)
    await open_to(world.globex)
    assert set(await audience.kinds()) == GLOBEX


async def test_a_mention_in_a_note_of_an_opportunity_names_it_to_those_who_see_it(
    app: AppContext, world: World, audience: Audience
) -> None:
    opportunity = await an_opportunity(app, world.rep, await an_account(app, world.rep))
    await add_opportunity_note(app, world.rep, opportunity, "Look.", mentions=[world.colleague.member_id, world.channel.member_id])
    assert await audience.kinds() == to("MENTION", "colleague", "channel")
    (name,) = await app.database.writing.fetch("SELECT name FROM opportunity")
    found = await audience.first("colleague")
    assert (found["title"], found["body"]) == (
        f"You were mentioned in a note: {name['name']}",
        f"{name['name']}. By Rita Rep.",
    )
    await app.database.writing.execute("UPDATE member SET partner_id = ? WHERE id = ?", world.globex, world.colleague.member_id)
    assert await audience.kinds() == to("MENTION", "channel")
