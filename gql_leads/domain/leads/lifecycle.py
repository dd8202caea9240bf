"""Actions that each stage of a lead offers, and the roles that may take them.

`allowed_actions` and `blocked_actions` are shown by the API, and the `require_…` functions check mutations with the same tables.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from gql_leads.domain.errors import InvalidTransition, NotPermitted, QualificationIncomplete
from gql_leads.domain.leads import expiry, qualification
from gql_leads.domain.leads.actions import LeadAction, Requirement
from gql_leads.domain.leads.lead import Lead, LeadOutcome, LeadStage
from gql_leads.domain.permissions import LEAD_ACTIONS, roles_of
from gql_leads.domain.rules import Rules
from gql_leads.domain.viewer import MemberRole, Viewer

A = LeadAction

QUEUED = (A.CLAIM, A.ACCEPT, A.ASSIGN, A.ADD_NOTE, A.DELETE, A.ERASE_CONTACT, A.MERGE)
RECEIVED = (A.ACCEPT, A.DECLINE, A.UPDATE_STATUS, A.EDIT, A.ASSIGN, A.ADD_NOTE, A.LOG_ACTIVITY, A.DELETE, A.ERASE_CONTACT, A.MERGE)
ACCEPTED = (
    A.UPDATE_STATUS, A.EDIT, A.EDIT_DEAL, A.QUALIFY, A.MARK_WON, A.MARK_LOST, A.CONVERT,
    A.ASSIGN, A.ADD_NOTE, A.LOG_ACTIVITY, A.DELETE, A.ERASE_CONTACT, A.MERGE,
)  # fmt: skip
ARCHIVED = (A.DELETE, A.ERASE_CONTACT)
SOLD = (A.UPDATE_STATUS, *ARCHIVED)
"""Actions on a won or converted lead: the product is delivered after the sale."""
DELETED = (A.RESTORE,)

CLEARING = frozenset({A.DELETE, A.RESTORE, A.ERASE_CONTACT})
GETTING = frozenset({A.CLAIM, A.ACCEPT})
GATED = frozenset({A.MARK_WON, A.CONVERT})


def offered(lead: Lead) -> tuple[LeadAction, ...]:
    """Return the actions that the stage of the lead offers."""
    if lead.deleted_at is not None:
        return DELETED
    if lead.is_waiting:
        return QUEUED
    if lead.stage is LeadStage.RECEIVED:
        return (*RECEIVED, A.RELEASE) if lead.claimed_at is not None else RECEIVED
    if lead.stage is LeadStage.ACCEPTED:
        return ACCEPTED
    return SOLD if lead.outcome in {LeadOutcome.WON, LeadOutcome.CONVERTED} else ARCHIVED


def permitted(viewer: Viewer, lead: Lead, *, reduced: bool = False) -> frozenset[LeadAction]:
    """Return the actions that the viewer's roles permit on a visible lead in any stage; none in the reduced view."""
    if reduced:
        return frozenset()
    by_role = _permitted_by_role(roles_of(viewer))
    if viewer.is_vendor:
        return by_role
    if lead.partner_id != viewer.partner_id:
        return by_role & GETTING
    return by_role | {A.RELEASE} if lead.owner_id == viewer.member_id and viewer.works_leads else by_role


@cache
def _permitted_by_role(roles: frozenset[MemberRole]) -> frozenset[LeadAction]:
    return frozenset(action for action, permission in LEAD_ACTIONS.items() if not roles.isdisjoint(permission.roles))


def is_claimed_by(viewer: Viewer, lead: Lead, now: datetime) -> bool:
    """True if the viewer owns the claimed lead and it is not answered yet."""
    is_open = lead.stage is LeadStage.RECEIVED and lead.deleted_at is None and not expiry.is_due(lead, now)
    return is_open and lead.claimed_at is not None and lead.owner_id == viewer.member_id


def missing_for(action: LeadAction, lead: Lead, rules: Rules) -> tuple[Requirement, ...]:
    """Return the missing requirements of an action; empty if nothing blocks it."""
    return qualification.missing(lead) if rules.qualification_gate and action in GATED else ()


def allowed_actions(viewer: Viewer, lead: Lead, rules: Rules, *, reduced: bool = False) -> tuple[LeadAction, ...]:
    """Return the actions that the viewer may take now; claim limits of the queue are not considered."""
    actions = permitted(viewer, lead, reduced=reduced)
    return tuple(action for action in offered(lead) if action in actions and not missing_for(action, lead, rules))


def blocked_actions(
    viewer: Viewer, lead: Lead, rules: Rules, *, reduced: bool = False
) -> tuple[tuple[LeadAction, tuple[Requirement, ...]], ...]:
    """Return the actions that only missing requirements block, each with those requirements."""
    actions = permitted(viewer, lead, reduced=reduced)
    gates = ((action, missing_for(action, lead, rules)) for action in offered(lead) if action in actions)
    return tuple((action, missing) for action, missing in gates if missing)


