"""Assignment of a lead to a partner, a queue or a member."""

from uuid import UUID

from gql_leads.domain import permissions
from gql_leads.domain.commands import Assignee
from gql_leads.domain.errors import InvalidTransition, NotFound
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads import lifecycle, transitions
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import Lead, LeadStage
from gql_leads.domain.leads.transitions import Assignment
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.idempotency import request_hash, validate_key
from gql_leads.services.preconditions import check_version
from gql_leads.store import idempotency
from gql_leads.store.organization import directory
from gql_leads.store.unit_of_work import UnitOfWork


async def assign_lead(
    app: AppContext,
    viewer: Viewer,
    lead_id: UUID,
    to: Assignee,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> UUID:
    """Assign the lead and return its id; a change of partner or queue restarts the time to answer."""
    validate_key(idempotency_key)
    request = request_hash("assignLead", lead_id, to)
    async with app.unit_of_work(viewer) as uow:
        if (assigned_id := await idempotency.lookup(uow, idempotency_key, request)) is not None:
            return assigned_id
        locked = await uow.lock_lead(lead_id)
        # A concurrent request with the same key may have ended while this one waited for the lock.
        if (assigned_id := await idempotency.lookup(uow, idempotency_key, request)) is not None:
            return assigned_id
        lead = locked.lead
        assignment = await find_assignment(uow, to)
        lifecycle.require_role(LeadAction.ASSIGN, viewer, lead, reduced=locked.is_reduced)
        if not viewer.is_vendor and assignment.partner_id != viewer.partner_id:
            permissions.ASSIGN_ELSEWHERE.require(viewer)
        check_version(lead, expected_version)
        lifecycle.require_stage(LeadAction.ASSIGN, viewer, lead, uow.rules, uow.now)
        _require_assignable(uow, lead, assignment)
        if (assigned_id := await idempotency.reserve(uow, idempotency_key, request)) is not None:
            return assigned_id
        assigned = transitions.assigned(lead, assignment, uow.now, uow.rules)
        if assigned != lead:
            await uow.save(lead, assigned, TimelineKind.ASSIGNED)
        await idempotency.store_result(uow, idempotency_key, lead_id)
    return lead_id


def _require_assignable(uow: UnitOfWork, lead: Lead, to: Assignment) -> None:
    if lead.stage is LeadStage.ACCEPTED and (to.owner_id is None or to.partner_id != lead.partner_id):
        message = "An accepted lead can only be given to another member of the partner that accepted it."
        allowed = lifecycle.allowed_actions(uow.actor, lead, uow.rules)
        raise InvalidTransition(message, lead.stage, allowed)


async def find_assignment(uow: UnitOfWork, to: Assignee) -> Assignment:
    """Resolve the assignee to ids; raise NotFound if it is inactive, missing or hidden from the viewer."""
    viewer = uow.actor
    if to.queue_id is not None:
        if to.queue_id not in viewer.open_queues and not viewer.sees_everything:
            raise NotFound(field=("to", "queueId"))
        if not await directory.existing(uow.connection, "lead_queue", [to.queue_id]):
            raise NotFound(field=("to", "queueId"))
        return Assignment(queue_id=to.queue_id)
    if to.partner_id is not None:
        if not await directory.is_active_partner(uow.connection, to.partner_id):
            raise NotFound(field=("to", "partnerId"))
        return Assignment(partner_id=to.partner_id)
    partner_id = await directory.partner_of_member(uow.connection, to.member_id)
    if partner_id is None or not (viewer.is_vendor or partner_id == viewer.partner_id):
        raise NotFound(field=("to", "memberId"))
    return Assignment(partner_id=partner_id, owner_id=to.member_id)
