"""Conversion of a lead: new records, reused records, filled fields, and atomicity."""

import asyncio
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.commands import ContactFields, Conversion, DealFields, MoneyFields, OpportunityFields, SaveAccount, SaveContact
from gql_leads.domain.errors import Invalid, InvalidTransition, NotFound, QualificationIncomplete, VersionConflict
from gql_leads.domain.leads.lead import LeadOutcome, LeadStage, LeadStatus
from gql_leads.domain.opportunities.records import OpportunityStage
from gql_leads.domain.rules import Rules
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import deals, notes
from gql_leads.services.leads.conversion import ConversionResult, convert_lead
from gql_leads.services.opportunities import save_account, save_contact, update_opportunity
from gql_leads.store.opportunities import ACCOUNTS, CONTACTS, OPPORTUNITIES
from tests.factories import World
from tests.fixtures import REP as SALES_REP
from tests.fixtures import dump_tables, load_lead, make_accepted_lead, make_member, make_qualified_lead, timeline_kinds
from tests.services.customers import a_contact, an_account, an_opportunity, the
from tests.services.refusing import refused

AS_IT_IS = Conversion()
DEAL = DealFields(name="Ledger", estimated_value=MoneyFields(amount=Decimal(100), currency="EUR"), expected_close_date="2027-01-31")


async def convert(
    app: AppContext, world: World, lead: UUID | None = None, /, facts: dict[str, Any] | None = None, **wanted: Any
) -> ConversionResult:
    """Convert a lead of Acme's with these attributes unless one is given."""
    lead = lead or await make_qualified_lead(app, world.rep, **(facts or {}))
    return await convert_lead(app, world.rep, lead, Conversion(**wanted))


async def count(app: AppContext, table: str) -> int:
    return len((await dump_tables(app))[table])


async def test_all_three_records_are_created_from_the_lead(app: AppContext, world: World) -> None:
    lead = await make_qualified_lead(app, world.rep, title="CIO", phone="+33123456789", status=LeadStatus.CONTACTED)
    await deals.update_lead_deal(app, world.rep, lead, DEAL)
    await notes.add_lead_note(app, world.rep, lead, "Ready to buy.")
    before, events = await load_lead(app, lead), await count(app, "event")
    made = await convert_lead(app, world.colleague, lead, AS_IT_IS, before.version)
    assert made.opportunity_id is not None
    account, contact = await the(app, ACCOUNTS, world.rep, made.account_id), await the(app, CONTACTS, world.rep, made.contact_id)
    opportunity = await the(app, OPPORTUNITIES, world.rep, made.opportunity_id)
    assert (account.name, account.is_person, account.country, account.domain) == ("Contoso", False, "FR", "contoso.example")
    assert (contact.full_name, contact.title, contact.email, contact.phone, contact.account_id) == (
        "Aparna Bosu", "CIO", "aparna@contoso.example", "+33123456789", account.id,
    )  # fmt: skip
    assert (opportunity.name, opportunity.account_id, opportunity.contact_id, opportunity.lead_id) == (
        "Contoso - Ledger", account.id, contact.id, lead,
    )  # fmt: skip
    assert (opportunity.amount_minor, opportunity.amount_currency, opportunity.expected_close_date) == (10_000, "EUR", date(2027, 1, 31))
    assert (opportunity.owner_id, opportunity.stage, opportunity.version) == (world.rep.member_id, OpportunityStage.PROSPECTING, 1)
    found = await load_lead(app, lead)
    assert (found.stage, found.outcome, found.status) == (LeadStage.ARCHIVED, LeadOutcome.CONVERTED, LeadStatus.CONTACTED)
    assert (found.version, found.archived_at, found.closed_by_id) == (before.version + 1, app.now(), world.colleague.member_id)
    assert (found.account_id, found.contact_id, found.opportunity_id) == (account.id, contact.id, opportunity.id)
    assert (await timeline_kinds(app, lead))[-2:] == ["NOTE_ADDED", "CONVERTED"]
    assert await count(app, "event") == events + 2  # the lead's and the opportunity's
    assert await count(app, "note") == 1


