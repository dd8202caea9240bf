"""New activities on opportunities, and changes of activities of leads and opportunities."""

from dataclasses import replace
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain.activities import AUDIT, Activity, NewActivity, may_change, require_change
from gql_leads.domain.commands import ActivityFields
from gql_leads.domain.errors import NotFound
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.opportunities.records import Opportunity
from gql_leads.domain.values.validation import UNSET, Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.annotations import Parent, lock_parent, record_change
from gql_leads.services.app_context import AppContext
from gql_leads.services.idempotency import request_hash
from gql_leads.services.leads.activities import LONGEST_BODY, LONGEST_SUBJECT, check_activity, check_completion
from gql_leads.services.opportunities import lock_opportunity, require_partner
from gql_leads.services.preconditions import require
from gql_leads.store import activities, idempotency
from gql_leads.store.organization import directory
from gql_leads.store.sql.rows import attributes_of
from gql_leads.store.unit_of_work import Annotation, UnitOfWork


async def complete_activity(app: AppContext, viewer: Viewer, activity_id: UUID) -> Activity:
    """Complete an activity now and return it; a completed one stays unchanged.

    Its owner and referral admins may always do so, their colleagues as long as they may log activities on the lead.
    """
    async with app.unit_of_work(viewer) as uow:
        parent, activity = await _lock(uow, activity_id)
        if isinstance(parent, Opportunity):
            require_partner(viewer)
        elif not may_change(viewer, activity):
            require(uow, parent, LeadAction.LOG_ACTIVITY)
        if activity.completed_at is None:
            activity = await _save(uow, parent, activity, replace(activity, completed_at=uow.now))
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
        parent, activity = await _lock(uow, activity_id)
        after = replace(activity, **{name: value for name, value in given.items() if value is not UNSET})  # type: ignore[arg-type]
        if after.owner_id != activity.owner_id and not await directory.is_active_member(
            uow.connection, after.owner_id, activity.partner_id
        ):
            raise NotFound(field=("ownerId",))
        require_change(viewer, activity)
        if after != activity:
            after = await _save(uow, parent, activity, after)
    return after


async def delete_activity(app: AppContext, viewer: Viewer, activity_id: UUID) -> None:
    """Delete an activity; the history keeps what it was."""
    async with app.unit_of_work(viewer) as uow:
        parent, activity = await _lock(uow, activity_id)
        require_change(viewer, activity)
        await activities.delete(uow.connection, activity_id)
        await record_change(uow, parent, TimelineKind.ACTIVITY_DELETED, _annotation(activity), AUDIT.removal(activity))


async def log_opportunity_activity(
    app: AppContext, viewer: Viewer, opportunity_id: UUID, new: NewActivity, idempotency_key: str | None = None
) -> UUID:
    """Log a completed or planned activity on an opportunity, open or closed, and return its id; the viewer owns it."""
    clean = check_activity(new, idempotency_key, app.now())
    request = request_hash("logOpportunityActivity", opportunity_id, clean)
    async with app.unit_of_work(viewer) as uow:
        if (existing := await idempotency.lookup(uow, idempotency_key, request)) is not None:
            return existing
        opportunity = await lock_opportunity(uow, opportunity_id, "opportunityId")
        require_partner(viewer)
        if (existing := await idempotency.reserve(uow, idempotency_key, request)) is not None:
            return existing
        activity = Activity(
            id=uuid7(), opportunity_id=opportunity.id, partner_id=opportunity.partner_id, owner_id=viewer.member_id, created_at=uow.now,
            **attributes_of(clean),
        )  # fmt: skip
        await activities.insert(uow.connection, activity)
        await record_change(uow, opportunity, TimelineKind.ACTIVITY_LOGGED, _annotation(activity))
        await idempotency.store_result(uow, idempotency_key, activity.id)
    return activity.id


async def _lock(uow: UnitOfWork, activity_id: UUID) -> tuple[Parent, Activity]:
    """Lock the activity's lead or opportunity and return both; raise NotFound if the viewer may not read it."""
    found = await activities.record(uow.connection, activity_id)
    if found is None:
        raise NotFound(field=("activityId",))
    parent = await lock_parent(uow, _annotation(found), found.opportunity_id, "activityId")
    activity = await activities.record(uow.connection, activity_id)
    if activity is None:  # deleted while this waited for the lock
        raise NotFound(field=("activityId",))
    return parent, activity


async def _save(uow: UnitOfWork, parent: Parent, before: Activity, after: Activity) -> Activity:
    """Write a changed activity with its history entry and event, and return it as stored."""
    after = replace(after, updated_at=uow.now)
    is_completion = before.completed_at is None and after.completed_at is not None
    kind = TimelineKind.ACTIVITY_COMPLETED if is_completion else TimelineKind.ACTIVITY_CHANGED
    await activities.update(uow.connection, before, after)
    await record_change(uow, parent, kind, _annotation(after), AUDIT.changes(before, after))
    return after


def _annotation(activity: Activity) -> Annotation:
    return Annotation(activity.partner_id, activity_id=activity.id)
