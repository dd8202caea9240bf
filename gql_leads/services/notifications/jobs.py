"""Notifications that are written without a request of their audience, and the deletion of old ones."""

from uuid import UUID

from gql_leads.domain.outbox.notifications import KEPT_FOR, Notice, NotificationKind, reminder_of
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.bulk import BATCH
from gql_leads.store.maintenance import scheduled_jobs
from gql_leads.store.outbox import notifications
from gql_leads.store.unit_of_work import UnitOfWork


def notify_import_finished(uow: UnitOfWork, import_id: UUID, member_id: UUID) -> None:
    """Notify the member who started an import that it has finished, in a unit of work of the service."""
    uow.notify(Notice(NotificationKind.IMPORT_FINISHED, member_id), import_id=import_id)


async def remind_of_responses(app: AppContext) -> bool:
    """Notify the holders of a batch of leads that these expire soon; return whether there were any.

    Each lead is reminded of once for each time of expiry: a clock that restarts is reminded of again.
    """
    async with app.unit_of_work(None) as uow:
        due = [locked.lead for locked in await scheduled_jobs.lock_to_remind(uow, BATCH)]
        if due:
            active = await uow.are_active([lead.owner_id for lead in due if lead.owner_id is not None])
            for lead in due:
                uow.notify(reminder_of(lead, has_active_owner=lead.owner_id in active), lead_id=lead.id)
            await scheduled_jobs.record_reminders(uow, [lead.id for lead in due])
    return bool(due)


async def delete_old_notifications(app: AppContext) -> None:
    """Delete old notifications, and those that wait for partners that can no longer see the lead."""
    async with app.database.transaction() as connection:
        await notifications.leave_queues(connection)
        await notifications.delete_older(connection, app.now() - KEPT_FOR)