async def test_the_longest_name_a_conversion_creates_is_valid_in_an_update(app: AppContext, world: World) -> None:
    made = await convert(app, world, account_name="a" * 200, opportunity=OpportunityFields(name="n" * 300))
    assert made.opportunity_id is not None
    opportunity = await the(app, OPPORTUNITIES, world.rep, made.opportunity_id)
    assert len(opportunity.name) > 500
    edit = OpportunityFields(name=opportunity.name, stage=OpportunityStage.PROPOSAL)
    await update_opportunity(app, world.rep, made.opportunity_id, edit)
    assert (await the(app, OPPORTUNITIES, world.rep, made.opportunity_id)).stage is OpportunityStage.PROPOSAL


async def test_a_person_without_a_company_becomes_an_account(app: AppContext, world: World) -> None:
    made = await convert(app, world, facts={"company": None})
    account = await the(app, ACCOUNTS, world.rep, made.account_id)
    assert (account.name, account.is_person, account.domain) == ("Aparna Bosu", True, None)
    again = await convert(app, world, facts={"company": None, "email": "APARNA@contoso.example"})
    assert (again.account_id, again.contact_id) == (made.account_id, made.contact_id)
    namesake = await convert(app, world, facts={"company": None, "email": "another@contoso.example"})
    assert namesake.account_id != made.account_id
    company = await convert(app, world, facts={"company": "Aparna Bosu", "email": None})
    assert company.account_id not in {made.account_id, namesake.account_id}


async def test_the_account_is_picked_by_name_or_by_its_own_domain_and_the_contact_by_email(app: AppContext, world: World) -> None:
    first = await convert(app, world)
    by_name = await convert(app, world, facts={"company": "CONTOSO Ltd.", "email": "other@gmail.com"})
    assert (by_name.account_id, by_name.contact_id == first.contact_id) == (first.account_id, False)
    by_domain = await convert(app, world, facts={"company": "A name nobody knows", "email": "Aparna@CONTOSO.example"})
    assert by_domain.account_id not in {first.account_id, by_name.account_id}
    assert by_domain.contact_id != first.contact_id
    without_company = await convert(app, world, facts={"company": None, "email": "third@contoso.example"})
    assert without_company.account_id == first.account_id
    free = await convert(app, world, facts={"company": "Gmail fans", "email": "another@gmail.com"})
    assert free.account_id != first.account_id
    elsewhere = await convert(app, world, facts={"company": "Fabrikam", "email": "other@gmail.com"})
    assert elsewhere.account_id not in {first.account_id, free.account_id}
    assert elsewhere.contact_id != by_name.contact_id
    assert await count(app, "opportunity") == 6


async def test_a_lead_without_a_company_goes_to_the_account_whose_domain_a_member_gave(app: AppContext, world: World) -> None:
    account = await save_account(app, world.rep, SaveAccount(name="Wingtip", domain="tailspin.example"))
    named = await an_account(app, world.rep, "Fabrikam Ltd")
    for email, expected in (("a@tailspin.example", account), ("b@Fabrikam.example", named)):
        assert (await convert(app, world, facts={"company": None, "email": email})).account_id == expected
    other = await convert(app, world, facts={"company": "Northwind", "email": "c@tailspin.example"})
    person = await convert(app, world, facts={"company": None, "email": "d@wingtip-fans.example"})
    assert len({account, named, other.account_id, person.account_id}) == 4
    assert (await the(app, ACCOUNTS, world.rep, person.account_id)).is_person
    with pytest.raises(Invalid):
        await save_account(app, world.rep, SaveAccount(account_id=person.account_id, domain="tailspin.example"))


