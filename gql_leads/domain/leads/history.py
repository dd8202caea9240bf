"""Field changes that a timeline entry records, under the paths of the API."""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from operator import attrgetter
from typing import Final

from gql_leads.domain.attributes import Personal, VisibilityClass
from gql_leads.domain.leads.lead import ATTRIBUTES, Lead, LeadOutcome, TeamMember
from gql_leads.domain.money import Money


@dataclass(frozen=True, slots=True)
class FieldChange:
    """Value of one field before and after a change, as text.

    Owner, partner and queue are recorded by id. Their names are looked up when the entry is read, as far as the viewer may see them.
    """

    field: str
    before: str | None
    after: str | None


COMPOSED: Final = frozenset({"deal_minor", "deal_currency", "close_reason", "close_comment", "campaign_ids"})
"""Audited attributes that are shown with a second value, under a path that depends on the outcome, or with names from another table."""
AUDITED_FIELDS: Final = {name: one.audited[0] for name, one in ATTRIBUTES.items() if one.audited and name not in COMPOSED}
"""Path in the API of each attribute whose changes are recorded as they are."""
_OF_CONTACT: Final = (VisibilityClass.CONTACT, VisibilityClass.MASKED)
CONTACT_PATHS: Final = frozenset(path for one in ATTRIBUTES.values() if one.visibility in _OF_CONTACT for path in one.audited)
"""Paths whose values are hidden together with the contact."""
ERASED_PATHS: Final = frozenset(
    path for one in ATTRIBUTES.values() if one.personal in (Personal.YES, Personal.DERIVED) for path in one.audited
)
"""Paths whose values are removed from the history by erasure."""
_audited_values = attrgetter(*AUDITED_FIELDS)


def differences(before: Lead, after: Lead) -> tuple[FieldChange, ...]:
    """Return the changes of audited attributes, in the order of their declaration."""
    changes = [
        FieldChange(name, _text(old), _text(new))
        for name, old, new in zip(AUDITED_FIELDS.values(), _audited_values(before), _audited_values(after), strict=True)
        if old is not new and old != new
    ]
    if _value(before) != _value(after):
        changes.append(FieldChange("deal.estimatedValue", _value(before), _value(after)))
    closing = "decline" if after.outcome is LeadOutcome.DECLINED else "loss"
    for attribute, name in (("close_reason", "reason"), ("close_comment", "comment")):
        if getattr(before, attribute) != getattr(after, attribute):
            changes.append(FieldChange(f"{closing}.{name}", None, _text(getattr(after, attribute))))
    return tuple(changes)


def _value(lead: Lead) -> str | None:
    if lead.deal_minor is None or lead.deal_currency is None:
        return None
    return f"{Money(lead.deal_minor, lead.deal_currency).text} {lead.deal_currency}"


def _text(value: object) -> str | None:
    match value:
        case None | ():
            return None
        case bool():
            return "true" if value else "false"
        case Enum():
            return str(value.value)
        case date():
            return value.isoformat()
        case tuple():
            return ", ".join(one.name if isinstance(one, TeamMember) else str(one) for one in value)
        case _:
            return str(value)
