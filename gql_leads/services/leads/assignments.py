"""Giving a lead to a partner, a queue or a member."""

from dataclasses import dataclass, replace
from uuid import UUID

from gql_leads.domain.commands import Assignee
from gql_leads.domain.errors import InvalidTransition, NotFound, NotPermitted
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads import lifecycle
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.expiry import restarted
from gql_leads.domain.leads.lead import Lead, LeadStage
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.preconditions import check_version
from gql_leads.store import directory
from gql_leads.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who is to have a lead: a queue, or a partner and perhaps one of its members."""

    partner_id: UUID | None = None
    owner_id: UUID | None = None
    queue_id: UUID | None = None


async def assign_lead(app: AppContext, viewer: Viewer, lead_id: UUID, to: Assignee, expected_version: int | None = None) -> UUID:
    """Give the lead to somebody else; where another partner or a queue gets it, the clock to answer restarts."""
    async with app.unit_of_work(viewer) as uow:
        locked = await uow.lock_lead(lead_id)
        lead = locked.lead
        holder = await find_assignment(uow, to)
        lifecycle.require_role(LeadAction.ASSIGN, viewer, lead, reduced=locked.is_reduced)
        if not viewer.is_vendor and holder.partner_id != viewer.partner_id:
            raise NotPermitted("Your roles permit assigning leads within your own partner only.")
        check_version(lead, expected_version)
        lifecycle.require_stage(LeadAction.ASSIGN, viewer, lead, uow.rules, uow.now)
        _require_assignable(uow, lead, holder)
        given = reassigned(uow, lead, holder)
        if given != lead:
            await uow.save(lead, given, TimelineKind.ASSIGNED)
    return lead_id


def reassigned(uow: UnitOfWork, lead: Lead, holder: Assignment) -> Lead:
    """The lead as it is once the holder has it."""
    if holder.queue_id == lead.queue_id and holder.partner_id == lead.partner_id:
        return replace(lead, owner_id=holder.owner_id)
    return replace(
        lead,
        partner_id=holder.partner_id,
        owner_id=holder.owner_id,
        queue_id=holder.queue_id,
        origin_queue_id=None if holder.queue_id else lead.queue_id or lead.origin_queue_id,
        claimed_at=None,
        recipient_email=None,  # one of its partner's people, whom others do not know
        expires_at=restarted(lead, uow.now, uow.rules),
    )


def _require_assignable(uow: UnitOfWork, lead: Lead, holder: Assignment) -> None:
    if lead.stage is LeadStage.ACCEPTED and (holder.owner_id is None or holder.partner_id != lead.partner_id):
        message = "An accepted lead can only be given to another member of the partner that accepted it."
        allowed = lifecycle.allowed_actions(uow.actor, lead, uow.rules)
        raise InvalidTransition(message, lead.stage, allowed)


async def find_assignment(uow: UnitOfWork, to: Assignee) -> Assignment:
    """Whom the assignee means; NotFound where there is none that the viewer may know of, or they may not come in."""
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