async def test_companies_at_one_mail_provider_and_a_private_person_there_stay_apart(app: AppContext, world: World) -> None:
    bakery = await convert(app, world, facts={"company": "Bakery", "email": "ada@hotmail.be"})
    garage = await convert(app, world, facts={"company": "Garage", "email": "ben@hotmail.be"})
    await a_contact(app, world.rep, garage.account_id, email="dan@mail.provider.example")
    private = await convert(app, world, facts={"company": None, "email": "cy@hotmail.be"})
    other = await convert(app, world, facts={"company": None, "email": "eve@mail.provider.example"})
    assert len({one.account_id for one in (bakery, garage, private, other)}) == 4
    accounts = [await the(app, ACCOUNTS, world.rep, one.account_id) for one in (bakery, garage, private, other)]
    assert [one.is_person for one in accounts] == [False, False, True, True]
    assert [one.domain for one in accounts] == [None] * 4


async def test_names_that_begin_with_other_legal_forms_make_accounts_of_their_own(app: AppContext, world: World) -> None:
    made = [await convert(app, world, facts={"company": name, "email": None}) for name in ("AS Fracht", "KK Fracht", "SL Fracht")]
    assert len({one.account_id for one in made}) == 3
    volvo = await convert(app, world, facts={"company": "Volvo AB", "email": None})
    for name in ("Volvo", "AB Volvo", "VOLVO, AB"):
        assert (await convert(app, world, facts={"company": name, "email": None})).account_id == volvo.account_id
    named = await convert(app, world, facts={"company": "AS Fracht", "email": None}, account_name="Fracht")
    assert named.account_id not in {one.account_id for one in made}


@pytest.mark.parametrize(
    ("first", "second"), [("राम", "रोम"), ("กิน", "กัน"), ("Müller", "Muller"), ("Co-op Bank", "Op Bank"), ("C++ X", "C# X")]
)
async def test_companies_of_other_letters_are_other_accounts(app: AppContext, world: World, first: str, second: str) -> None:
    made = [await convert(app, world, facts={"company": name, "email": None}) for name in (first, second, first)]
    assert made[0].account_id != made[1].account_id
    assert made[0].account_id == made[2].account_id


async def test_of_several_accounts_that_match_equally_well_none_is_chosen(app: AppContext, world: World) -> None:
    first, second = await an_account(app, world.rep, "Contoso Ltd"), await an_account(app, world.rep, "Contoso GmbH")
    contact = await a_contact(app, world.rep, second, email="other@x.example")
    lead = await make_qualified_lead(app, world.rep)
    for dry_run in (True, False):
        refusal = await refused(app, convert_lead(app, world.rep, lead, AS_IT_IS, dry_run=dry_run))
        assert isinstance(refusal, Invalid)
        assert [fault.field for fault in refusal.invalid_fields] == [("account",)]
        assert "Contoso Ltd, Contoso GmbH" in str(refusal)
    assert (await convert(app, world, contact_id=contact)).account_id == second
    assert (await convert(app, world, account_id=first)).account_id == first
    assert (await convert(app, world, facts={"company": "contoso gmbh"})).account_id == second
    assert (await convert(app, world, lead, account_name="Contoso")).account_id not in {first, second}


async def test_of_several_contacts_with_one_address_none_is_chosen_unless_the_name_decides(app: AppContext, world: World) -> None:
    account = await an_account(app, world.rep)
    one = await a_contact(app, world.rep, account, last_name="Abel", email="info@contoso.example")
    await a_contact(app, world.rep, account, last_name="Cole", email="INFO@contoso.example")
    shared = {"email": "info@contoso.example", "first_name": None}
    refusal = await refused(app, convert_lead(app, world.rep, await make_qualified_lead(app, world.rep, **shared), AS_IT_IS))
    assert isinstance(refusal, Invalid)
    assert [fault.field for fault in refusal.invalid_fields] == [("contact",)]
    assert (await convert(app, world, facts={**shared, "last_name": "ABEL"})).contact_id == one


