"""Every mutation by every role in every stage is allowed or refused by the rules."""

from collections.abc import Awaitable, Callable
from itertools import product
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.commands import Conversion
from gql_leads.domain.errors import (
    InvalidTransition,
    LeadAlreadyClaimed,
    NotFound,
    NotPermitted,
    QualificationIncomplete,
    Refusal,
    VersionConflict,
)
from gql_leads.domain.leads.actions import LeadAction
from gql_leads.domain.leads.lead import Lead, LeadOutcome, LeadStage
from gql_leads.domain.leads.lifecycle import allowed_actions, permitted
from gql_leads.domain.rules import Rules
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import claims, deletion
from gql_leads.services.leads.conversion import convert_lead
from tests.factories import World
from tests.fixtures import enter_lead, load_lead, make_accepted_lead, make_declined_lead, make_lead, make_qualified_lead, make_won_lead
from tests.services.mutations import MUTATIONS, VERSIONED
from tests.services.refusing import refused

A = LeadAction


async def _claimed(app: AppContext, world: World) -> UUID:
    return (await claims.claim_lead(app, world.rep, await make_lead(app))).lead_id


async def _deleted(app: AppContext, world: World) -> UUID:
    return await deletion.delete_lead(app, world.referrals, await make_lead(app, partner=world.acme))


async def _converted(app: AppContext, world: World) -> UUID:
    return (await convert_lead(app, world.rep, await make_qualified_lead(app, world.rep), Conversion())).lead_id


STAGES: dict[str, Callable[[AppContext, World], Awaitable[UUID]]] = {
    "waiting": lambda app, world: make_lead(app),
    "received": lambda app, world: make_lead(app, partner=world.acme),
    "entered": lambda app, world: enter_lead(app, world.rep),
    "claimed": _claimed,
    "accepted": lambda app, world: make_accepted_lead(app, world.rep),
    "qualified": lambda app, world: make_qualified_lead(app, world.rep),
    "declined": lambda app, world: make_declined_lead(app, world.rep),
    "won": lambda app, world: make_won_lead(app, world.rep),
    "converted": _converted,
    "expired": lambda app, world: make_lead(
        app, partner=world.acme, stage=LeadStage.ARCHIVED, outcome=LeadOutcome.EXPIRED, expires_at=None
    ),
    "deleted": _deleted,
}


@pytest.mark.parametrize("stage", STAGES)
async def test_every_mutation_succeeds_or_is_refused_as_allowed_actions_say(app: AppContext, world: World, stage: str) -> None:
    lead_id: UUID | None = None
    for (action, mutate), viewer in product(MUTATIONS.items(), world.everybody):
        lead_id = lead_id or await STAGES[stage](app, world)
        lead = await load_lead(app, lead_id)
        attempt = mutate(app, world, viewer, lead_id, None)
        if action is A.CLAIM and stage == "claimed" and viewer is world.rep:
            await attempt  # The owner's repetition changes nothing.
            assert await load_lead(app, lead_id) == lead
            continue
        if sees(viewer, lead, world, action) and action in allowed_actions(viewer, lead, Rules()):
            await attempt
            lead_id = None
            continue
        refusal = await refused(app, attempt)
        assert type(refusal) is expected_refusal(action, viewer, lead, world), (stage, action, viewer.roles, viewer.partner_id)


def sees(viewer: Viewer, lead: Lead, world: World, action: LeadAction) -> bool:
    """Return whether the viewer sees the lead for this action."""
    if lead.deleted_at is not None:
        return action is A.RESTORE and viewer in (world.referrals, world.admin)
    if viewer.is_vendor:
        return viewer.sees_everything
    return viewer.partner_id == lead.partner_id or lead.is_waiting


def expected_refusal(action: LeadAction, viewer: Viewer, lead: Lead, world: World) -> type[Refusal]:
    """Return the first refusal, in the order of the contract."""
    was_waiting = lead.claimed_at is not None and not viewer.is_vendor
    if not sees(viewer, lead, world, action):
        return LeadAlreadyClaimed if was_waiting and action in {A.CLAIM, A.ACCEPT} else NotFound
    if action not in permitted(viewer, lead):
        return NotPermitted
    if action is A.CLAIM and was_waiting:
        return LeadAlreadyClaimed
    return QualificationIncomplete if action in {A.MARK_WON, A.CONVERT} and lead.stage is LeadStage.ACCEPTED else InvalidTransition


async def test_unknown_foreign_and_deleted_leads_get_the_same_refusal(app: AppContext, world: World) -> None:
    rivals = await make_lead(app, partner=world.globex)
    deleted = await _deleted(app, world)
    for action, mutate in MUTATIONS.items():
        refusals = [await refused(app, mutate(app, world, world.rep, lead, 7)) for lead in (uuid7(), rivals, deleted)]
        assert {type(one) for one in refusals} == {NotFound}, action
        assert {(one.message, one.field) for one in refusals} == {(NotFound().message, ("leadId",))}, action


@pytest.mark.parametrize("action", sorted(VERSIONED))
async def test_a_stale_version_is_refused_after_the_roles_and_before_the_stage(app: AppContext, world: World, action: LeadAction) -> None:
    mutate = MUTATIONS[action]
    for stage in ("received", "accepted", "won"):
        lead = await STAGES[stage](app, world)
        version = (await load_lead(app, lead)).version
        conflict = await refused(app, mutate(app, world, world.referrals, lead, version + 1))
        assert isinstance(conflict, VersionConflict), stage
        assert (conflict.current_version, conflict.field) == (version, ("expectedVersion",))
        unpermitted = world.admin if action is not A.ASSIGN else world.rep
        assert isinstance(await refused(app, mutate(app, world, unpermitted, lead, version + 1)), NotPermitted), stage


async def test_an_expired_lead_is_refused_before_the_job_has_archived_it(app: AppContext, world: World) -> None:
    for partner in (None, world.acme):
        lead = await make_lead(app, partner=partner, expires_at=app.now())
        for action in (A.ACCEPT, A.CLAIM, A.DECLINE, A.EDIT, A.UPDATE_STATUS):
            refusal = await refused(app, MUTATIONS[action](app, world, world.referrals, lead, None))
            assert isinstance(refusal, InvalidTransition | NotPermitted), action
    assert await MUTATIONS[A.DELETE](app, world, world.referrals, lead, None) == lead
