"""Actions that each stage of a lead offers, and the roles that may take them.

`allowed_actions` and `blocked_actions` are shown by the API, and the `require_…` functions check mutations with the same tables.
"""

from collections.abc import Sequence
from datetime import datetime

from gql_leads.domain.errors import InvalidTransition, NotPermitted, QualificationIncomplete
from gql_leads.domain.leads import expiry, qualification
from gql_leads.domain.leads.actions import LeadAction, Requirement
from gql_leads.domain.leads.lead import Lead, LeadOutcome, LeadStage
from gql_leads.domain.rules import Rules
from gql_leads.domain.viewer import MemberRole, Viewer

A = LeadAction

QUEUED = (A.CLAIM, A.ACCEPT, A.ASSIGN, A.ADD_NOTE, A.DELETE, A.ERASE_CONTACT)
RECEIVED = (A.ACCEPT, A.DECLINE, A.UPDATE_STATUS, A.EDIT, A.ASSIGN, A.ADD_NOTE, A.LOG_ACTIVITY, A.DELETE, A.ERASE_CONTACT)
ACCEPTED = (
    A.UPDATE_STATUS, A.EDIT, A.EDIT_DEAL, A.QUALIFY, A.MARK_WON, A.MARK_LOST, A.CONVERT,
    A.ASSIGN, A.ADD_NOTE, A.LOG_ACTIVITY, A.DELETE, A.ERASE_CONTACT,
)  # fmt: skip
ARCHIVED = (A.DELETE, A.ERASE_CONTACT)
SOLD = (A.UPDATE_STATUS, *ARCHIVED)
"""Actions on a won or converted lead: the product is delivered after the sale."""
DELETED = (A.RESTORE,)

WORK = frozenset({
    A.ACCEPT, A.DECLINE, A.UPDATE_STATUS, A.EDIT, A.EDIT_DEAL, A.QUALIFY, A.MARK_WON, A.MARK_LOST, A.CONVERT,
    A.ADD_NOTE, A.LOG_ACTIVITY,
})  # fmt: skip
STEERING = frozenset({A.ASSIGN, A.RELEASE, A.ADD_NOTE})
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
    clearing = CLEARING if viewer.may_restore else frozenset()
    if viewer.is_vendor:
        return STEERING | clearing if viewer.sees_everything else clearing
    if not viewer.works_leads:
        return frozenset()
    if lead.partner_id != viewer.partner_id:
        return GETTING
    actions = WORK | {A.CLAIM} | clearing
    if viewer.has(MemberRole.REFERRAL_ADMIN):
        return actions | {A.ASSIGN, A.RELEASE}
    return actions | {A.RELEASE} if lead.owner_id == viewer.member_id else actions


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
    if lead.is_waiting and action in WORK and viewer.works_leads and not reduced:
        return "Claim this lead first."
    partner = "its partner" if viewer.is_vendor or reduced else "your partner"
    if action in CLEARING:
        who = f"a referral admin of {partner} or an administrator"
    elif action in {A.ASSIGN, A.RELEASE}:
        who = f"a referral admin of {partner}, a channel manager or an administrator"
        who = f"its owner, {who}" if action is A.RELEASE else who
    else:
        who = "a member of a partner" if lead.is_waiting else f"a member of {partner}"
    return f"Only {who} may {_PERMISSIONS[action]}."


def transition_refused(action: LeadAction, viewer: Viewer, lead: Lead, rules: Rules) -> InvalidTransition:
    """Return the error for an action that the stage does not offer, with the actions that it offers."""
    refused = _refused(action_phrase(action), viewer, lead, rules)
    if action is A.RELEASE and lead.stage is LeadStage.RECEIVED and not lead.is_waiting:
        return InvalidTransition("It was never claimed from a queue.", refused.stage, refused.allowed_actions)
    if lead.stage is LeadStage.RECEIVED and not lead.is_waiting and action in ACCEPTED and action not in RECEIVED:
        return InvalidTransition("Accept this lead first.", refused.stage, refused.allowed_actions)
    return refused


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
}

_PERMISSIONS = {
    A.CLAIM: "claim leads",
    A.RELEASE: "release this lead",
    A.ACCEPT: "accept this lead",
    A.DECLINE: "decline this lead",
    A.UPDATE_STATUS: "change its status",
    A.EDIT: "edit this lead",
    A.EDIT_DEAL: "edit its deal",
    A.QUALIFY: "qualify this lead",
    A.MARK_WON: "mark it as won",
    A.MARK_LOST: "mark it as lost",
    A.CONVERT: "convert it",
    A.ASSIGN: "assign leads",
    A.ADD_NOTE: "add notes to this lead",
    A.LOG_ACTIVITY: "log its activities",
    A.DELETE: "delete leads",
    A.RESTORE: "restore leads",
    A.ERASE_CONTACT: "erase contacts",
}
