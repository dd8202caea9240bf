"""Removal of the contact from a lead, from its history and from the records it was converted into.

Removed are the values declared as personal: names, addresses, numbers, the contact's place, texts that people wrote, and the ids of the
lead in other systems. Values that only may name the contact, such as the company, are removed if they do. Team members with an account,
figures and the fact that something happened stay.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeVar

from gql_leads.domain import activities
from gql_leads.domain.attributes import Attribute, Personal, attributes_of, defaults_of
from gql_leads.domain.leads.history import AUDITED_FIELDS, ERASED_PATHS, NOTE_PATH, FieldChange
from gql_leads.domain.leads.lead import Lead, TeamMember
from gql_leads.domain.opportunities import history
from gql_leads.domain.opportunities.records import Account, Contact, Opportunity
from gql_leads.domain.values.text_folding import fold

Record = TypeVar("Record", Lead, Account, Contact, Opportunity)

ERASED: Final = "[erased]"
"""Placeholder for a required text."""
PERSONAL: Final[dict[type, dict[str, Attribute]]] = {
    kind: {name: one for name, one in attributes_of(kind).items() if one.personal is not Personal.NO}
    for kind in (Lead, Account, Contact, Opportunity)
}
"""Attributes of each kind of record that erasure may change."""
PERSONAL_PATHS: Final = ERASED_PATHS | activities.AUDIT.personal | history.AUDIT.personal | {NOTE_PATH}
"""Paths whose values in the history are removed."""
_DEFAULTS: Final = {kind: defaults_of(kind) for kind in PERSONAL}
_IDENTIFYING: Final = frozenset(AUDITED_FIELDS[name] for name in ("last_name", "email", "phone"))
_NO_NAMES: Final = frozenset({fold(ERASED), "unknown"})
_SHORTEST: Final = 3


@dataclass(frozen=True, slots=True)
class ContactIdentity:
    """Contact of a lead, recognised in texts by folded family names, addresses and numbers."""

    identifiers: frozenset[str]

    @classmethod
    def of(cls, lead: Lead, history: Iterable[FieldChange]) -> "ContactIdentity":
        """Return the contact of the lead, recognised by present values and by those in its history."""
        earlier = (value for one in history if one.field in _IDENTIFYING for value in (one.before, one.after))
        return cls(_identifying_texts(lead.last_name, lead.full_name, lead.email, lead.phone, *earlier))

    def known_as(self, contact: Contact) -> "ContactIdentity":
        """Return the same person, also recognised by the values of the record that a partner keeps of them."""
        return ContactIdentity(self.identifiers | _identifying_texts(contact.last_name, contact.full_name, contact.email, contact.phone))

    def is_in(self, text: str | None) -> bool:
        """True if the text names the person."""
        folded = fold(text or "")
        return any(mark in folded for mark in self.identifiers)

    def out_of(self, text: str | None) -> str | None:
        """Return the text, or None if it names the person."""
        return None if self.is_in(text) else text


def _identifying_texts(*known: str | None) -> frozenset[str]:
    identifiers = {fold(one) for one in known if one}
    return frozenset(mark for mark in identifiers if len(mark) >= _SHORTEST) - _NO_NAMES


def without_contact(lead: Lead, person: ContactIdentity) -> Lead:
    """Return the lead without any value that identifies its contact."""
    return _cleared(lead, person)


def redacted(changes: Sequence[FieldChange], person: ContactIdentity) -> list[FieldChange]:
    """Return the changes of a timeline entry without personal values; the names of the fields stay."""
    return [
        FieldChange(one.field, None, None)
        if one.field in PERSONAL_PATHS
        else FieldChange(one.field, person.out_of(one.before), person.out_of(one.after))
        for one in changes
    ]


def without_names(changes: Sequence[FieldChange], person: ContactIdentity) -> list[FieldChange]:
    """Return the changes of a timeline entry without values that name the person."""
    return [FieldChange(one.field, person.out_of(one.before), person.out_of(one.after)) for one in changes]


def erased_contact(contact: Contact) -> Contact:
    """Return the contact without the person's name, addresses and numbers."""
    return _cleared(contact, None)


def erased_account(account: Account, person: ContactIdentity, *, is_only_contact: bool) -> Account:
    """Return the account without the contact.

    The account of a private person, and a company named after its only contact, lose their name.
    """
    if account.is_person or (is_only_contact and person.is_in(account.name)):
        return _cleared(account, None)
    return replace(account, domain=person.out_of(account.domain))


def erased_opportunity(opportunity: Opportunity, now: datetime) -> Opportunity:
    """Return a new version of the opportunity without its name, which begins with the customer's."""
    return replace(_cleared(opportunity, None), version=opportunity.version + 1, updated_at=now)


def _cleared(record: Record, person: ContactIdentity | None) -> Record:
    """Return the record without personal values.

    Values that only may name the contact are kept if they do not; without a `person` to look for, they are removed.
    """
    kind = type(record)
    values = {name: _erased_value(kind, name, getattr(record, name), person) for name in PERSONAL[kind]}
    return replace(record, **values)


def _erased_value(kind: type, name: str, value: Any, person: ContactIdentity | None) -> Any:
    attribute = PERSONAL[kind][name]
    if attribute.personal is Personal.MAYBE and person is not None:
        if isinstance(value, tuple):
            return tuple(one for one in value if not _is_person(one, person))
        return person.out_of(value)
    if attribute.is_required_text:
        return value and ERASED
    return _DEFAULTS[kind][name]


def _is_person(member: TeamMember, person: ContactIdentity) -> bool:
    return member.member_id is None and any(map(person.is_in, (member.name, member.email, member.phone)))
