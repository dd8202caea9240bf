"""What a timeline entry says, in a sentence for people."""

from collections.abc import Sequence

from gql_leads.domain.events import TimelineKind as Kind
from gql_leads.domain.leads.history import FieldChange

HOLDERS = ("owner", "partner", "queue")
"""Fields whose values in a change are ids."""

_WHAT = {
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
    Kind.ACTIVITY_LOGGED: "Activity logged",
    Kind.ACTIVITY_COMPLETED: "Activity completed",
    Kind.CAMPAIGN_JOINED: "Added to a campaign",
    Kind.DELETED: "Deleted",
    Kind.RESTORED: "Restored",
    Kind.CONTACT_ERASED: "Contact erased",
}
_TOLD_IN_FULL = {Kind.STATUS_CHANGED: "status", Kind.QUALITY_CHANGED: "quality"}


def summary(kind: Kind, changes: Sequence[FieldChange], actor: str | None) -> str:
    """The entry in a sentence; the changes with names for ids, as far as the reader may know them."""
    what = _WHAT[kind] + _further(kind, {change.field: change for change in changes})
    return f"{what} by {actor}." if actor else f"{what}."


def _further(kind: Kind, changes: dict[str, FieldChange]) -> str:
    if kind is Kind.ASSIGNED:
        given = next((changes[name].after for name in HOLDERS if name in changes and changes[name].after), None)
        return f" to {given}" if given else ""
    if kind is Kind.CAMPAIGN_JOINED and "campaigns" in changes:
        return f": {changes['campaigns'].after}"
    told = changes.get(_TOLD_IN_FULL.get(kind, ""))
    return f" to {told.after.lower()}" if told and told.after else ""
