"""Conversion of a lead: existing records that match it, empty fields to fill, and names of new records.

A company's account matches by its name (see `domain.matching.names`). A mail domain never decides: it orders accounts of the same name, and
suggests an account for a lead without a company only where the domain is that company's own. A contact matches by e-mail address.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar
from uuid import UUID

from gql_leads.domain.leads.lead import EmailValidity, Lead
from gql_leads.domain.matching.addresses import company_domain, email_key, is_own_domain
from gql_leads.domain.matching.mail_providers import name_label
from gql_leads.domain.matching.names import company_key, company_name, same_company, same_name
from gql_leads.domain.opportunities.records import Account, Contact, Opportunity
from gql_leads.domain.values.text_folding import fold

Record = TypeVar("Record", Account, Contact)


@dataclass(frozen=True, slots=True)
class MatchKeys:
    """Values of a lead with which existing records are compared.

    A private person has no company, and an address of a mail provider no domain.
    """

    company: str | None
    """The company's name as it was written."""
    domain: str | None
    email: str | None
    """The customer's address as `addresses.email_key` returns it."""
    person: str = ""
    """The customer's full name."""
    is_named: bool = False
    """Whether the company was given as the account's name: only an equal name matches then, its legal form included."""

    @property
    def company_keys(self) -> tuple[str, ...]:
        """The names without their legal form that a matching account may have: `names.CompanyName.core` and `.rest`.

        Without a company, the names that the domain may stand for: "tail spin" and "tail-spin" for tail-spin.example.
        """
        if self.company is None:
            label = name_label(self.domain or "")
            return tuple(dict.fromkeys((label, label.replace("-", " ")))) if label else ()
        name = company_name(self.company)
        return (name.core,) if name.rest is None else (name.core, name.rest)


@dataclass(frozen=True, slots=True)
class Known:
    """Existing records of one partner that may match, the oldest first."""

    accounts: Sequence[Account] = ()
    contacts: Sequence[Contact] = ()


@dataclass(frozen=True, slots=True)
class Candidates(Generic[Record]):
    """Matching records, the best first."""

    records: tuple[Record, ...] = ()
    equals: tuple[Record, ...] = ()
    """The first of them: those that match equally well. Where there are several, none is chosen without asking."""


def usable_domain(email: str | None, validity: EmailValidity = EmailValidity.UNKNOWN) -> str | None:
    """Return the domain of an address that mail may reach, if it can be a company's own."""
    return None if validity in {EmailValidity.INVALID, EmailValidity.SPAM} else company_domain(email)


def own_domain(email: str | None, validity: EmailValidity, account: Account) -> str | None:
    """Return the domain of an address if it is the account's own, see `is_own_domain`; else None."""
    domain = usable_domain(email, validity)
    return domain if domain is not None and not account.is_person and is_own_domain(domain, account.name) else None


def match_keys(lead: Lead, company: str | None = None) -> MatchKeys:
    """Return the keys of a lead; `company` is the account's name if it was given."""
    email = email_key(lead.email) if lead.email else None
    domain = usable_domain(lead.email, lead.email_validity)
    return MatchKeys(company or lead.company, domain, email, lead.full_name, is_named=company is not None)


def matching_accounts(keys: MatchKeys, known: Known) -> Candidates[Account]:
    """Return the accounts that the lead may belong to.

    By the company's name: an equal name first, then names that differ in the legal form; among these, an account with the lead's domain
    first. Without a company: accounts of contacts with the customer's address, then companies whose own domain it is, then those without a
    known domain whose whole name is the domain's.
    """
    if keys.company is None:
        theirs = {one.account_id for one in known.contacts if _has_email(one, keys)}
        return _ranked(
            (one for one in known.accounts if one.id in theirs or _owns_domain(one, keys) or _is_named_by_domain(one, keys)),
            lambda one: (one.id not in theirs, not _owns_domain(one, keys)),
        )
    company = keys.company
    is_same = same_name if keys.is_named else same_company
    core = company_key(company)

    def rank(account: Account) -> tuple[bool, ...]:
        has_form_in_front = company_key(account.name) != core
        return not same_name(account.name, company), has_form_in_front, not _owns_domain(account, keys)

    return _ranked((one for one in known.accounts if not one.is_person and is_same(one.name, company)), rank)


def matching_contacts(keys: MatchKeys, known: Known, account_id: UUID | None) -> Candidates[Contact]:
    """Return the contacts with the customer's address.

    Contacts of the account come first, then those of no account; of each, those with the customer's name.
    """
    found = (one for one in known.contacts if _has_email(one, keys) and one.account_id in (account_id, None))
    return _ranked(found, lambda one: (one.account_id is None, not same_name(one.full_name, keys.person)))


def _ranked(records: Iterable[Record], rank: Callable[[Record], tuple[bool, ...]]) -> Candidates[Record]:
    ranked = sorted(((rank(one), one) for one in records), key=lambda pair: pair[0])
    return Candidates(tuple(one for _, one in ranked), tuple(one for place, one in ranked if place == ranked[0][0]))


def _owns_domain(account: Account, keys: MatchKeys) -> bool:
    is_known = keys.domain is not None and not account.is_person and account.domain == keys.domain
    return is_known and (account.is_domain_given or is_own_domain(account.domain or "", account.name))


def _is_named_by_domain(account: Account, keys: MatchKeys) -> bool:
    """True if the account has no domain yet, and its whole name is the one that the lead's domain stands for."""
    is_free = keys.domain is not None and account.domain is None and not account.is_person
    return is_free and company_key(account.name) in keys.company_keys and is_own_domain(keys.domain or "", account.name)


def _has_email(contact: Contact, keys: MatchKeys) -> bool:
    return keys.email is not None and contact.email is not None and email_key(contact.email) == keys.email


def account_name(lead: Lead) -> str:
    """Return the name of a new account: the company, or the person where there is none."""
    return lead.company or lead.full_name


def opportunity_name(name: str, account: str) -> str:
    """Return the name with the account's name in front, unless it begins with it already."""
    folded, front = fold(name), fold(account)
    is_there = folded.startswith(front) and not folded[len(front) : len(front) + 1].isalnum()
    return name if is_there else f"{account} - {name}"


def filled_account(account: Account, lead: Lead) -> Account:
    """Return the account with its empty fields filled from the lead."""
    domain = account.domain or own_domain(lead.email, lead.email_validity, account)
    return replace(account, country=account.country or lead.country, domain=domain)


def filled_contact(contact: Contact, lead: Lead, account_id: UUID) -> Contact:
    """Return the contact with its empty fields filled from the lead."""
    return replace(
        contact,
        account_id=contact.account_id or account_id,
        first_name=contact.first_name or lead.first_name,
        title=contact.title or lead.title,
        email=contact.email or lead.email,
        phone=contact.phone or lead.phone,
    )


def filled_opportunity(opportunity: Opportunity, lead: Lead, contact_id: UUID) -> Opportunity:
    """Return the opportunity with its empty fields filled from the lead's deal."""
    filled = replace(
        opportunity,
        contact_id=opportunity.contact_id or contact_id,
        lead_id=opportunity.lead_id or lead.id,
        expected_close_date=opportunity.expected_close_date or lead.expected_close_date,
    )
    if filled.amount_minor is None:
        filled = replace(filled, amount_minor=lead.deal_minor, amount_currency=lead.deal_currency)
    return filled
