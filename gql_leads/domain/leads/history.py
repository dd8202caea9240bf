"""Field changes that a timeline entry records, under the paths of the API."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from operator import attrgetter
from typing import Final

from gql_leads.domain.attributes import Personal, VisibilityClass, attributes_of
from gql_leads.domain.leads.lead import ATTRIBUTES, Lead, LeadOutcome, TeamMember
from gql_leads.domain.values.money import Money


@dataclass(frozen=True, slots=True)
class FieldChange:
    """Value of one field before and after a change, as text.

    Owner, partner and queue are recorded by id. Their names are looked up when the entry is read, as far as the viewer may see them.
    """

    field: str
    before: str | None
    after: str | None


class Audit:
    """The audited attributes of a dataclass, and the changes between two of its objects."""

    def __init__(self, kind: type, composed: frozenset[str] = frozenset()) -> None:
        self.paths: Mapping[str, str] = {
            name: one.audited[0] for name, one in attributes_of(kind).items() if one.audited and name not in composed
        }
        """Path in the API of each attribute whose changes are recorded as they are; those in `composed` are not."""
        self.personal = frozenset(
            path for one in attributes_of(kind).values() if one.personal in (Personal.YES, Personal.DERIVED) for path in one.audited
        )
        """Paths whose values are removed from the history by erasure."""
        self._values = attrgetter(*self.paths)

    def changes(self, before: object, after: object) -> list[FieldChange]:
        """Return the changes of audited attributes, in the order of their declaration."""
        return [
            FieldChange(name, text_of(old), text_of(new))
            for name, old, new in zip(self.paths.values(), self._values(before), self._values(after), strict=True)
            if old is not new and old != new
        ]

    def removal(self, removed: object) -> list[FieldChange]:
        """Return the audited values of an object that is deleted, as changes to nothing."""
        values = zip(self.paths.values(), map(text_of, self._values(removed)), strict=True)
        return [FieldChange(name, value, None) for name, value in values if value is not None]


COMPOSED: Final = frozenset({"deal_minor", "deal_currency", "close_reason", "close_comment", "campaign_ids"})
"""Audited attributes that are shown with a second value, under a path that depends on the outcome, or with names from another table."""
NOTE_PATH: Final = "note.body"
"""Path under which the history shows the texts of an edited note."""
_AUDIT: Final = Audit(Lead, COMPOSED)
AUDITED_FIELDS: Final = _AUDIT.paths
"""Path in the API of each attribute whose changes are recorded as they are."""
_OF_CONTACT: Final = (VisibilityClass.CONTACT, VisibilityClass.MASKED)
CONTACT_PATHS: Final = frozenset(path for one in ATTRIBUTES.values() if one.visibility in _OF_CONTACT for path in one.audited)
"""Paths whose values are hidden together with the contact."""
ERASED_PATHS: Final = _AUDIT.personal
"""Paths whose values are removed from the history by erasure."""


def differences(before: Lead, after: Lead) -> tuple[FieldChange, ...]:
    """Return the changes of audited attributes, in the order of their declaration.

    A partner to whom another one's lead is given reads the entry, so it does not show that the other's deal was removed.
    """
    changes = _AUDIT.changes(before, after)
    if before.partner_id is not None and after.partner_id not in (None, before.partner_id):
        return tuple(one for one in changes if not one.field.startswith(("deal.", "qualification.")))
    if _value(before) != _value(after):
        changes.append(FieldChange("deal.estimatedValue", _value(before), _value(after)))
    closing = "decline" if after.outcome is LeadOutcome.DECLINED else "loss"
    for attribute, name in (("close_reason", "reason"), ("close_comment", "comment")):
        if getattr(before, attribute) != getattr(after, attribute):
            changes.append(FieldChange(f"{closing}.{name}", None, text_of(getattr(after, attribute))))
    return tuple(changes)


def _value(lead: Lead) -> str | None:
    if lead.deal_minor is None or lead.deal_currency is None:
        return None
    return f"{Money(lead.deal_minor, lead.deal_currency).text} {lead.deal_currency}"


def text_of(value: object) -> str | None:
    """Return a value as the history records it."""
    match value:
        case None | ():
            return None
        case bool():
            return "true" if value else "false"
        case Enum():
            return str(value.value)
        case datetime():
            return f"{value.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
        case date():
            return value.isoformat()
        case tuple():
            return ", ".join(one.name if isinstance(one, TeamMember) else str(one) for one in value)
        case _:
            return str(value)
