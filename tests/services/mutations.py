"""Every mutation of a single lead as one call, for tests that run over all of them."""

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from gql_leads.domain.activities import ActivityKind, NewActivity
from gql_leads.domain.commands import Assignee, Conversion, DealFields, LeadFields
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import CloseReason, LeadStatus
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import (
    activities,
    assignments,
    claims,
    conversion,
    deals,
    deletion,
    erasure,
    notes,
    outcomes,
    responses,
    updates,
)
from tests.factories import World
from tests.fixtures import QUALIFIED

Mutation = Callable[[AppContext, World, Viewer, UUID, int | None], Awaitable[object]]
A = LeadAction

MUTATIONS: Final[dict[LeadAction, Mutation]] = {
    A.CLAIM: lambda app, world, who, lead, version: claims.claim_lead(app, who, lead),
    A.RELEASE: lambda app, world, who, lead, version: claims.release_lead(app, who, lead),
    A.ACCEPT: lambda app, world, who, lead, version: responses.accept_lead(app, who, lead, DealFields(), None, version),
    A.DECLINE: lambda app, world, who, lead, version: responses.decline_lead(app, who, lead, CloseReason.SPAM, None, version),
    A.UPDATE_STATUS: lambda app, world, who, lead, version: updates.update_lead_status(app, who, lead, LeadStatus.DELIVERED, version),
    A.EDIT: lambda app, world, who, lead, version: updates.update_lead(app, who, lead, LeadFields(company="New"), version),
    A.EDIT_DEAL: lambda app, world, who, lead, version: deals.update_lead_deal(app, who, lead, DealFields(name="New"), version),
    A.QUALIFY: lambda app, world, who, lead, version: outcomes.qualify_lead(app, who, lead, QUALIFIED, version),
    A.MARK_WON: lambda app, world, who, lead, version: outcomes.mark_lead_won(app, who, lead, version),
    A.MARK_LOST: lambda app, world, who, lead, version: outcomes.mark_lead_lost(app, who, lead, CloseReason.SPAM, None, version),
    A.CONVERT: lambda app, world, who, lead, version: conversion.convert_lead(app, who, lead, Conversion(), version),
    A.ASSIGN: lambda app, world, who, lead, version: assignments.assign_lead(
        app, who, lead, Assignee(member_id=_somebody(world, who)), version
    ),
    A.ADD_NOTE: lambda app, world, who, lead, version: notes.add_lead_note(app, who, lead, "Called."),
    A.LOG_ACTIVITY: lambda app, world, who, lead, version: activities.log_lead_activity(
        app, who, lead, NewActivity(kind=ActivityKind.CALL, subject="Called.")
    ),
    A.ERASE_CONTACT: lambda app, world, who, lead, version: erasure.erase_lead_contact(app, who, lead),
    A.DELETE: lambda app, world, who, lead, version: deletion.delete_lead(app, who, lead),
    A.RESTORE: lambda app, world, who, lead, version: deletion.restore_lead(app, who, lead),
}


def _somebody(world: World, who: Viewer) -> UUID:
    """Return a colleague whom the viewer knows."""
    return (world.rival_admin if who.partner_id == world.globex else world.colleague).member_id


VERSIONED: Final = frozenset({
    A.ACCEPT, A.DECLINE, A.UPDATE_STATUS, A.EDIT, A.EDIT_DEAL, A.QUALIFY, A.MARK_WON, A.MARK_LOST, A.CONVERT, A.ASSIGN,
})  # fmt: skip
"""Mutations with an expectedVersion."""
