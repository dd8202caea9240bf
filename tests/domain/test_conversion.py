"""What a lead is recognised as, what is filled in, and what things are called."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.conversion import (
    Known,
    Marks,
    account_name,
    company_domain,
    company_key,
    filled_account,
    filled_contact,
    filled_opportunity,
    marks_of,
    matching_accounts,
    matching_contacts,
    opportunity_name,
)
from gql_leads.domain.leads.lead import EmailValidity
from gql_leads.domain.opportunities import Account, Contact, Opportunity, OpportunityAction, OpportunityStage, allowed_actions
from gql_leads.domain.viewer import MemberRole
from tests.domain.facts import ACME, NOW, a_viewer, make_lead


def an_account(name: str = "Contoso", **facts: Any) -> Account:
    usual: dict[str, Any] = {"id": uuid7(), "partner_id": ACME, "name": name, "created_at": NOW}
    return Account(**(usual | facts))


def a_contact(email: str | None = "aparna@contoso.example", account: UUID | None = None, **facts: Any) -> Contact:
    usual: dict[str, Any] = {
        "id": uuid7(),
        "partner_id": ACME,
        "last_name": "Bosu",
        "email": email,
        "account_id": account,
        "created_at": NOW,
    }
    return Contact(**(usual | facts))


@pytest.mark.parametrize(
    ("one", "other"),
    [("Contoso", " CONTOSO "), ("Contoso Ltd", "contoso, Ltd."), ("Contoso", "The Contoso GmbH & Co. KG"), ("École", "ÉCOLE S.A."),
     ("Straße AG", "STRASSE"), ("O'Neil", "ONeil Inc."), ("Smith & Sons", "Smith and Sons"), ("***", " *** ".strip())],
)  # fmt: skip
def test_a_company_is_one_company_however_its_name_is_written(one: str, other: str) -> None:
    assert company_key(one) == company_key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("Contoso", "Contoso2"), ("Acme Group", "Acme Holding"), ("The Company", "The Corporation"), ("Contoso", "Con toso"), ("!", "?")],
)
def test_companies_that_are_not_the_same_are_told_apart(one: str, other: str) -> None:
    assert company_key(one) != company_key(other)


@pytest.mark.parametrize(
    ("email", "validity", "expected"),
    [
        ("Aparna@Contoso.Example", EmailValidity.UNKNOWN, "contoso.example"),
        ("aparna@contoso.example", EmailValidity.VALID, "contoso.example"),
        ("aparna@contoso.example", EmailValidity.INVALID, None),
        ("aparna@contoso.example", EmailValidity.SPAM, None),
        ("aparna@GMAIL.com", EmailValidity.VALID, None),
        ("aparna", EmailValidity.UNKNOWN, None),
        ("aparna@localhost", EmailValidity.UNKNOWN, None),
        (None, EmailValidity.UNKNOWN, None),
    ],
)
def test_a_domain_is_a_companys_unless_everybody_may_be_there(email: str | None, validity: EmailValidity, expected: str | None) -> None:
    assert company_domain(email, validity) == expected


def test_a_lead_is_recognised_by_its_company_its_domain_and_its_address() -> None:
    lead = make_lead(company="Contoso Ltd", email="Aparna@Contoso.Example")
    assert marks_of(lead) == Marks("contoso", "contoso.example", "aparna@contoso.example")
    assert marks_of(lead, "Fabrikam Inc.") == Marks("fabrikam", None, "aparna@contoso.example")
    assert marks_of(replace(lead, company=None, email=None)) == Marks(None, None, None)


def test_an_account_matches_by_name_before_it_matches_by_domain() -> None:
    by_domain, by_name, newer = an_account("Fabrikam", domain="contoso.example"), an_account("Contoso Ltd"), an_account("CONTOSO")
    person, stranger = an_account("Contoso", is_person=True), an_account("Other", domain="other.example")
    known = Known([by_domain, by_name, person, stranger, newer], [a_contact(account=stranger.id)])
    marks = Marks("contoso", "contoso.example", "aparna@contoso.example")
    assert matching_accounts(marks, known) == (by_name, newer, by_domain)
    assert matching_accounts(Marks("nobody", None, None), known) == ()
    assert matching_accounts(Marks("fabrikam", "contoso.example", None), known) == (by_domain,)


def test_a_private_persons_account_is_found_by_their_address_and_never_by_their_name() -> None:
    person, namesake = an_account("Aparna Bosu", is_person=True), an_account("Aparna Bosu", is_person=True)
    company = an_account("Contoso", domain="contoso.example")
    known = Known([namesake, person, company], [a_contact("APARNA@contoso.example", person.id), a_contact("other@x.example", namesake.id)])
    assert matching_accounts(Marks(None, "contoso.example", "aparna@contoso.example"), known) == (person, company)
    assert matching_accounts(Marks(None, None, "nobody@x.example"), known) == ()
    assert matching_accounts(Marks(None, None, None), known) == ()


def test_a_contact_matches_by_address_within_the_account_or_without_any() -> None:
    account, other = uuid7(), uuid7()
    free, elsewhere, inside = a_contact(), a_contact(account=other), a_contact("Aparna@CONTOSO.example", account)
    nameless = a_contact(None, account)
    known = Known([], [free, elsewhere, inside, nameless])
    marks = Marks(None, None, "aparna@contoso.example")
    assert matching_contacts(marks, known, account) == (inside, free)
    assert matching_contacts(marks, known, None) == (free,)
    assert matching_contacts(Marks(None, None, None), known, account) == ()


@pytest.mark.parametrize(
    ("name", "account", "expected"),
    [
        ("Ledger", "Contoso", "Contoso - Ledger"),
        ("Contoso - Ledger", "Contoso", "Contoso - Ledger"),
        ("contoso: Ledger", "CONTOSO", "contoso: Ledger"),
        ("Contoso", "Contoso", "Contoso"),
        ("ÉCOLE Ledger", "École", "ÉCOLE Ledger"),
        ("Contosoft - Ledger", "Contoso", "Contoso - Contosoft - Ledger"),
        ("Ledger for Contoso", "Contoso", "Contoso - Ledger for Contoso"),
    ],
)
def test_an_opportunity_is_called_after_its_account_unless_it_already_is(name: str, account: str, expected: str) -> None:
    assert opportunity_name(name, account) == expected
    assert opportunity_name(expected, account) == expected


def test_a_new_account_is_called_like_the_company_or_like_the_person_without_one() -> None:
    lead = make_lead(first_name="Aparna", last_name="Bosu", company="Contoso")
    assert account_name(lead) == "Contoso"
    assert account_name(replace(lead, company=None)) == "Aparna Bosu"
    assert account_name(replace(lead, company=None, first_name=None)) == "Bosu"


def test_only_what_is_empty_is_filled() -> None:
    lead = make_lead(
        first_name="Aparna", last_name="Bosu", title="CIO", email="aparna@contoso.example", phone="+33123456789", country="FR",
        deal_minor=100, deal_currency="EUR", expected_close_date=date(2027, 1, 31),
    )  # fmt: skip
    empty, full = an_account(), an_account(country="DE", domain="other.example")
    assert filled_account(empty, lead) == replace(empty, country="FR", domain="contoso.example")
    assert filled_account(full, lead) == full
    assert filled_account(replace(empty, is_person=True), lead) == replace(empty, is_person=True, country="FR")

    somebody = a_contact(None, last_name="Other")
    filled: dict[str, Any] = {"account_id": empty.id, "first_name": "Aparna", "title": "CIO", "email": lead.email, "phone": lead.phone}
    assert filled_contact(somebody, lead, empty.id) == replace(somebody, **filled)
    known = replace(somebody, account_id=full.id, first_name="A", title="CEO", email="a@b.example", phone="1")
    assert filled_contact(known, lead, empty.id) == known

    facts: dict[str, Any] = {"partner_id": ACME, "owner_id": uuid7(), "created_at": NOW, "updated_at": NOW, "account_id": empty.id}
    open_one = Opportunity(id=uuid7(), name="Ledger", **facts)
    expected = replace(
        open_one, contact_id=somebody.id, lead_id=lead.id, amount_minor=100, amount_currency="EUR", expected_close_date=date(2027, 1, 31)
    )
    assert filled_opportunity(open_one, lead, somebody.id) == expected
    told = replace(expected, contact_id=known.id, lead_id=uuid7(), amount_minor=0, amount_currency="USD", expected_close_date=date.min)
    assert filled_opportunity(told, lead, somebody.id) == told


@pytest.mark.parametrize("stage", OpportunityStage)
@pytest.mark.parametrize("role", MemberRole)
def test_an_open_opportunity_is_edited_by_its_partners_people_and_a_closed_one_by_nobody(role: MemberRole, stage: OpportunityStage) -> None:
    may = role in {MemberRole.SALES_REP, MemberRole.REFERRAL_ADMIN, MemberRole.BUSINESS_PROFILE_ADMIN}
    is_open = not stage.value.startswith("CLOSED")
    assert allowed_actions(a_viewer(role), stage) == ((OpportunityAction.EDIT, OpportunityAction.CLOSE) if may and is_open else ())
