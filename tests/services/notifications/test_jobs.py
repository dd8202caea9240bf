"""Reminders, finished imports, leads that expire, and the deletion of old notifications."""

from datetime import timedelta
from uuid import UUID

from gql_leads.domain.commands import Assignee, DealFields
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import assignments, claims, deletion, responses
from gql_leads.services.maintenance import scheduled_jobs
from gql_leads.services.notifications.jobs import delete_old_notifications, notify_import_finished
from tests.audiences import ACME, GLOBEX, Audience, to
from tests.factories import World
from tests.fixtures import Clock, load_viewer, make_accepted_lead, make_lead, make_queue
from tests.services.imports.importing import import_file


async def test_an_informational_lead_expires_without_a_notification(
    app: AppContext, world: World, audience: Audience, clock: Clock
) -> None:
    await make_lead(app, notifies=True, partner=world.acme, requires_response=False)
    await audience.forget()
    clock.advance(days=15)
    await scheduled_jobs.run_due_jobs(app)
    assert await audience.kinds() == {}


async def test_a_claim_leaves_the_notification_to_the_partner_that_sees_the_lead(app: AppContext, world: World, audience: Audience) -> None:
    lead = await make_lead(app, notifies=True, queue=await make_queue(app, open_to=[world.acme, world.globex]))
    gone = await make_lead(app, notifies=True)
    await assignments.assign_lead(app, world.channel, gone, Assignee(queue_id=await make_queue(app, open_to=[world.globex])))
    in_both = {name: ["NEW_LEAD", "NEW_LEAD"] for name in GLOBEX}
    # Moved to another queue, the second lead has one notification there.
    assert await audience.kinds() == to("NEW_LEAD", *ACME) | in_both
    await claims.claim_lead(app, await load_viewer(app, world.rival), lead)
    assert await audience.kinds() == in_both
    await delete_old_notifications(app)
    assert await audience.kinds() == in_both
    kept = await app.database.writing.fetch("SELECT lead_id, audience_id FROM notification ORDER BY number")
    assert [str(row["audience_id"]) for row in kept if str(row["lead_id"]) == str(lead)] == [str(world.globex)]
    assert len(kept) == 2


async def test_a_finished_import_is_reported_to_the_member_who_started_it(app: AppContext, world: World, audience: Audience) -> None:
    async with app.unit_of_work(None) as uow:
        notify_import_finished(uow, UUID(int=7), world.referrals.member_id)
    assert await audience.kinds() == to("IMPORT_FINISHED", "referrals")
    found = await audience.first("referrals")
    assert (found["lead"], found["isRecommendedAction"], found["title"]) == (None, False, "Import finished")


async def test_the_holder_is_reminded_once_of_each_time_of_expiry(app: AppContext, world: World, audience: Audience, clock: Clock) -> None:
    owned = await make_lead(app, notifies=True, partner=world.acme)
    await assignments.assign_lead(app, world.referrals, owned, Assignee(member_id=world.rep.member_id))
    queued = await make_lead(app, notifies=True, queue=await make_queue(app, open_to=[world.globex]))
    await make_lead(app, notifies=True, partner=world.acme, requires_response=False)
    await make_accepted_lead(app, world.rep)
    await audience.forget()
    clock.advance(days=10, hours=23)
    await scheduled_jobs.run_due_jobs(app)
    assert await audience.kinds() == {}
    clock.advance(hours=1)
    for _ in range(2):
        await scheduled_jobs.run_due_jobs(app)
        assert await audience.kinds() == to("RESPONSE_DUE", "rep", *GLOBEX)
    found = await audience.first("rep")
    until = (clock() + timedelta(days=3)).strftime("%Y-%m-%d %H:%M")
    assert found["isRecommendedAction"]
    assert found["body"].endswith(f"Accept or decline it by {until} (UTC).")
    # The clock restarts: the reminder follows it, and the older one stays in the list of those who see the lead.
    await claims.claim_lead(app, await load_viewer(app, world.rival), queued)
    await claims.release_lead(app, world.rival, queued)
    await responses.accept_lead(app, world.rep, owned, DealFields())
    assert not (await audience.first("rep"))["isRecommendedAction"]
    await audience.forget()
    clock.advance(days=10)
    await scheduled_jobs.run_due_jobs(app)
    assert await audience.kinds() == {}
    clock.advance(days=1)
    await scheduled_jobs.run_due_jobs(app)
    assert await audience.kinds() == to("RESPONSE_DUE", *GLOBEX)


async def test_the_partner_is_reminded_of_a_lead_whose_owner_is_inactive(
    app: AppContext, world: World, audience: Audience, clock: Clock
) -> None:
    await make_lead(app, notifies=True, partner=world.acme, owner_id=world.rep.member_id)
    await app.database.writing.execute("UPDATE member SET is_active = ? WHERE id = ?", False, world.rep.member_id)
    await audience.forget()
    clock.advance(days=12)
    await scheduled_jobs.run_due_jobs(app)
    await app.database.writing.execute("UPDATE member SET is_active = ? WHERE id = ?", True, world.rep.member_id)
    assert await audience.kinds() == to("RESPONSE_DUE", *ACME)


async def test_a_purge_removes_the_notifications_of_a_lead(app: AppContext, world: World, audience: Audience, clock: Clock) -> None:
    await deletion.delete_lead(app, world.referrals, await make_lead(app, notifies=True, partner=world.acme))
    clock.advance(days=31)
    await scheduled_jobs.purge_leads(app)
    assert await app.database.writing.fetch("SELECT id FROM notification") == []


async def test_old_notifications_and_marks_are_deleted(app: AppContext, world: World, audience: Audience, clock: Clock) -> None:
    await make_lead(app, notifies=True, partner=world.acme)
    page = await audience.list("rep")
    await audience.mark("rep", notificationIds=[page["nodes"][0]["id"]])
    await audience.mark("rep", until=page["eventCursor"])
    clock.advance(days=80)
    await make_lead(app, notifies=True, partner=world.acme)
    clock.advance(days=11)
    await scheduled_jobs.delete_old_records(app)
    assert (await audience.list("rep"))["totalCount"] == 1
    for table in ("notification_mark", "notification_read"):
        assert await app.database.writing.fetch(f"SELECT id FROM {table}") == []


async def test_an_import_for_ones_own_partner_is_reported_once_and_one_of_the_vendor_to_each_partner(
    app: AppContext, world: World, audience: Audience
) -> None:
    rows = "LastName,Email\r\nBosu,a@contoso.example\r\nNoor,b@contoso.example\r\n,\r\n"
    await import_file(app, world.referrals, rows)
    assert await audience.kinds() == to("IMPORT_FINISHED", "referrals")
    found = await audience.first("referrals")
    assert (found["title"], found["body"]) == (
        "Import finished: leads.csv",
        "leads.csv. Created: 2, updated: 0, rejected: 0.",
    )
    await audience.forget()
    await import_file(app, world.admin, rows.replace("contoso", "fabrikam"))
    expected = {name: ["NEW_LEAD", "NEW_LEAD"] for name in ACME | GLOBEX}
    assert await audience.kinds() == expected | to("IMPORT_FINISHED", "admin")
    await import_file(app, world.referrals, "Nothing known\r\nof it\r\n")
    assert (await audience.first("referrals"))["kind"] == "IMPORT_FINISHED"
