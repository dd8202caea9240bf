"""Sentences that summarize timeline entries for users."""

from collections.abc import Sequence

from gql_leads.domain.events import TimelineKind as Kind
from gql_leads.domain.leads.history import FieldChange
from gql_leads.domain.routing import BY_LISTING, BY_PROFILE, BY_RULE, TO_GENERAL_QUEUE

HOLDERS = ("owner", "partner", "queue")
"""Fields that say who has the lead; their changes are recorded by id."""
BY_ID = (*HOLDERS, "activity.owner", TO_GENERAL_QUEUE)
"""Fields whose changes are recorded by id."""

_PHRASES = {
    Kind.CREATED: "Created",
    Kind.REFERRED: "Referred",
    Kind.ASSIGNED: "Assigned",
    Kind.CLAIMED: "Claimed",
    Kind.RELEASED: "Released to its queue",
    Kind.ACCEPTED: "Accepted",
    Kind.DECLINED: "Declined",
    Kind.EXPIRED: "Expired unanswered",
    Kind.STATUS_CHANGED: "Status changed",
    Kind.DETAILS_CHANGED: "Details changed",
    Kind.DEAL_CHANGED: "Deal changed",
    Kind.QUALITY_CHANGED: "Quality changed",
    Kind.CONTACT_OVERDUE: "Still waiting for the contact the customer asked for",
    Kind.QUALIFIED: "Qualification changed",
    Kind.WON: "Marked as won",
    Kind.LOST: "Marked as lost",
    Kind.CONVERTED: "Converted",
    Kind.NOTE_ADDED: "Note added",
    Kind.NOTE_EDITED: "Note edited",
    Kind.ACTIVITY_LOGGED: "Activity logged",
    Kind.ACTIVITY_CHANGED: "Activity changed",
    Kind.ACTIVITY_COMPLETED: "Activity completed",
    Kind.ACTIVITY_DELETED: "Activity deleted",
    Kind.CAMPAIGN_JOINED: "Added to a campaign",
    Kind.DELETED: "Deleted",
    Kind.RESTORED: "Restored",
    Kind.CONTACT_ERASED: "Contact erased",
    Kind.MERGED: "Merged",
    Kind.UNMERGED: "Unmerged",
}
_WITH_NEW_VALUE = {Kind.STATUS_CHANGED: "status", Kind.QUALITY_CHANGED: "quality"}
_ROUTING_PHRASES = {
    BY_RULE: "routed by the rule", BY_LISTING: "routed by the listing", BY_PROFILE: "routed by the business profile",
    TO_GENERAL_QUEUE: "routed to the queue",
}  # fmt: skip
_MERGING = frozenset({Kind.MERGED, Kind.UNMERGED})


def summary(kind: Kind, changes: Sequence[FieldChange], actor: str | None) -> str:
    """Return the entry as one sentence; the changes must hold the names of members, partners and queues, not ids."""
    by_field = {change.field: change for change in changes}
    what = _PHRASES[kind] + _further(kind, by_field)
    who = f" by {actor}" if actor else ""
    return f"{what}{who}{_routing(by_field)}."


def _further(kind: Kind, changes: dict[str, FieldChange]) -> str:
    if kind is Kind.ASSIGNED:
        given = next((changes[name].after for name in HOLDERS if name in changes and changes[name].after), None)
        return f" to {given}" if given else ""
    if kind is Kind.CAMPAIGN_JOINED and "campaigns" in changes:
        return f": {changes['campaigns'].after}"
    if kind in _MERGING:
        return _other_leads(kind, changes)
    change = changes.get(_WITH_NEW_VALUE.get(kind, ""))
    return f" to {change.after.lower()}" if change and change.after else ""


def _routing(changes: dict[str, FieldChange]) -> str:
    """Return what routed a new lead, for the end of the sentence."""
    return next((f", {phrase} {changes[field].after}" for field, phrase in _ROUTING_PHRASES.items() if field in changes), "")


def _other_leads(kind: Kind, changes: dict[str, FieldChange]) -> str:
    """Return with which leads it was merged, or from which unmerged."""
    name = "duplicateOf" if "duplicateOf" in changes else "merged"
    change = changes.get(name)
    others = None if change is None else change.after or change.before
    if others is None:
        return ""
    return f" from {others}" if kind is Kind.UNMERGED else f" into {others}" if name == "duplicateOf" else f" with {others}"
