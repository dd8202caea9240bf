"""What a lead is converted into: which existing records it is recognised as, what is filled in, and what is made.

A company is recognised by its name, however it is written, or by its part of the customer's e-mail address; a person by that address.
Nobody's company is known by the address of a free provider. Into what exists only what is empty is filled.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from gql_leads.domain.leads.lead import EmailValidity, Lead
from gql_leads.domain.leads.quality import FREE_PROVIDERS, LEGAL_FORMS, words_of
from gql_leads.domain.opportunities import Account, Contact, Opportunity
from gql_leads.domain.text_folding import fold

SAID_BESIDE_THE_NAME = LEGAL_FORMS - {"group", "holding"}
"""Words that do not tell one company from another."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What existing records are recognised by. A private person has no company, and a free mailbox no domain."""

    company: str | None
    domain: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """Existing records of one partner that bear some of the marks: the oldest first."""

    accounts: Sequence[Account] = ()
    contacts: Sequence[Contact] = ()


def company_key(name: str) -> str:
    """The company's name as it is compared: without case, punctuation and legal form."""
    words = words_of(name)
    return " ".join([word for word in words if word not in SAID_BESIDE_THE_NAME] or words) or fold(name)


def company_domain(email: str | None, validity: EmailValidity = EmailValidity.UNKNOWN) -> str | None:
    """The company's part of an address; None where the address cannot be trusted, or is of a provider that everybody may be with."""
    if email is None or validity in {EmailValidity.INVALID, EmailValidity.SPAM}:
        return None
    _, at, domain = fold(email).rpartition("@")
    return domain if at and "." in domain and domain not in FREE_PROVIDERS else None


def marks_of(lead: Lead, company: str | None = None) -> Marks:
    """What the lead's records are recognised by; where the account is named, by that name alone."""
    email = fold(lead.email) if lead.email else None
    if company is not None:
        return Marks(company_key(company), None, email)
    named = company_key(lead.company) if lead.company else None
    return Marks(named, company_domain(lead.email, lead.email_validity), email)


def matching_accounts(marks: Marks, known: Known) -> tuple[Account, ...]:
    """The accounts that the lead may belong to, best first: by name (a private person's by their address), then by domain."""
    if marks.company is not None:
        named = [one for one in known.accounts if not one.is_person and company_key(one.name) == marks.company]
    else:
        theirs = dict.fromkeys(one.account_id for one in known.contacts if _has_email(one, marks))
        by_id = {one.id: one for one in known.accounts}
        named = [by_id[one] for one in theirs if one in by_id]
    alike = [one for one in known.accounts if marks.domain is not None and one.domain == marks.domain]
    return tuple(dict.fromkeys([*named, *alike]))


def matching_contacts(marks: Marks, known: Known, account_id: UUID | None) -> tuple[Contact, ...]:
    """The contacts with the customer's address within the account, then those who belong to none."""
    found = [one for one in known.contacts if _has_email(one, marks) and one.account_id in (account_id, None)]
    return tuple(sorted(found, key=lambda one: one.account_id is None))


def _has_email(contact: Contact, marks: Marks) -> bool:
    return marks.email is not None and contact.email is not None and fold(contact.email) == marks.email


def account_name(lead: Lead) -> str:
    """What a new account is called: the company, or the person where there is none."""
    return lead.company or lead.full_name


def opportunity_name(name: str, account: str) -> str:
    """The name with the account's in front, unless it is there already."""
    folded, front = fold(name), fold(account)
    is_there = folded.startswith(front) and not folded[len(front) : len(front) + 1].isalnum()
    return name if is_there else f"{account} - {name}"


def filled_account(account: Account, lead: Lead) -> Account:
    """The account with what the lead knows of it and it does not."""
    domain = None if account.is_person else company_domain(lead.email, lead.email_validity)
    return replace(account, country=account.country or lead.country, domain=account.domain or domain)


def filled_contact(contact: Contact, lead: Lead, account_id: UUID) -> Contact:
    """The contact with what the lead knows of them and it does not."""
    return replace(
        contact,
        account_id=contact.account_id or account_id,
        first_name=contact.first_name or lead.first_name,
        title=contact.title or lead.title,
        email=contact.email or lead.email,
        phone=contact.phone or lead.phone,
    )


def filled_opportunity(opportunity: Opportunity, lead: Lead, contact_id: UUID) -> Opportunity:
    """The opportunity with what the lead's deal knows of it and it does not."""
    filled = replace(
        opportunity,
        contact_id=opportunity.contact_id or contact_id,
        lead_id=opportunity.lead_id or lead.id,
        expected_close_date=opportunity.expected_close_date or lead.expected_close_date,
    )
    if filled.amount_minor is None:
        filled = replace(filled, amount_minor=lead.deal_minor, amount_currency=lead.deal_currency)
    return filled