async def test_the_names_that_a_conversion_makes_are_saved_again_by_its_form(app: AppContext, world: World) -> None:
    lead = await make_qualified_lead(app, world.rep, company=None, first_name="f" * 100, last_name="l" * 100)
    made = await convert(app, world, lead)
    account = await the(app, ACCOUNTS, world.rep, made.account_id)
    assert len(account.name) == 201
    await save_account(app, world.rep, SaveAccount(account_id=account.id, name=account.name))
    assert made.opportunity_id is not None
    opportunity = await the(app, OPPORTUNITIES, world.rep, made.opportunity_id)
    again = await convert(app, world, account_id=account.id, opportunity=OpportunityFields(name=opportunity.name))
    assert again.opportunity_id is not None
    assert (await the(app, OPPORTUNITIES, world.rep, again.opportunity_id)).name == opportunity.name
    refusal = await refused(app, convert_lead(
        app, world.rep, await make_qualified_lead(app, world.rep), Conversion(opportunity=OpportunityFields(name="n" * 800)),
    ))  # fmt: skip
    assert isinstance(refusal, Invalid)
    assert [fault.field for fault in refusal.invalid_fields] == [("opportunity", "create", "name")]


async def test_another_partners_account_is_never_picked(app: AppContext, world: World) -> None:
    theirs = await convert_lead(app, world.rival, await make_qualified_lead(app, world.rival), AS_IT_IS)
    ours = await convert(app, world)
    assert ours.account_id != theirs.account_id
    assert ours.contact_id != theirs.contact_id


async def test_named_records_are_used_and_only_their_empty_fields_are_filled(app: AppContext, world: World) -> None:
    account = await an_account(app, world.rep, "Fabrikam")
    contact = await a_contact(app, world.rep, None, first_name="Bob", email="bob@fabrikam.example")
    sale = await an_opportunity(app, world.rep, account, amount=MoneyFields(amount=Decimal(7), currency="USD"))
    lead = await make_qualified_lead(app, world.rep, title="CIO")
    await deals.update_lead_deal(app, world.rep, lead, DEAL)
    made = await convert(
        app, world, lead, account_id=account, contact_id=contact, opportunity_id=sale, owner_id=world.colleague.member_id,
        status=LeadStatus.DELIVERED,
    )  # fmt: skip
    assert made == ConversionResult(lead, account, contact, sale)
    found = await the(app, ACCOUNTS, world.rep, account)
    assert (found.name, found.country, found.domain) == ("Fabrikam", "FR", None)
    person = await the(app, CONTACTS, world.rep, contact)
    assert (person.full_name, person.title, person.email, person.account_id) == ("Bob Bosu", "CIO", "bob@fabrikam.example", account)
    kept = await the(app, OPPORTUNITIES, world.rep, sale)
    assert (kept.name, kept.amount_minor, kept.amount_currency, kept.owner_id) == ("Ledger", 700, "USD", world.rep.member_id)
    assert (kept.contact_id, kept.lead_id, str(kept.expected_close_date), kept.version) == (contact, lead, "2027-01-31", 2)
    assert (await load_lead(app, lead)).status is LeadStatus.DELIVERED
    assert [await count(app, table) for table in ("account", "contact", "opportunity")] == [1, 1, 1]


async def test_a_named_account_is_the_one_of_that_name_or_a_new_company(app: AppContext, world: World) -> None:
    existing = await an_account(app, world.rep, "Fabrikam Ltd")
    assert (await convert(app, world, account_name=" fabrikam, LTD ")).account_id == existing
    assert (await convert(app, world, account_name="Fabrikam")).account_id != existing
    made = await the(app, ACCOUNTS, world.rep, (await convert(app, world, facts={"company": None}, account_name="Tailspin")).account_id)
    assert (made.name, made.is_person) == ("Tailspin", False)


async def test_a_new_opportunity_has_the_given_fields(app: AppContext, world: World) -> None:
    lead = await make_qualified_lead(app, world.rep)
    await deals.update_lead_deal(app, world.rep, lead, DEAL)
    asked = OpportunityFields(name="CONTOSO, year two", amount=MoneyFields(amount=Decimal(1), currency="JPY"), expected_close_date=None)
    made = await convert(app, world, lead, opportunity=asked, owner_id=world.colleague.member_id)
    assert made.opportunity_id is not None
    found = await the(app, OPPORTUNITIES, world.rep, made.opportunity_id)
    assert (found.name, found.amount_minor, found.amount_currency) == ("CONTOSO, year two", 1, "JPY")
    assert (str(found.expected_close_date), found.owner_id) == ("2027-01-31", world.colleague.member_id)
    unnamed = await convert(app, world, opportunity=OpportunityFields(name=" "))
    assert unnamed.opportunity_id is not None
    assert (await the(app, OPPORTUNITIES, world.rep, unnamed.opportunity_id)).name == "Contoso"


