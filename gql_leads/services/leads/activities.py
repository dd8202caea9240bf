"""New activities on a lead: completed calls, mails and meetings, and tasks that are due."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain.activities import Activity, NewActivity
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.values.validation import Unset, Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.idempotency import check_key, request_hash
from gql_leads.services.preconditions import lock_for_action
from gql_leads.store import activities, idempotency
from gql_leads.store.sql.rows import attributes_of
from gql_leads.store.unit_of_work import Annotation

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
        activity = Activity(
            id=uuid7(), lead_id=lead.id, partner_id=lead.partner_id, owner_id=viewer.member_id, created_at=uow.now, **attributes_of(clean)
        )
        await activities.insert(uow.connection, activity)
        annotation = Annotation(activity.partner_id, activity_id=activity.id)
        await uow.save(lead, lead, TimelineKind.ACTIVITY_LOGGED, annotation=annotation)
        await idempotency.store_result(uow, idempotency_key, activity.id)
    return activity.id


def check_activity(new: NewActivity, idempotency_key: str | None, now: datetime) -> NewActivity:
    """Return the activity with clean texts; raise Invalid for faulty ones and for a completion later than `now`."""
    validator = Validator()
    subject = validator.required_text(new.subject, "subject", most=LONGEST_SUBJECT)
    body = validator.text(new.body, "body", most=LONGEST_BODY, lines=True)
    check_completion(validator, new.completed_at, now)
    check_key(validator, idempotency_key)
    validator.raise_if_invalid()
    return replace(new, subject=subject, body=body)


def check_completion(validator: Validator, completed_at: datetime | Unset | None, now: datetime) -> None:
    """Add an error for a completion in the future."""
    if isinstance(completed_at, datetime) and completed_at > now:
        validator.add_error(
            "Give a time that is past: an activity is not completed in the future. Set dueAt for a planned one.", "completedAt"
        )
