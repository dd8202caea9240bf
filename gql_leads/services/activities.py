"""Changes of activities on leads: completed, rescheduled, reworded, handed over, reopened and deleted."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from gql_leads.domain.activities import AUDIT, Activity, may_change, require_change
from gql_leads.domain.commands import ActivityFields
from gql_leads.domain.errors import NotFound
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.history import FieldChange
from gql_leads.domain.validation import UNSET, Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.activities import LONGEST_BODY, LONGEST_SUBJECT, check_completion
from gql_leads.services.preconditions import require
from gql_leads.store import activities, directory
from gql_leads.store.unit_of_work import Annotation, LockedLead, UnitOfWork


async def complete_activity(app: AppContext, viewer: Viewer, activity_id: UUID) -> Activity:
    """Complete an activity now and return it; a completed one stays unchanged.

    Its owner and referral admins may always do so, their colleagues as long as they may log activities on the lead.
    """
    async with app.unit_of_work(viewer) as uow:
        locked, activity = await _lock(uow, activity_id)
        if not may_change(viewer, activity):
            require(uow, locked, LeadAction.LOG_ACTIVITY)
        if activity.completed_at is None:
            activity = await _save(uow, locked, activity, replace(activity, completed_at=uow.now))
    return activity


async def update_activity(app: AppContext, viewer: Viewer, activity_id: UUID, wanted: ActivityFields) -> Activity:
    """Change what is given of an activity, and return it; without a completion time it is open again."""
    validator = Validator()
    given = {
        "subject": validator.required_text(wanted.subject, "subject", most=LONGEST_SUBJECT),
        "body": validator.text(wanted.body, "body", most=LONGEST_BODY, lines=True),
        "due_at": wanted.due_at,
        "completed_at": wanted.completed_at,
        "owner_id": validator.required(wanted.owner_id, "ownerId"),
    }
    check_completion(validator, wanted.completed_at, app.now())
    validator.raise_if_invalid()
    async with app.unit_of_work(viewer) as uow:
        locked, activity = await _lock(uow, activity_id)
        after = replace(activity, **{name: value for name, value in given.items() if value is not UNSET})  # type: ignore[arg-type]
        if after.owner_id != activity.owner_id and not await directory.is_active_member(
            uow.connection, after.owner_id, activity.partner_id
        ):
            raise NotFound(field=("ownerId",))
        require_change(viewer, activity)
        if after != activity:
            after = await _save(uow, locked, activity, after)
    return after


async def delete_activity(app: AppContext, viewer: Viewer, activity_id: UUID) -> None:
    """Delete an activity; the history keeps what it was."""
    async with app.unit_of_work(viewer) as uow:
        locked, activity = await _lock(uow, activity_id)
        require_change(viewer, activity)
        await activities.delete(uow.connection, activity_id)
        await _record(uow, locked, activity, TimelineKind.ACTIVITY_DELETED, AUDIT.removal(activity))


async def _lock(uow: UnitOfWork, activity_id: UUID) -> tuple[LockedLead, Activity]:
    """Lock the activity's lead and return both; raise NotFound if the viewer may not read the activity."""
    locked = await uow.lock_first(activities.lead_of(uow.actor, activity_id))
    activity = None if locked is None else await activities.record(uow.connection, activity_id)
    if locked is None or activity is None:
        raise NotFound(field=("activityId",))
    return locked, activity


async def _save(uow: UnitOfWork, locked: LockedLead, before: Activity, after: Activity) -> Activity:
    """Write a changed activity with its history entry and event, and return it as stored."""
    after = replace(after, updated_at=uow.now)
    is_completion = before.completed_at is None and after.completed_at is not None
    kind = TimelineKind.ACTIVITY_COMPLETED if is_completion else TimelineKind.ACTIVITY_CHANGED
    await activities.update(uow.connection, before, after)
    await _record(uow, locked, after, kind, AUDIT.changes(before, after))
    return after


async def _record(uow: UnitOfWork, locked: LockedLead, activity: Activity, kind: TimelineKind, changes: Sequence[FieldChange]) -> None:
    annotation = Annotation(activity.partner_id, activity_id=activity.id)
    await uow.save(locked.lead, locked.lead, kind, annotation=annotation, extra_changes=changes)