async def test_the_viewer_owns_the_opportunity_of_an_unowned_lead(app: AppContext, world: World) -> None:
    lead = await make_qualified_lead(app, world.rep)
    await app.database.writing.execute("UPDATE lead SET owner_id = NULL WHERE id = ?", lead)
    made = await convert_lead(app, world.colleague, lead, AS_IT_IS)
    assert made.opportunity_id is not None
    assert (await the(app, OPPORTUNITIES, world.rep, made.opportunity_id)).owner_id == world.colleague.member_id


async def test_no_opportunity_is_created_with_without_opportunity(app: AppContext, world: World) -> None:
    made = await convert(app, world, without_opportunity=True)
    assert made.opportunity_id is None
    assert (await load_lead(app, made.lead_id)).opportunity_id is None
    assert await count(app, "opportunity") == 0


async def test_a_dry_run_returns_the_same_result_and_leaves_nothing(app: AppContext, world: World) -> None:
    existing = await an_account(app, world.rep)
    lead = await make_qualified_lead(app, world.rep)
    before = await dump_tables(app)
    dry_run = await convert_lead(app, world.rep, lead, Conversion(status=LeadStatus.PURCHASED), dry_run=True)
    assert await dump_tables(app) == before
    made = await convert_lead(app, world.rep, lead, Conversion(status=LeadStatus.PURCHASED))
    assert dry_run.account_id == made.account_id == existing
    row = dry_run.dry_run_rows["lead", lead]
    found = await load_lead(app, lead)
    assert (row["status"], row["outcome"], row["version"]) == (found.status, found.outcome, found.version)
    assert dry_run.dry_run_rows["account", existing]["country"] == "FR"
    assert dry_run.contact_id is not None
    assert dry_run.dry_run_rows["contact", dry_run.contact_id]["last_name"] == "Bosu"


async def test_conversion_is_refused_before_qualification_unless_the_gate_is_off(app: AppContext, world: World) -> None:
    lead = await make_accepted_lead(app, world.rep)
    assert isinstance(await refused(app, convert_lead(app, world.rep, lead, AS_IT_IS)), QualificationIncomplete)
    ungated = replace(app, rules=Rules(qualification_gate=False))
    assert (await convert_lead(ungated, world.rep, lead, AS_IT_IS)).lead_id == lead


async def test_a_record_of_another_account_is_refused(app: AppContext, world: World) -> None:
    account, other = await an_account(app, world.rep), await an_account(app, world.rep, "Fabrikam")
    contact, sale = await a_contact(app, world.rep, other), await an_opportunity(app, world.rep, other)
    closed = await an_opportunity(app, world.rep, account)
    await update_opportunity(app, world.rep, closed, OpportunityFields(stage=OpportunityStage.CLOSED_WON))
    lead = await make_qualified_lead(app, world.rep)
    for wanted, field in (
        ({"contact_id": contact}, ("contact", "existingId")),
        ({"contact_id": contact, "account_name": "New"}, ("contact", "existingId")),
        ({"opportunity_id": sale, "account_id": account}, ("opportunity", "existingId")),
        ({"opportunity_id": closed}, ("opportunity", "existingId")),
    ):
        refusal = await refused(app, convert_lead(app, world.rep, lead, Conversion(**wanted)))
        assert isinstance(refusal, Invalid)
        assert [fault.field for fault in refusal.invalid_fields] == [field]


