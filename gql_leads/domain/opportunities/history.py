"""The history of opportunities: the kind of a change, the fields that it changed, and its summary as a sentence."""

from collections.abc import Sequence
from typing import Final

from gql_leads.domain.leads.history import Audit, FieldChange
from gql_leads.domain.opportunities.events import OpportunityEventKind as Kind
from gql_leads.domain.opportunities.records import Opportunity, OpportunityStage
from gql_leads.domain.values.money import Money

AUDIT: Final = Audit(Opportunity, frozenset({"amount_minor", "amount_currency"}))
"""The audited attributes; the amount is shown with its currency."""
CLOSING: Final = {OpportunityStage.CLOSED_WON: Kind.WON, OpportunityStage.CLOSED_LOST: Kind.LOST}
"""Kind of the event that records nothing but this closing, whatever else changed with it."""

_PHRASES: Final = {
    Kind.CREATED: "Created",
    Kind.CHANGED: "Changed",
    Kind.STAGE_CHANGED: "Stage changed",
    Kind.WON: "Closed as won",
    Kind.LOST: "Closed as lost",
    Kind.NOTE_ADDED: "Note added",
    Kind.NOTE_EDITED: "Note edited",
    Kind.ACTIVITY_LOGGED: "Activity logged",
    Kind.ACTIVITY_CHANGED: "Activity changed",
    Kind.ACTIVITY_COMPLETED: "Activity completed",
    Kind.ACTIVITY_DELETED: "Activity deleted",
}


def kind_of(before: Opportunity, after: Opportunity) -> Kind:
    """Return the kind of a change."""
    if before.stage is after.stage:
        return Kind.CHANGED
    return CLOSING.get(after.stage, Kind.STAGE_CHANGED)


def differences(before: Opportunity, after: Opportunity) -> list[FieldChange]:
    """Return the changes of audited attributes, in the order of their declaration."""
    changes = AUDIT.changes(before, after)
    if _amount(before) != _amount(after):
        changes.append(FieldChange("amount", _amount(before), _amount(after)))
    return changes


def summary(kind: Kind, changes: Sequence[FieldChange], actor: str | None) -> str:
    """Return the entry as one sentence; the changes must hold names, not ids."""
    what = _PHRASES[kind]
    stage = next((change.after for change in changes if change.field == "stage" and change.after), None)
    if kind is Kind.STAGE_CHANGED and stage:
        what += f" to {stage.lower()}"
    return f"{what} by {actor}." if actor else f"{what}."


def _amount(opportunity: Opportunity) -> str | None:
    if opportunity.amount_minor is None or opportunity.amount_currency is None:
        return None
    return f"{Money(opportunity.amount_minor, opportunity.amount_currency).text} {opportunity.amount_currency}"
