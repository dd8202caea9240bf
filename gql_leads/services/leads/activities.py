"""Activities on a lead: completed calls, mails and meetings, and tasks that are due."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain.activities import NewActivity
from gql_leads.domain.errors import NotFound
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.validation import Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.idempotency import check_key, request_hash
from gql_leads.services.preconditions import lock_for_action, require
from gql_leads.store import activities, idempotency

LONGEST_SUBJECT = 200
LONGEST_BODY = 10_000


async def log_lead_activity(app: AppContext, viewer: Viewer, lead_id: UUID, new: NewActivity, idempotency_key: str | None = None) -> UUID:
    """Log a completed or planned activity, owned by the viewer, and return its id."""
    clean = check_activity(new, idempotency_key, app.now())
    request = request_hash("logLeadActivity", lead_id, clean)
    async with app.unit_of_work(viewer) as uow:
        # Look the key up before the lead: a repetition returns its result even if the action is not allowed any more.
        if (existing := await idempotency.lookup(uow, idempotency_key, request)) is not None:
            return existing
        lead = await lock_for_action(uow, lead_id, LeadAction.LOG_ACTIVITY)
        if (existing := await idempotency.reserve(uow, idempotency_key, request)) is not None:
            return existing
        activity_id = uuid7()
        await activities.insert(uow, activity_id, lead, clean)
        await uow.save(lead, lead, TimelineKind.ACTIVITY_LOGGED, activity_id=activity_id)
        await idempotency.store_result(uow, idempotency_key, activity_id)
    return activity_id


def check_activity(new: NewActivity, idempotency_key: str | None, now: datetime) -> NewActivity:
    """Return the activity with clean texts; raise Invalid for faulty ones and for a completion later than `now`."""
    validator = Validator()
    subject = validator.required_text(new.subject, "subject", most=LONGEST_SUBJECT)
    body = validator.text(new.body, "body", most=LONGEST_BODY, lines=True)
    if new.completed_at is not None and new.completed_at > now:
        validator.add_error(
            "Give a time that is past: an activity is not completed in the future. Set dueAt for a planned one.", "completedAt"
        )
    check_key(validator, idempotency_key)
    validator.raise_if_invalid()
    return replace(new, subject=subject, body=body)


async def complete_activity(app: AppContext, viewer: Viewer, activity_id: UUID) -> UUID:
    """Complete an activity now and return its lead's id; a completed one stays unchanged."""
    async with app.unit_of_work(viewer) as uow:
        locked = await uow.lock_first(activities.lead_of(viewer, activity_id))
        if locked is None:
            raise NotFound(field=("activityId",))
        require(uow, locked, LeadAction.LOG_ACTIVITY)
        if await activities.complete(uow, activity_id):
            await uow.save(locked.lead, locked.lead, TimelineKind.ACTIVITY_COMPLETED, activity_id=activity_id)
    return locked.lead.id
