"""Scheduled jobs: changes that become due without a request.

Each takes due rows in batches under lock, so several servers share the work and each row is done once.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.lead import LeadOutcome
from gql_leads.domain.leads.transitions import archived
from gql_leads.services.app_context import AppContext
from gql_leads.services.intake.submissions import REPEATED_WITHIN
from gql_leads.services.leads.bulk import BATCH, batch_size
from gql_leads.services.maintenance.denormalization import update_listing_copies
from gql_leads.services.notifications.jobs import delete_old_notifications, remind_of_responses
from gql_leads.services.partners import release_claims_of_inactive_partners
from gql_leads.services.sign_in.links import answer_reset_requests
from gql_leads.services.sign_in.sessions import delete_ended
from gql_leads.store import idempotency
from gql_leads.store.events import event_log
from gql_leads.store.intake import submissions
from gql_leads.store.maintenance import retention, scheduled_jobs
from gql_leads.store.outbox import mails
from gql_leads.store.search import search_purge

KEEP_MAILS: Final = timedelta(days=30)
"""Time for which sent mails are kept; they hold ids and no text."""


async def expire_leads(app: AppContext) -> bool:
    """Archive a batch of leads that nobody answered in time; return whether there were any."""
    async with app.unit_of_work(None) as uow:
        due = await scheduled_jobs.lock_unanswered(uow, batch_size(uow))
        for locked in due:
            expired = archived(locked.lead, LeadOutcome.EXPIRED, uow.now)
            await uow.save(locked.lead, expired, TimelineKind.EXPIRED)
    return bool(due)


async def mark_leads_overdue(app: AppContext) -> bool:
    """Record for a batch of hot leads that they became overdue; return whether there were any."""
    async with app.unit_of_work(None) as uow:
        due = await scheduled_jobs.lock_overdue(uow, batch_size(uow))
        for locked in due:
            await uow.save(locked.lead, replace(locked.lead, overdue_at=None), TimelineKind.CONTACT_OVERDUE)
    return bool(due)


async def purge_leads(app: AppContext) -> bool:
    """Remove the contents of leads deleted long ago, except figures; return whether there were any."""
    async with app.unit_of_work(None) as uow:
        return await retention.purge(uow, BATCH)


async def purge_search_index(app: AppContext) -> bool:
    """Remove a batch of erased or purged texts from the search index; return whether there were any."""
    async with app.database.transaction() as connection:
        return await search_purge.forget(connection)


async def delete_old_records(app: AppContext) -> None:
    """Delete events, keys, tokens, links, notifications and other records that are past their retention."""
    async with app.database.transaction() as connection:
        await event_log.trim(connection, app.now() - app.rules.keep_events)
        await idempotency.delete_older(connection, app.now() - app.rules.keep_idempotency)
        await mails.delete_older(connection, app.now() - KEEP_MAILS)
        await submissions.delete_older(connection, app.now() - REPEATED_WITHIN)
    await delete_ended(app)
    await delete_old_notifications(app)


JOBS: tuple[Callable[[AppContext], Awaitable[bool]], ...] = (
    mark_leads_overdue,
    expire_leads,
    remind_of_responses,
    release_claims_of_inactive_partners,
    purge_leads,
    update_listing_copies,
    answer_reset_requests,
    purge_search_index,
)


async def run_due_jobs(app: AppContext) -> None:
    """Run every job until nothing is due."""
    for job in JOBS:
        while await job(app):
            pass
