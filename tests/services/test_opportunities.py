"""Accounts, contacts and opportunities saved by members."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.commands import ContactFields, Conversion, MoneyFields, NewOpportunity, OpportunityFields, SaveAccount, SaveContact
from gql_leads.domain.errors import Invalid, NotFound, NotPermitted, Refusal, VersionConflict
from gql_leads.domain.leads.lead import CloseReason
from gql_leads.domain.opportunities.records import OpportunityStage
from gql_leads.domain.values.validation import UNSET
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads.conversion import convert_lead
from gql_leads.services.opportunities import create_opportunity, save_account, save_contact, update_opportunity
from gql_leads.store.opportunities import ACCOUNTS, CONTACTS, OPPORTUNITIES
from gql_leads.store.sql.rows import loaded
from tests.factories import World
from tests.fixtures import REP, Clock, dump_tables, load_lead, make_member, make_qualified_lead
from tests.services.customers import a_contact, an_account, an_opportunity, the
from tests.services.refusing import fields_at_fault, refused

STAGE = OpportunityStage
BOSU = ContactFields(first_name="Aparna", last_name="Bosu", email="Aparna@Contoso.Example", phone="+33 1 23 45 67 89")


async def test_an_account_keeps_fields_left_out_and_null_clears_them(app: AppContext, world: World) -> None:
    account = await save_account(app, world.rep, SaveAccount(name=" Contoso ", country="FR"))
    assert await save_account(app, world.profiles, SaveAccount(account_id=account, name="Contoso Ltd")) == account
    found = await the(app, ACCOUNTS, world.rep, account)
    assert (found.name, found.country, found.partner_id, found.is_person) == ("Contoso Ltd", "FR", world.acme, False)
    await save_account(app, world.referrals, SaveAccount(account_id=account, country=None))
    assert (await the(app, ACCOUNTS, world.rep, account)).country is None


async def test_a_contact_is_created_updated_and_moved(app: AppContext, world: World) -> None:
    first, second = await an_account(app, world.rep), await an_account(app, world.rep, "Fabrikam")
    contact = await save_contact(app, world.rep, SaveContact(account_id=first, person=BOSU))
    found = await the(app, CONTACTS, world.rep, contact)
    assert (found.full_name, found.email, found.phone, found.account_id) == (
        "Aparna Bosu", "Aparna@Contoso.Example", "+33123456789", first,
    )  # fmt: skip
    await save_contact(app, world.rep, SaveContact(contact_id=contact, account_id=second, person=ContactFields(title="CIO", phone=None)))
    found = await the(app, CONTACTS, world.rep, contact)
    assert (found.full_name, found.title, found.phone, found.account_id) == ("Aparna Bosu", "CIO", None, second)
    await save_contact(app, world.rep, SaveContact(contact_id=contact, account_id=None, person=ContactFields()))
    assert (await the(app, CONTACTS, world.rep, contact)).account_id is None


async def test_an_account_gets_its_contacts_domain_once_and_never_a_public_one(app: AppContext, world: World) -> None:
    account = await an_account(app, world.rep)
    for email, known in (("a@gmail.com", None), ("a@mailinator.com", None), ("nobody", None), (BOSU.email, "contoso.example"),
                         ("a@fabrikam.example", "contoso.example")):  # fmt: skip
        await a_contact(app, world.rep, account, email=email)
        assert (await the(app, ACCOUNTS, world.rep, account)).domain == known, email


@pytest.mark.parametrize("given", ["tailspin.example", " TAILSPIN.Example. ", "info@tailspin.example", "www.tailspin.example"])
async def test_a_member_says_which_domain_is_an_accounts_own(app: AppContext, world: World, given: str) -> None:
    account = await save_account(app, world.rep, SaveAccount(name="Wingtip Toys", domain=given))
    found = await the(app, ACCOUNTS, world.rep, account)
    assert (found.domain, found.is_domain_given) == ("tailspin.example", True)
    await a_contact(app, world.rep, account, email="a@wingtip.example")
    await save_account(app, world.rep, SaveAccount(account_id=account, name="Wingtip"))
    assert (await the(app, ACCOUNTS, world.rep, account)).domain == "tailspin.example"
    await save_account(app, world.rep, SaveAccount(account_id=account, domain=" "))
    found = await the(app, ACCOUNTS, world.rep, account)
    assert (found.domain, found.is_domain_given) == (None, False)


@pytest.mark.parametrize("given", ["gmail.com", "ada@hotmail.be", "localhost", "a b.example", "-a.example", "a..example", "x" * 300])
async def test_a_providers_domain_and_no_domain_are_refused(app: AppContext, world: World, given: str) -> None:
    account = await an_account(app, world.rep)
    before = await dump_tables(app)
    for wanted in (SaveAccount(name="Wingtip", domain=given), SaveAccount(account_id=account, domain=given)):
        with pytest.raises(Invalid) as wrong:
            await save_account(app, world.rep, wanted)
        assert [one.field for one in wrong.value.invalid_fields] == [("domain",)]
    assert await dump_tables(app) == before


async def test_an_opportunity_goes_through_its_stages_and_its_versions(app: AppContext, world: World, clock: Clock) -> None:
    account = await an_account(app, world.rep)
    contact = await a_contact(app, world.rep, account)
    amount = MoneyFields(amount=Decimal("1250.5"), currency="EUR")
    facts = OpportunityFields(name="Ledger", stage=STAGE.PROSPECTING, amount=amount, expected_close_date="2027-01-31")
    made = await create_opportunity(app, world.rep, NewOpportunity(account_id=account, contact_id=contact, facts=facts))
    found = await the(app, OPPORTUNITIES, world.rep, made)
    assert (found.version, found.account_id, found.contact_id, found.owner_id) == (1, account, contact, world.rep.member_id)
    assert (found.amount_minor, found.amount_currency, str(found.expected_close_date)) == (125_050, "EUR", "2027-01-31")
    clock.advance(hours=1)
    assert await update_opportunity(app, world.colleague, made, OpportunityFields(stage=STAGE.PROPOSAL, amount=None), 1) == made
    found = await the(app, OPPORTUNITIES, world.rep, made)
    assert (found.version, found.stage, found.amount_minor, found.amount_currency) == (2, STAGE.PROPOSAL, None, None)
    assert (found.name, found.created_at < found.updated_at == clock()) == ("Ledger", True)
    before = await dump_tables(app)
    await update_opportunity(app, world.rep, made, OpportunityFields(stage=STAGE.PROPOSAL, name=" Ledger "), 2)
    assert await dump_tables(app) == before
    conflict = await refused(app, update_opportunity(app, world.rep, made, OpportunityFields(name="New"), 1))
    assert isinstance(conflict, VersionConflict)
    assert conflict.current_version == 2


@pytest.mark.parametrize("closed", [STAGE.CLOSED_WON, STAGE.CLOSED_LOST])
async def test_a_closed_opportunity_is_final(app: AppContext, world: World, closed: OpportunityStage) -> None:
    opportunity = await an_opportunity(app, world.rep, await an_account(app, world.rep))
    close = OpportunityFields(stage=closed, close_reason=CloseReason.OTHER if closed is STAGE.CLOSED_LOST else UNSET)
    await update_opportunity(app, world.rep, opportunity, close)
    found = await the(app, OPPORTUNITIES, world.rep, opportunity)
    assert (found.close_reason, found.closed_at) == (close.close_reason or None, app.now())
    for change in (OpportunityFields(name="New"), OpportunityFields(stage=STAGE.PROSPECTING), close):
        refusal = await refused(app, update_opportunity(app, world.rep, opportunity, change, 2))
        assert isinstance(refusal, Invalid)
        assert [fault.field for fault in refusal.invalid_fields] == [("opportunityId",)]
    assert isinstance(await refused(app, update_opportunity(app, world.rep, opportunity, OpportunityFields(), 1)), VersionConflict)


async def test_the_second_of_two_concurrent_updates_of_one_version_is_a_conflict(app: AppContext, world: World) -> None:
    opportunity = await an_opportunity(app, world.rep, await an_account(app, world.rep))
    attempts = (update_opportunity(app, world.rep, opportunity, OpportunityFields(name=f"Name {n}"), 1) for n in range(6))
    found = await asyncio.gather(*attempts, return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["UUID", *["VersionConflict"] * 5]
    assert (await the(app, OPPORTUNITIES, world.rep, opportunity)).version == 2


async def test_the_same_key_creates_one_opportunity_also_concurrently(app: AppContext, world: World) -> None:
    account = await an_account(app, world.rep)
    new = NewOpportunity(account_id=account, facts=OpportunityFields(name="Ledger", stage=STAGE.PROSPECTING))
    made = await asyncio.gather(*(create_opportunity(app, world.rep, new, "key") for _ in range(8)))
    assert len(set(made)) == 1
    before = await dump_tables(app)
    assert await create_opportunity(app, world.rep, new, "key") == made[0]
    assert await dump_tables(app) == before
    other = NewOpportunity(account_id=account, facts=OpportunityFields(name="Other", stage=STAGE.PROSPECTING))
    assert isinstance(await refused(app, create_opportunity(app, world.rep, other, "key")), Invalid)


async def test_a_contact_of_another_account_is_refused(app: AppContext, world: World) -> None:
    account, other = await an_account(app, world.rep), await an_account(app, world.rep, "Fabrikam")
    for contact in (await a_contact(app, world.rep, other), await a_contact(app, world.rep, None)):
        new = NewOpportunity(account_id=account, contact_id=contact, facts=OpportunityFields(name="Ledger", stage=STAGE.PROSPECTING))
        refusal = await refused(app, create_opportunity(app, world.rep, new))
        assert isinstance(refusal, Invalid)
        assert [fault.field for fault in refusal.invalid_fields] == [("contactId",)]


async def every_door(app: AppContext, who: Viewer, account: UUID, contact: UUID, opportunity: UUID) -> dict[str, Refusal]:
    """Attempt each use of the records with a viewer; yield the refused path."""
    facts = OpportunityFields(name="Ledger", stage=STAGE.PROSPECTING)
    own = await an_account(app, who) if who.works_leads else account
    doors = {
        "account": save_account(app, who, SaveAccount(account_id=account, name="Mine")),
        "contact": save_contact(app, who, SaveContact(contact_id=contact, person=ContactFields(title="Mine"))),
        "contact's account": save_contact(app, who, SaveContact(account_id=account, person=BOSU)),
        "opportunity's account": create_opportunity(app, who, NewOpportunity(account_id=account, facts=facts)),
        "opportunity's contact": create_opportunity(app, who, NewOpportunity(account_id=own, contact_id=contact, facts=facts)),
        "opportunity": update_opportunity(app, who, opportunity, OpportunityFields(name="Mine"), 99),
    }
    return {name: await refused(app, attempt) for name, attempt in doors.items()}


async def test_another_partners_records_are_not_found(app: AppContext, world: World) -> None:
    account = await an_account(app, world.rep)
    contact = await a_contact(app, world.rep, account)
    opportunity = await an_opportunity(app, world.rep, account)
    for who in (world.rival, world.seller):
        real = await every_door(app, who, account, contact, opportunity)
        unreal = await every_door(app, who, uuid7(), uuid7(), uuid7())
        told = {name: (type(one), one.message, one.field) for name, one in real.items()}
        assert told == {name: (type(one), one.message, one.field) for name, one in unreal.items()}
        assert {type(one) for one in real.values()} == {NotFound}
    assert {name: one.field for name, one in real.items()} == {
        "account": ("accountId",), "contact": ("contactId",), "contact's account": ("accountId",),
        "opportunity's account": ("accountId",), "opportunity's contact": ("accountId",), "opportunity": ("opportunityId",),
    }  # fmt: skip


async def test_the_vendor_reads_records_and_may_not_save_them(app: AppContext, world: World) -> None:
    account = await an_account(app, world.rep)
    contact = await a_contact(app, world.rep, account)
    opportunity = await an_opportunity(app, world.rep, account)
    for who in (world.admin, world.channel):
        shut = await every_door(app, who, account, contact, opportunity)
        assert {type(one) for one in shut.values()} == {NotPermitted}
    for who in world.vendor:
        assert isinstance(await refused(app, save_account(app, who, SaveAccount(name="New"))), NotPermitted)
        assert isinstance(await refused(app, save_contact(app, who, SaveContact(person=BOSU))), NotPermitted)


async def test_losing_asks_for_a_reason_and_nothing_else_takes_one(app: AppContext, world: World) -> None:
    account = await an_account(app, world.rep)
    opportunity, reason = await an_opportunity(app, world.rep, account), CloseReason.BUDGET_NOT_ADEQUATE
    faulty = (
        OpportunityFields(stage=STAGE.CLOSED_LOST), OpportunityFields(stage=STAGE.CLOSED_LOST, close_reason=None),
        OpportunityFields(close_reason=reason), OpportunityFields(stage=STAGE.CLOSED_WON, close_reason=reason),
    )  # fmt: skip
    for wanted in faulty:
        assert await fields_at_fault(app, update_opportunity(app, world.rep, opportunity, wanted)) == [("closeReason",)]
        new = NewOpportunity(account_id=account, facts=replace(wanted, name="Ledger"))
        assert await fields_at_fault(app, create_opportunity(app, world.rep, new)) == [("closeReason",)]
    lost = await an_opportunity(app, world.rep, account, stage=STAGE.CLOSED_LOST, close_reason=reason)
    found = await the(app, OPPORTUNITIES, world.rep, lost)
    assert (found.close_reason, found.closed_at, await entries(app, lost)) == (reason, app.now(), [("CREATED", {})])


async def test_every_change_is_in_the_history_from_what_to_what(app: AppContext, world: World, clock: Clock) -> None:
    account = await an_account(app, world.rep)
    contact, opportunity = await a_contact(app, world.rep, account), await an_opportunity(app, world.rep, account)
    amount = MoneyFields(amount=Decimal("1250.5"), currency="EUR")
    changes = (
        OpportunityFields(name="New", amount=amount, contact_id=contact, owner_id=world.colleague.member_id),
        OpportunityFields(stage=STAGE.PROPOSAL, contact_id=None),
        OpportunityFields(expected_close_date="2027-01-31"),
        OpportunityFields(stage=STAGE.CLOSED_LOST, close_reason=CloseReason.SPAM, amount=None),
    )
    for change in changes:
        clock.advance(minutes=1)
        await update_opportunity(app, world.colleague, opportunity, change)
    assert await entries(app, opportunity) == [
        ("CREATED", {}),
        ("CHANGED", {
            "name": ("Ledger", "New"), "contact": (None, str(contact)), "amount": (None, "1250.50 EUR"),
            "owner": (str(world.rep.member_id), str(world.colleague.member_id)),
        }),
        ("STAGE_CHANGED", {"stage": ("PROSPECTING", "PROPOSAL"), "contact": (str(contact), None)}),
        ("CHANGED", {"expectedCloseDate": (None, "2027-01-31")}),
        ("LOST", {"stage": ("PROPOSAL", "CLOSED_LOST"), "closeReason": (None, "SPAM"), "amount": ("1250.50 EUR", None)}),
    ]  # fmt: skip
    found = await the(app, OPPORTUNITIES, world.rep, opportunity)
    assert (found.version, found.owner_id, found.contact_id) == (5, world.colleague.member_id, None)


async def test_owner_and_contact_are_of_the_partner_and_the_account(app: AppContext, world: World) -> None:
    account, other = await an_account(app, world.rep), await an_account(app, world.rep, "Fabrikam")
    opportunity, elsewhere = await an_opportunity(app, world.rep, account), await a_contact(app, world.rep, other)
    away = await make_member(app, world.acme, REP)
    await app.database.writing.execute("UPDATE member SET is_active = ? WHERE id = ?", False, away.member_id)
    for owner in (away.member_id, world.rival.member_id, world.admin.member_id, uuid7()):
        refusal = await refused(app, update_opportunity(app, world.rep, opportunity, OpportunityFields(owner_id=owner)))
        assert (type(refusal), refusal.field) == (NotFound, ("ownerId",))
    refusal = await refused(app, update_opportunity(app, world.rep, opportunity, OpportunityFields(contact_id=uuid7())))
    assert (type(refusal), refusal.field) == (NotFound, ("contactId",))
    for wanted, field in ((OpportunityFields(contact_id=elsewhere), "contactId"), (OpportunityFields(owner_id=None), "ownerId")):
        assert await fields_at_fault(app, update_opportunity(app, world.rep, opportunity, wanted)) == [(field,)]


async def test_a_conversion_into_an_existing_opportunity_is_a_change_that_names_the_lead(app: AppContext, world: World) -> None:
    account = await an_account(app, world.rep)
    opportunity, lead = await an_opportunity(app, world.rep, account), await make_qualified_lead(app, world.rep)
    await convert_lead(app, world.rep, lead, Conversion(account_id=account, opportunity_id=opportunity))
    created = (await convert_lead(app, world.rep, await make_qualified_lead(app, world.rep), Conversion(account_id=account))).opportunity_id
    found = await the(app, OPPORTUNITIES, world.rep, opportunity)
    assert await entries(app, opportunity) == [
        ("CREATED", {}), ("CHANGED", {"contact": (None, str(found.contact_id)), "lead": (None, (await load_lead(app, lead)).reference)}),
    ]  # fmt: skip
    assert created is not None
    assert await entries(app, created) == [("CREATED", {})]


async def entries(app: AppContext, opportunity: UUID) -> list[tuple[str, dict[str, Any]]]:
    """Return kind and changes of each history entry, in order."""
    rows = await app.database.writing.fetch("SELECT * FROM opportunity_timeline_entry WHERE opportunity_id = ? ORDER BY id", opportunity)
    return [(row["kind"], {one["field"]: (one["from"], one["to"]) for one in loaded(row["changes"])}) for row in rows]