async def test_records_of_another_partner_and_unknown_ones_get_the_same_refusal(app: AppContext, world: World) -> None:
    theirs = await convert_lead(app, world.rival, await make_qualified_lead(app, world.rival), AS_IT_IS)
    lead = await make_qualified_lead(app, world.rep)
    asleep = await make_member(app, world.acme, SALES_REP)
    await app.database.writing.execute("UPDATE member SET is_active = ? WHERE id = ?", False, asleep.member_id)
    for name, real, field in (
        ("account_id", theirs.account_id, ("account", "existingId")),
        ("contact_id", theirs.contact_id, ("contact", "existingId")),
        ("opportunity_id", theirs.opportunity_id, ("opportunity", "existingId")),
        ("owner_id", world.rival.member_id, ("ownerId",)),
        ("owner_id", world.admin.member_id, ("ownerId",)),
        ("owner_id", asleep.member_id, ("ownerId",)),
    ):
        for record in (real, uuid7()):
            wanted: dict[str, Any] = {name: record}
            # Records are checked before version and stage.
            for one in (lead, await make_accepted_lead(app, world.rep)):
                refusal = await refused(app, convert_lead(app, world.rep, one, Conversion(**wanted), 99))
                assert (type(refusal), refusal.field, refusal.message) == (NotFound, field, NotFound().message)
    assert isinstance(await refused(app, convert_lead(app, world.rep, lead, AS_IT_IS, 99)), VersionConflict)


async def test_concurrent_conversions_of_one_lead_create_one_set_of_records(app: AppContext, world: World) -> None:
    lead = await make_qualified_lead(app, world.rep)
    everyone = (world.rep, world.colleague, world.referrals, world.profiles) * 2
    found = await asyncio.gather(*(convert_lead(app, who, lead, AS_IT_IS) for who in everyone), return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["ConversionResult", *[InvalidTransition.__name__] * 7]
    assert [await count(app, table) for table in ("account", "contact", "opportunity")] == [1, 1, 1]
    assert (await timeline_kinds(app, lead)).count("CONVERTED") == 1
    again = await refused(app, convert_lead(app, world.rep, lead, AS_IT_IS))
    assert isinstance(again, InvalidTransition)


async def test_concurrent_conversions_for_one_new_company_create_one_account_and_one_contact(app: AppContext, world: World) -> None:
    leads = [await make_qualified_lead(app, world.rep) for _ in range(8)]
    made = await asyncio.gather(*(convert_lead(app, world.rep, lead, AS_IT_IS) for lead in leads))
    assert len({one.account_id for one in made}) == len({one.contact_id for one in made}) == 1
    assert len({one.opportunity_id for one in made}) == 8


async def test_a_conversion_and_a_concurrent_update_both_take_effect(app: AppContext, world: World) -> None:
    contact = await a_contact(app, world.rep, await an_account(app, world.rep), email="aparna@contoso.example")
    lead = await make_qualified_lead(app, world.rep, phone="+33123456789")
    edit = SaveContact(contact_id=contact, person=ContactFields(title="CIO"))
    await asyncio.gather(convert_lead(app, world.rep, lead, AS_IT_IS), save_contact(app, world.colleague, edit))
    found = await the(app, CONTACTS, world.rep, contact)
    assert (found.title, found.phone, found.first_name) == ("CIO", "+33123456789", "Aparna")


async def test_a_broken_conversion_leaves_nothing(app: AppContext, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lead = await make_qualified_lead(app, world.rep)
    await an_account(app, world.rep)
    before = await dump_tables(app)

    def broken(*_: object, **_more: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("gql_leads.services.leads.conversion.archived", broken)
    with pytest.raises(ZeroDivisionError):
        await convert_lead(app, world.rep, lead, AS_IT_IS)
    assert await dump_tables(app) == before


async def test_the_lead_of_a_deactivated_owner_is_converted_for_the_converter(app: AppContext, world: World) -> None:
    lead = await make_qualified_lead(app, world.colleague)
    await app.database.writing.execute("UPDATE member SET is_active = ? WHERE id = ?", False, world.colleague.member_id)
    made = await convert(app, world, lead)
    assert made.opportunity_id is not None
    assert (await the(app, OPPORTUNITIES, world.rep, made.opportunity_id)).owner_id == world.rep.member_id
