"""What goes when a lead's contact is erased: whatever says who the person is. Figures, and that things happened, stay.

Gone are names, addresses and numbers, where the person is at home, what they and others wrote, and the lead's ids in other systems. The
company stays, and so do texts like a campaign's code, unless they name the person: a firm may be called after whoever it is. Members in the
deal's team stay.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from gql_leads.domain.leads.history import FieldChange
from gql_leads.domain.leads.lead import EmailValidity, Lead, PhoneValidity
from gql_leads.domain.opportunities import Account, Contact, Opportunity
from gql_leads.domain.text_folding import fold

ERASED: Final = "[erased]"
"""What stands where a text must stand."""
OF_THE_CONTACT: Final = "contact."
OF_THE_PERSON: Final = frozenset({"message", "city", "region", "deal.name", "deal.crmId", "decline.comment", "loss.comment"})
"""Fields of the timeline whose values go, beside those of the contact."""
_MARKS: Final = frozenset({"contact.lastName", "contact.email", "contact.phone"})
_NOBODY: Final = frozenset({fold(ERASED), "unknown"})
_SHORTEST: Final = 3


@dataclass(frozen=True, slots=True)
class Person:
    """What somebody is recognised by in a text: family names, addresses and numbers, folded."""

    marks: frozenset[str]

    @classmethod
    def of(cls, lead: Lead, history: Iterable[FieldChange]) -> "Person":
        """The lead's contact, by what is known of them and what was known before."""
        once = (value for one in history if one.field in _MARKS for value in (one.before, one.after))
        return cls(_marks(lead.last_name, lead.full_name, lead.email, lead.phone, *once))

    def known_as(self, contact: Contact) -> "Person":
        """The same person, recognised as well by what a partner has written down of them since."""
        return Person(self.marks | _marks(contact.last_name, contact.full_name, contact.email, contact.phone))

    def is_in(self, text: str | None) -> bool:
        """Whether the text names them."""
        folded = fold(text or "")
        return any(mark in folded for mark in self.marks)

    def out_of(self, text: str | None) -> str | None:
        """The text, if it does not name them."""
        return None if self.is_in(text) else text


def _marks(*known: str | None) -> frozenset[str]:
    marks = {fold(one) for one in known if one}
    return frozenset(mark for mark in marks if len(mark) >= _SHORTEST) - _NOBODY


def without_person(lead: Lead, person: Person) -> Lead:
    """The lead with nothing in it that says who the person is."""
    return replace(
        lead,
        first_name=None,
        last_name=ERASED,
        title=None,
        email=None,
        email_validity=EmailValidity.UNKNOWN,
        phone=None,
        phone_validity=PhoneValidity.UNKNOWN,
        company=person.out_of(lead.company),
        industry=person.out_of(lead.industry),
        city=None,
        region=None,
        message=None,
        external_reference=None,
        recipient_email=person.out_of(lead.recipient_email),
        deal_name=lead.deal_name and ERASED,
        crm_id=None,
        campaign_code=person.out_of(lead.campaign_code),
        close_comment=None,
        team=tuple(one for one in lead.team if one.member_id is not None or not any(map(person.is_in, (one.name, one.email, one.phone)))),
    )


def redacted(changes: Sequence[FieldChange], person: Person) -> list[FieldChange]:
    """The changes of a timeline entry: which fields they were stays, and the values that are not the person's."""
    return [
        FieldChange(one.field, None, None)
        if one.field.startswith(OF_THE_CONTACT) or one.field in OF_THE_PERSON
        else FieldChange(one.field, person.out_of(one.before), person.out_of(one.after))
        for one in changes
    ]


def erased_contact(contact: Contact) -> Contact:
    """The person that the lead was converted into, as nobody."""
    return replace(contact, first_name=None, last_name=ERASED, title=None, email=None, phone=None)


def erased_account(account: Account, person: Person, *, is_theirs_alone: bool) -> Account:
    """The account: a private person's loses its name, and so does a firm that is called after its only contact."""
    if account.is_person or (is_theirs_alone and person.is_in(account.name)):
        return replace(account, name=ERASED, domain=None)
    return replace(account, domain=person.out_of(account.domain))


def erased_opportunity(opportunity: Opportunity, now: datetime) -> Opportunity:
    """The opportunity without its name, which begins with the customer's."""
    return replace(opportunity, name=ERASED, version=opportunity.version + 1, updated_at=now)
