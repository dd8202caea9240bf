"""Erasure: no row and no byte holds the person any more, and the lead's figures stay."""

import sqlite3
from contextlib import closing
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import pytest

from gql_leads.domain.activities import ActivityKind, NewActivity
from gql_leads.domain.commands import (
    ActivityFields,
    Assignee,
    ContactFields,
    Conversion,
    DealFields,
    LeadFields,
    MoneyFields,
    NewLead,
    NewOpportunity,
    OpportunityFields,
    SaveAccount,
    SaveContact,
    TeamMemberFields,
)
from gql_leads.domain.errors import Invalid, NotFound
from gql_leads.domain.leads.erasure import ERASED
from gql_leads.domain.leads.lead import (
    CloseReason,
    EmailValidity,
    Lead,
    LeadOutcome,
    LeadSource,
    LeadStage,
    PhoneValidity,
    TeamMember,
)
from gql_leads.domain.opportunities.records import OpportunityStage
from gql_leads.services.activities import delete_activity, log_opportunity_activity, update_activity
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import activities, assignments, claims, deals, deletion, erasure, intake, notes, outcomes, responses, updates
from gql_leads.services.leads.conversion import ConversionResult, convert_lead
from gql_leads.services.notes import add_opportunity_note, update_note
from gql_leads.services.opportunities import create_opportunity, save_account, save_contact, update_opportunity
from gql_leads.store.database.configuration import sqlite_path
from gql_leads.store.database.database import Database
from gql_leads.store.opportunities import ACCOUNTS, CONTACTS, OPPORTUNITIES
from tests.factories import World
from tests.fixtures import QUALIFIED, Clock, dump_tables, load_lead, make_accepted_lead, make_lead, timeline_kinds
from tests.services.customers import a_contact, an_account, an_opportunity, the
from tests.services.refusing import refused

WHO: Final = "Zyxwvut"
"""A name that occurs nowhere else."""
ONCE: Final = "Qponmlk"
"""The person's former name."""


def details(name: str, **more: Any) -> LeadFields:
    """Return details with this name in every field that takes text."""
    contact = ContactFields(first_name=name, last_name=name, title=f"Chief {name}", email=f"{name}@{name}.example", phone=f"+49 30 {name}")
    return LeadFields(contact=contact, city=name, region=name, message=f"I am {name}.", **more)


async def a_life(app: AppContext, world: World, company: str | None) -> UUID:
    """Return a converted lead that passed through many members, with the person's name in every text."""
    lead = await intake.create_lead(
        app, world.admin,
        NewLead(source=LeadSource.API, details=details(ONCE, company=company and f"{company} {ONCE}"),
                external_reference=ONCE),
        f"create {ONCE}",
    )  # fmt: skip
    await notes.add_lead_note(app, world.admin, lead, f"{ONCE} called us.", f"note {ONCE}")
    await claims.claim_lead(app, world.rival, lead)
    await updates.update_lead(app, world.rival, lead, details(WHO, company=company and f"{company} {WHO}"))
    note = await notes.add_lead_note(app, world.rival, lead, f"{WHO} is not for us.")
    await update_note(app, world.rival, note, f"{ONCE} is not for us.")
    await claims.release_lead(app, world.rival, lead)
    await assignments.assign_lead(app, world.admin, lead, Assignee(partner_id=world.acme))
    deal = DealFields(name=f"Deal of {ONCE}", crm_id=ONCE, estimated_value=MoneyFields(amount=Decimal(100), currency="EUR"))
    await responses.accept_lead(app, world.rep, lead, deal, f"{WHO} wants it.")
    team = (TeamMemberFields(name=f"{WHO} in person", email=f"{WHO}@team.example"), TeamMemberFields(member_id=world.rep.member_id))
    await deals.update_lead_deal(app, world.rep, lead, DealFields(name=f"Deal of {WHO}", crm_id=WHO, team=team))
    call = NewActivity(kind=ActivityKind.CALL, subject=f"Call {WHO}", body=f"{WHO} again.")
    logged = await activities.log_lead_activity(app, world.rep, lead, call, f"call {WHO}")
    await update_activity(app, world.rep, logged, ActivityFields(subject=f"Visit {ONCE}"))
    await delete_activity(app, world.rep, await activities.log_lead_activity(app, world.rep, lead, call))
    return await outcomes.qualify_lead(app, world.rep, lead, QUALIFIED)


