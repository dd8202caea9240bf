"""What a lead is recognised as, what is filled in, and what things are called."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.conversion import (
    Candidates,
    Known,
    MatchKeys,
    account_name,
    filled_account,
    filled_contact,
    filled_opportunity,
    match_keys,
    matching_accounts,
    matching_contacts,
    opportunity_name,
    own_domain,
    usable_domain,
)
from gql_leads.domain.leads.lead import EmailValidity
from gql_leads.domain.opportunities.records import Account, Contact, Opportunity, OpportunityAction, OpportunityStage, allowed_actions
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
    assert usable_domain(email, validity) == expected


def test_an_account_learns_only_its_own_domain() -> None:
    assert own_domain("a@contoso.example", EmailValidity.UNKNOWN, an_account("Contoso Ltd")) == "contoso.example"
    assert own_domain("a@contoso.example", EmailValidity.INVALID, an_account("Contoso Ltd")) is None
    assert own_domain("a@contoso.example", EmailValidity.UNKNOWN, an_account("Contoso", is_person=True)) is None
    assert own_domain("ben@hotmail.be", EmailValidity.VALID, an_account("Garage")) is None
    assert own_domain("ben@provider.example", EmailValidity.VALID, an_account("Garage")) is None


def keys(company: str | None, domain: str | None = None, email: str | None = None, **more: Any) -> MatchKeys:
    return MatchKeys(company, domain, email, **more)


def test_a_lead_is_compared_by_its_company_its_domain_and_its_address() -> None:
    lead = make_lead(company="Contoso Ltd", email="Aparna@Contoso.Example", first_name="Aparna", last_name="Bosu")
    assert match_keys(lead) == MatchKeys("Contoso Ltd", "contoso.example", "aparna@contoso.example", "Aparna Bosu")
    named = MatchKeys("Fabrikam Inc.", "contoso.example", "aparna@contoso.example", "Aparna Bosu", is_named=True)
    assert match_keys(lead, "Fabrikam Inc.") == named
    assert match_keys(replace(lead, company=None, email=None)) == MatchKeys(None, None, None, "Aparna Bosu")


def test_the_keys_of_a_company_are_those_that_its_accounts_may_have() -> None:
    assert keys("Volvo AB").company_keys == ("volvo",)
    assert keys("AB Volvo").company_keys == ("ab volvo", "volvo")
    assert keys(None).company_keys == ()


def test_an_account_matches_by_its_name_and_never_by_the_domain_alone() -> None:
    by_domain, by_name, newer = an_account("Fabrikam", domain="contoso.example"), an_account("Contoso Ltd"), an_account("CONTOSO")
    person, stranger = an_account("Contoso", is_person=True), an_account("Other", domain="other.example")
    known = Known([by_domain, by_name, person, stranger, newer], [a_contact(account=stranger.id)])
    found = matching_accounts(keys("Contoso", "contoso.example", "aparna@contoso.example"), known)
    assert found == Candidates((newer, by_name), (newer,))
    assert matching_accounts(keys("nobody"), known) == Candidates()
    assert matching_accounts(keys("Tailspin", "contoso.example"), known) == Candidates()


def test_a_lead_without_a_company_is_offered_accounts_whose_own_domain_it_has() -> None:
    asked = keys(None, "tail-spin.example", "a@tail-spin.example")
    named, other, person = an_account("Tail Spin Ltd"), an_account("Tail Spin Toys"), an_account("Tail Spin", is_person=True)
    elsewhere = an_account("Tail-Spin", domain="tailspin.example")
    assert matching_accounts(asked, Known([named, other, person, elsewhere])) == Candidates((named,), (named,))
    learned = an_account("Tail Spin Toys", domain="tail-spin.example")
    stranger = an_account("Wingtip", domain="tail-spin.example")
    assert matching_accounts(asked, Known([named, stranger])).records == (named,)
    told = replace(stranger, is_domain_given=True)
    found = matching_accounts(asked, Known([named, told, learned]))
    assert set(found.equals) == {told}
    assert found.records[-1] == named
    assert matching_accounts(keys("Fabrikam", "tail-spin.example"), Known([told])) == Candidates()


def test_bakery_garage_and_a_private_person_at_one_provider_stay_apart() -> None:
    bakery, garage = an_account("Bakery", domain="hotmail.be"), an_account("Garage", domain="hotmail.be")
    known = Known([bakery, garage])
    for company in ("Brewery", None):
        lead = make_lead(company=company, email="cy@hotmail.be")
        assert matching_accounts(match_keys(lead), known) == Candidates()


def test_several_accounts_of_one_name_are_all_offered_and_none_is_the_best() -> None:
    first, second, other = an_account("Contoso Ltd"), an_account("Contoso GmbH"), an_account("Contoso Cloud")
    known = Known([first, second, other])
    assert matching_accounts(keys("Contoso"), known) == Candidates((first, second), (first, second))
    assert matching_accounts(keys("contoso gmbh"), known) == Candidates((second, first), (second,))


def test_among_accounts_of_one_name_the_one_with_the_leads_own_domain_is_the_best() -> None:
    plain, own = an_account("Contoso Ltd"), an_account("Contoso GmbH", domain="contoso.example")
    assert matching_accounts(keys("Contoso", "contoso.example"), Known([plain, own])) == Candidates((own, plain), (own,))


def test_a_name_without_a_legal_form_in_front_is_better_than_one_with_it() -> None:
    front, behind = an_account("AB Volvo"), an_account("Volvo Ltd")
    assert matching_accounts(keys("Volvo"), Known([front, behind])) == Candidates((behind, front), (behind,))


def test_an_account_name_that_was_given_matches_only_an_equal_name() -> None:
    accounts = [an_account(name) for name in ("AS Fracht", "KK Fracht", "Fracht", "Fracht SL")]
    assert matching_accounts(keys("SL Fracht", is_named=True), Known(accounts)) == Candidates()
    equal = an_account("sl FRACHT")
    assert matching_accounts(keys("SL Fracht", is_named=True), Known([*accounts, equal])) == Candidates((equal,), (equal,))


def test_a_private_persons_account_is_found_by_their_address_and_never_by_their_name() -> None:
    person, namesake = an_account("Aparna Bosu", is_person=True), an_account("Aparna Bosu", is_person=True)
    company, learned = an_account("Contoso", domain="contoso.example"), an_account("Fabrikam", domain="contoso.example")
    contacts = [a_contact("APARNA@contoso.example", person.id), a_contact("other@x.example", namesake.id)]
    known = Known([namesake, person, company, learned], contacts)
    found = matching_accounts(keys(None, "contoso.example", "aparna@contoso.example"), known)
    assert found == Candidates((person, company), (person,))
    assert matching_accounts(keys(None, None, "nobody@x.example"), known) == Candidates()
    assert matching_accounts(keys(None), known) == Candidates()


def test_a_contact_matches_by_address_within_the_account_or_without_any() -> None:
    account, other = uuid7(), uuid7()
    free, elsewhere, inside = a_contact(), a_contact(account=other), a_contact("Aparna@CONTOSO.example", account)
    nameless = a_contact(None, account)
    known = Known([], [free, elsewhere, inside, nameless])
    mine = keys(None, None, "aparna@contoso.example", person="Bosu")
    assert matching_contacts(mine, known, account) == Candidates((inside, free), (inside,))
    assert matching_contacts(mine, known, None) == Candidates((free,), (free,))
    assert matching_contacts(keys(None), known, account).records == ()


def test_of_contacts_who_share_an_address_the_one_of_the_same_name_is_the_best() -> None:
    account = uuid7()
    first, second = a_contact("info@contoso.example", account), a_contact("info@contoso.example", account, last_name="Cole")
    shared = keys(None, None, "info@contoso.example", person="Cole")
    assert matching_contacts(shared, Known([], [first, second]), account) == Candidates((second, first), (second,))
    stranger = replace(shared, person="Dole")
    assert matching_contacts(stranger, Known([], [first, second]), account) == Candidates((first, second), (first, second))


def test_a_contact_is_found_by_the_other_spelling_of_their_domain() -> None:
    contact = a_contact("a@xn--mller-kva.example")
    lead = make_lead(email="A@müller.example", last_name="Bosu")
    assert matching_contacts(match_keys(lead), Known([], [contact]), None).equals == (contact,)


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