def may_act_now_or_later(action: LeadAction, viewer: Viewer, lead: Lead, *, reduced: bool = False) -> bool:
    """True if the viewer may take the action now or in a later stage of the lead."""
    return action in permitted(viewer, lead, reduced=reduced) and not lead.is_archived and lead.deleted_at is None


def require_role(action: LeadAction, viewer: Viewer, lead: Lead, *, reduced: bool = False) -> None:
    """Raise NotPermitted unless the viewer's roles permit the action on this lead."""
    if action not in permitted(viewer, lead, reduced=reduced):
        raise NotPermitted(_who_may(action, viewer, lead, reduced=reduced))


def require_stage(action: LeadAction, viewer: Viewer, lead: Lead, rules: Rules, now: datetime) -> None:
    """Raise InvalidTransition if the stage does not offer the action, QualificationIncomplete if it is blocked."""
    if action not in offered(lead) or (expiry.is_due(lead, now) and action not in CLEARING):
        raise transition_refused(action, viewer, lead, rules)
    if missing := missing_for(action, lead, rules):
        raise QualificationIncomplete(missing)


def require_not_archived(doing: str, viewer: Viewer, lead: Lead, rules: Rules, now: datetime) -> None:
    """Raise InvalidTransition if the lead is archived or due to expire; for changes that are no LeadAction."""
    if lead.is_archived or expiry.is_due(lead, now):
        raise _refused(doing, viewer, lead, rules)


def _who_may(action: LeadAction, viewer: Viewer, lead: Lead, *, reduced: bool) -> str:
    """Return the message that says who may take the action, or what the viewer must do first."""
    claimed = replace(lead, queue_id=None, partner_id=viewer.partner_id, owner_id=viewer.member_id)
    if lead.is_waiting and not viewer.is_vendor and action in permitted(viewer, claimed, reduced=reduced):
        return "Claim this lead first."
    partner = "a partner" if lead.is_waiting and viewer.is_vendor else "its partner" if viewer.is_vendor or reduced else "your partner"
    return LEAD_ACTIONS[action].refusal(partner, *(("its owner",) if action is A.RELEASE else ()))


def transition_refused(action: LeadAction, viewer: Viewer, lead: Lead, rules: Rules) -> InvalidTransition:
    """Return the error for an action that the stage does not offer, with the actions that it offers."""
    refused = _refused(action_phrase(action), viewer, lead, rules)
    advice = _advice(action, lead)
    return InvalidTransition(advice, refused.stage, refused.allowed_actions) if advice else refused


def _advice(action: LeadAction, lead: Lead) -> str | None:
    """Return the message that says what to do instead; None if nothing leads to the action."""
    if lead.is_archived or lead.deleted_at is not None:
        return None
    if action is A.RELEASE and lead.claimed_at is None:
        return "It was never claimed from a queue."
    if action is A.RELEASE:
        return "An accepted lead stays with its partner: mark it as lost instead."
    if action is A.CLAIM and not lead.is_waiting:
        return "Your partner has this lead already."
    if action is A.DECLINE and lead.stage is LeadStage.ACCEPTED:
        return "It is accepted already: mark it as lost instead."
    if action is A.ACCEPT and lead.stage is LeadStage.ACCEPTED:
        return "It is accepted already."
    if lead.stage is LeadStage.RECEIVED and not lead.is_waiting and action in ACCEPTED and action not in RECEIVED:
        return "Accept this lead first."
    return None


def _refused(doing: str, viewer: Viewer, lead: Lead, rules: Rules) -> InvalidTransition:
    allowed: Sequence[LeadAction] = allowed_actions(viewer, lead, rules)
    state = "waiting in a queue" if lead.is_waiting else lead.stage.value.lower()
    if lead.is_archived and lead.outcome is not None:
        state = f"archived as {lead.outcome.value.lower()}, which is final"
    return InvalidTransition(f"{doing.capitalize()} is not possible: the lead is {state}.", lead.stage, allowed)


def action_phrase(action: LeadAction) -> str:
    """Return the phrase for the action in messages, such as "changing the status"."""
    return _PHRASES[action]


_PHRASES = {
    A.CLAIM: "claiming",
    A.RELEASE: "releasing",
    A.ACCEPT: "accepting",
    A.DECLINE: "declining",
    A.UPDATE_STATUS: "changing the status",
    A.EDIT: "editing",
    A.EDIT_DEAL: "editing the deal",
    A.QUALIFY: "qualifying",
    A.MARK_WON: "marking as won",
    A.MARK_LOST: "marking as lost",
    A.CONVERT: "converting",
    A.ASSIGN: "assigning",
    A.ADD_NOTE: "adding a note",
    A.LOG_ACTIVITY: "logging an activity",
    A.DELETE: "deleting",
    A.RESTORE: "restoring",
    A.ERASE_CONTACT: "erasing the contact",
    A.MERGE: "merging",
}
