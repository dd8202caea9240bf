"""Every change of one lead that people can ask for, as one call each: for tests that try them all."""

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from gql_leads.domain.activities import ActivityKind, NewActivity
from gql_leads.domain.commands import Assignee, Conversion, GivenDeal, GivenDetails
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import CloseReason, LeadStatus
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import Desk
from gql_leads.services.leads import activities, assignments, claims, conversion, deletion, erasure, notes, outcomes, responses, updates
from tests.factories import World
from tests.fixtures import QUALIFIED

Mutation = Callable[[Desk, World, Viewer, UUID, int | None], Awaitable[object]]
A = LeadAction

MUTATIONS: Final[dict[LeadAction, Mutation]] = {
    A.CLAIM: lambda desk, world, who, lead, version: claims.claim_lead(desk, who, lead),
    A.RELEASE: lambda desk, world, who, lead, version: claims.release_lead(desk, who, lead),
    A.ACCEPT: lambda desk, world, who, lead, version: responses.accept_lead(desk, who, lead, GivenDeal(), None, version),
    A.DECLINE: lambda desk, world, who, lead, version: responses.decline_lead(desk, who, lead, CloseReason.SPAM, None, version),
    A.UPDATE_STATUS: lambda desk, world, who, lead, version: updates.update_status(desk, who, lead, LeadStatus.DELIVERED, version),
    A.EDIT: lambda desk, world, who, lead, version: updates.update_lead(desk, who, lead, GivenDetails(company="New"), version),
    A.EDIT_DEAL: lambda desk, world, who, lead, version: outcomes.update_deal(desk, who, lead, GivenDeal(name="New"), version),
    A.QUALIFY: lambda desk, world, who, lead, version: outcomes.qualify_lead(desk, who, lead, QUALIFIED, version),
    A.MARK_WON: lambda desk, world, who, lead, version: outcomes.mark_won(desk, who, lead, version),
    A.MARK_LOST: lambda desk, world, who, lead, version: outcomes.mark_lost(desk, who, lead, CloseReason.SPAM, None, version),
    A.CONVERT: lambda desk, world, who, lead, version: conversion.convert_lead(desk, who, lead, Conversion(), version),
    A.ASSIGN: lambda desk, world, who, lead, version: assignments.assign_lead(
        desk, who, lead, Assignee(member_id=_somebody(world, who)), version
    ),
    A.ADD_NOTE: lambda desk, world, who, lead, version: notes.add_note(desk, who, lead, "Called."),
    A.LOG_ACTIVITY: lambda desk, world, who, lead, version: activities.log_activity(
        desk, who, lead, NewActivity(kind=ActivityKind.CALL, subject="Called.")
    ),
    A.ERASE_CONTACT: lambda desk, world, who, lead, version: erasure.erase_contact(desk, who, lead),
    A.DELETE: lambda desk, world, who, lead, version: deletion.delete_lead(desk, who, lead),
    A.RESTORE: lambda desk, world, who, lead, version: deletion.restore_lead(desk, who, lead),
}


def _somebody(world: World, who: Viewer) -> UUID:
    """A colleague whom the viewer knows."""
    return (world.rival_admin if who.partner_id == world.globex else world.colleague).member_id


VERSIONED: Final = frozenset({
    A.ACCEPT, A.DECLINE, A.UPDATE_STATUS, A.EDIT, A.EDIT_DEAL, A.QUALIFY, A.MARK_WON, A.MARK_LOST, A.CONVERT, A.ASSIGN,
})  # fmt: skip
"""Those that take an expectedVersion."""
