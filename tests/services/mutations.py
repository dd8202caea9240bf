"""Every change of one lead that people can ask for, as one call each: for tests that try them all."""

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from gql_leads.domain.actions import LeadAction
from gql_leads.domain.activity import ActivityKind, NewActivity
from gql_leads.domain.commands import Assignee, Conversion, GivenDeal, GivenDetails
from gql_leads.domain.lead import CloseReason, LeadStatus
from gql_leads.domain.viewer import Viewer
from gql_leads.services import activities, answering, assigning, claiming, closing, converting, deleting, editing, erasing, noting
from gql_leads.services.desk import Desk
from tests.desks import QUALIFIED
from tests.worlds import World

Mutation = Callable[[Desk, World, Viewer, UUID, int | None], Awaitable[object]]
A = LeadAction

MUTATIONS: Final[dict[LeadAction, Mutation]] = {
    A.CLAIM: lambda desk, world, who, lead, version: claiming.claim_lead(desk, who, lead),
    A.RELEASE: lambda desk, world, who, lead, version: claiming.release_lead(desk, who, lead),
    A.ACCEPT: lambda desk, world, who, lead, version: answering.accept_lead(desk, who, lead, GivenDeal(), None, version),
    A.DECLINE: lambda desk, world, who, lead, version: answering.decline_lead(desk, who, lead, CloseReason.SPAM, None, version),
    A.UPDATE_STATUS: lambda desk, world, who, lead, version: editing.update_status(desk, who, lead, LeadStatus.DELIVERED, version),
    A.EDIT: lambda desk, world, who, lead, version: editing.update_lead(desk, who, lead, GivenDetails(company="New"), version),
    A.EDIT_DEAL: lambda desk, world, who, lead, version: closing.update_deal(desk, who, lead, GivenDeal(name="New"), version),
    A.QUALIFY: lambda desk, world, who, lead, version: closing.qualify_lead(desk, who, lead, QUALIFIED, version),
    A.MARK_WON: lambda desk, world, who, lead, version: closing.mark_won(desk, who, lead, version),
    A.MARK_LOST: lambda desk, world, who, lead, version: closing.mark_lost(desk, who, lead, CloseReason.SPAM, None, version),
    A.CONVERT: lambda desk, world, who, lead, version: converting.convert_lead(desk, who, lead, Conversion(), version),
    A.ASSIGN: lambda desk, world, who, lead, version: assigning.assign_lead(
        desk, who, lead, Assignee(member_id=_somebody(world, who)), version
    ),
    A.ADD_NOTE: lambda desk, world, who, lead, version: noting.add_note(desk, who, lead, "Called."),
    A.LOG_ACTIVITY: lambda desk, world, who, lead, version: activities.log_activity(
        desk, who, lead, NewActivity(kind=ActivityKind.CALL, subject="Called.")
    ),
    A.ERASE_CONTACT: lambda desk, world, who, lead, version: erasing.erase_contact(desk, who, lead),
    A.DELETE: lambda desk, world, who, lead, version: deleting.delete_lead(desk, who, lead),
    A.RESTORE: lambda desk, world, who, lead, version: deleting.restore_lead(desk, who, lead),
}


def _somebody(world: World, who: Viewer) -> UUID:
    """A colleague whom the viewer knows."""
    return (world.rival_admin if who.partner_id == world.globex else world.colleague).member_id


VERSIONED: Final = frozenset({
    A.ACCEPT, A.DECLINE, A.UPDATE_STATUS, A.EDIT, A.EDIT_DEAL, A.QUALIFY, A.MARK_WON, A.MARK_LOST, A.CONVERT, A.ASSIGN,
})  # fmt: skip
"""Those that take an expectedVersion."""