async def where(app: AppContext, *names: str) -> set[str]:
    """Return the tables with one of the names in any column."""
    found = set()
    for table in await tables(app.database):
        rows = await app.database.writing.fetch(f"SELECT * FROM {table}")
        texts = " ".join(str(value) for row in rows for value in dict(row).values()).casefold()  # type: ignore[call-overload]
        found |= {table for name in names if name.casefold() in texts}
    return found


async def tables(database: Database) -> list[str]:
    """Return all tables; for a virtual table, its shadow tables."""
    if database.dialect == "sqlite":
        named = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    else:
        named = "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'"
    return [row["name"] for row in await database.writing.fetch(named)]


@pytest.mark.parametrize("company", [None, "Engineering Office"])
async def test_no_table_and_no_byte_of_the_file_holds_the_person(app: AppContext, world: World, company: str | None) -> None:
    lead = await a_life(app, world, company)
    made = await convert_lead(app, world.rep, lead, Conversion())
    expected = {"lead", "note", "activity", "timeline_entry", "account", "contact", "opportunity", "idempotency_key"}
    beside = {"lead_search"} if app.database.dialect == "postgres" else set()
    assert await where(app, WHO, ONCE) == expected | beside | {"event"}
    before = await load_lead(app, lead)
    await erasure.erase_lead_contact(app, world.referrals, lead)
    assert await where(app, WHO, ONCE) == set()
    await check_what_stays(app, world, before, made)
    if app.database.dialect == "sqlite":
        assert not names_in_file(app.database)


async def test_notes_activities_and_history_of_its_opportunities_are_erased(app: AppContext, world: World) -> None:
    made = await convert_lead(app, world.rep, await a_life(app, world, "Engineering Office"), Conversion())
    assert made.opportunity_id is not None
    other = await an_opportunity(app, world.rep, made.account_id, name="Other sale")
    for opportunity in (made.opportunity_id, other):
        note = await add_opportunity_note(app, world.rep, opportunity, f"{WHO} called.", f"note {opportunity}")
        await update_note(app, world.rep, note, f"{ONCE} called.")
        task = NewActivity(kind=ActivityKind.TASK, subject=f"Call {WHO}", body=f"{WHO} again")
        await delete_activity(app, world.rep, await log_opportunity_activity(app, world.rep, opportunity, task))
        await log_opportunity_activity(app, world.rep, opportunity, task)
        await add_opportunity_note(app, world.rep, opportunity, "Nobody is named here.")
    await update_opportunity(app, world.rep, made.opportunity_id, OpportunityFields(name=f"Sale to {WHO}"))
    await erasure.erase_lead_contact(app, world.referrals, made.lead_id)
    assert await where(app, WHO, ONCE) == set()
    bodies = {row["body"] for row in await app.database.writing.fetch("SELECT body FROM note WHERE opportunity_id = ?", other)}
    assert bodies == {ERASED, "Nobody is named here."}
    rows = await app.database.writing.fetch(
        "SELECT kind FROM opportunity_timeline_entry WHERE opportunity_id = ? ORDER BY id", made.opportunity_id
    )
    assert [row["kind"] for row in rows][-2:] == ["CHANGED", "CHANGED"]
    before = await dump_tables(app)
    await erasure.erase_lead_contact(app, world.referrals, made.lead_id)
    assert await dump_tables(app) == before


def names_in_file(database: Database) -> set[str]:
    """Return the names that occur in the bytes of the database file."""
    path = sqlite_path(database.url)
    with closing(sqlite3.connect(path, timeout=60)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    written = b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*")).lower()
    return {name for name in (WHO, ONCE) if name.lower().encode() in written}


async def check_what_stays(app: AppContext, world: World, before: Lead, made: ConversionResult) -> None:
    """Check that figures, actors, times and records without a name are unchanged."""
    after = await load_lead(app, before.id)
    assert after.version == before.version + 1
    assert after.erased_at == app.now()
    for fact in ("reference", "status", "stage", "outcome", "quality", "country", "partner_id", "deal_minor", "created_at", "reached_at",
                 "accepted_at", "archived_at", "qualified_at", "contact_id"):  # fmt: skip
        assert getattr(after, fact) == getattr(before, fact)
    assert (after.last_name, after.first_name, after.email, after.message, after.deal_name) == (ERASED, None, None, None, ERASED)
    assert (await timeline_kinds(app, before.id))[-2:] == ["CONVERTED", "CONTACT_ERASED"]
    assert made.opportunity_id is not None
    opportunity = await the(app, OPPORTUNITIES, world.rep, made.opportunity_id)
    assert (opportunity.name, opportunity.version, opportunity.amount_minor) == (ERASED, 2, 10_000)
    assert (await the(app, ACCOUNTS, world.rep, made.account_id)).name == ERASED
    assert (await the(app, CONTACTS, world.rep, made.contact_id)).full_name == ERASED


async def test_the_timeline_keeps_the_changed_fields_and_their_times(app: AppContext, world: World) -> None:
    lead = await a_life(app, world, None)
    kinds = await timeline_kinds(app, lead)
    await erasure.erase_lead_contact(app, world.admin, lead)
    assert await timeline_kinds(app, lead) == [*kinds, "CONTACT_ERASED"]
    fields = "SELECT changes FROM timeline_entry WHERE lead_id = ? AND kind = 'DETAILS_CHANGED'"
    (entry,) = await app.database.writing.fetch(fields, lead)
    assert "contact.lastName" in str(entry["changes"])


async def test_a_contact_renamed_and_moved_after_the_conversion_is_erased(app: AppContext, world: World) -> None:
    lead = await a_life(app, world, "Contoso")
    made = await convert_lead(app, world.rep, lead, Conversion())
    theirs = await an_account(app, world.rep, "Married & Daughters")
    renamed = ContactFields(first_name="Zoe", last_name="Married", email="zoe@married.example")
    await save_contact(app, world.rep, SaveContact(contact_id=made.contact_id, account_id=theirs, person=renamed))
    await save_account(app, world.rep, SaveAccount(account_id=made.account_id, name="Office of Zoe Married"))
    for account in (theirs, made.account_id):
        new = NewOpportunity(account_id=account, facts=OpportunityFields(name="For zoe@married.example", stage=OpportunityStage.PROPOSAL))
        await create_opportunity(app, world.rep, new, f"Married {account}")
    assert await where(app, "Married") == {"account", "contact", "opportunity", "idempotency_key"}
    await erasure.erase_lead_contact(app, world.referrals, lead)
    assert await where(app, "Married", WHO, ONCE) == set()
    before = await dump_tables(app)
    await erasure.erase_lead_contact(app, world.referrals, lead)
    assert await dump_tables(app) == before


async def test_the_team_and_the_recipient_stay_unless_they_are_the_person(app: AppContext, world: World) -> None:
    team = (TeamMember(f"{WHO} Junior", None, None, world.rep.member_id), TeamMember("Ruth", "ruth@acme.example", None, None))
    for recipient, stays in (("ruth@acme.example", True), (f"{WHO}@acme.example", False)):
        lead = await make_accepted_lead(
            app, world.rep, last_name=WHO, team=(*team, TeamMember("Her", f"her@{WHO}.example", None, None)), recipient_email=recipient
        )
        await erasure.erase_lead_contact(app, world.referrals, lead)
        after = await load_lead(app, lead)
        assert (after.team, after.recipient_email) == (team, recipient if stays else None)


async def test_an_account_with_other_contacts_keeps_its_name(app: AppContext, world: World) -> None:
    lead = await a_life(app, world, None)
    await updates.update_lead(app, world.rep, lead, LeadFields(company="Contoso"))
    made = await convert_lead(app, world.rep, lead, Conversion())
    other = await a_contact(app, world.rep, made.account_id)
    theirs = await an_opportunity(app, world.rep, made.account_id, name="Something else")
    await erasure.erase_lead_contact(app, world.referrals, lead)
    account = await the(app, ACCOUNTS, world.rep, made.account_id)
    assert (account.name, account.domain) == ("Contoso", None)
    assert (await the(app, CONTACTS, world.rep, other)).full_name != ERASED
    assert (await the(app, OPPORTUNITIES, world.rep, theirs)).name == "Something else"
    assert (await load_lead(app, lead)).company == "Contoso"
    assert await where(app, WHO, ONCE) == set()


async def test_the_comment_of_a_decline_is_erased_and_the_reason_stays(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme, last_name=WHO, email=None)
    await responses.decline_lead(app, world.rep, lead, CloseReason.SPAM, f"{WHO} is nobody.")
    await erasure.erase_lead_contact(app, world.referrals, lead)
    after = await load_lead(app, lead)
    assert (after.close_reason, after.close_comment, after.outcome) == (CloseReason.SPAM, None, LeadOutcome.DECLINED)
    assert await where(app, WHO) == set()


async def test_a_waiting_lead_is_erased_by_the_administrator(app: AppContext, world: World) -> None:
    lead = await make_lead(app, last_name=WHO)
    await erasure.erase_lead_contact(app, world.admin, lead)
    after = await load_lead(app, lead)
    assert (after.stage, after.is_waiting) == (LeadStage.RECEIVED, True)
    assert (after.email_validity, after.phone_validity) == (EmailValidity.UNKNOWN, PhoneValidity.UNKNOWN)
    assert await where(app, WHO) == set()


async def test_a_repeated_erasure_changes_only_what_was_written_since(app: AppContext, world: World, clock: Clock) -> None:
    lead = await make_accepted_lead(app, world.rep, last_name=WHO)
    await erasure.erase_lead_contact(app, world.referrals, lead)
    before = await dump_tables(app)
    clock.advance(hours=1)
    await erasure.erase_lead_contact(app, world.referrals, lead)
    assert await dump_tables(app) == before
    erased_at = (await load_lead(app, lead)).erased_at
    await notes.add_lead_note(app, world.rep, lead, f"It was {WHO}!")
    await erasure.erase_lead_contact(app, world.referrals, lead)
    assert await where(app, WHO) == set()
    after = await load_lead(app, lead)
    assert (after.erased_at, (await timeline_kinds(app, lead))[-2:]) == (erased_at, ["NOTE_ADDED", "CONTACT_ERASED"])


async def test_a_deleted_lead_is_not_found_by_an_erasure(app: AppContext, world: World) -> None:
    lead = await deletion.delete_lead(app, world.referrals, await make_lead(app, partner=world.acme))
    assert isinstance(await refused(app, erasure.erase_lead_contact(app, world.referrals, lead)), NotFound)


async def test_an_erased_person_cannot_be_entered_again(app: AppContext, world: World) -> None:
    lead = await make_accepted_lead(app, world.rep, last_name=WHO)
    await erasure.erase_lead_contact(app, world.referrals, lead)
    assert isinstance(await refused(app, updates.update_lead(app, world.rep, lead, details(WHO))), Invalid)
    quality = (await load_lead(app, lead)).quality_reasons
    await updates.update_lead(app, world.rep, lead, LeadFields(company="Fabrikam"))
    after = await load_lead(app, lead)
    assert (after.company, after.quality_reasons) == ("Fabrikam", quality)
