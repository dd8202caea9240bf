"""Working a lead: status, details, deal, qualification, its end, notes and favorites."""

from decimal import Decimal

from gql_leads.domain.commands import ContactFields, DealFields, LeadFields, MoneyFields, QualificationFields
from gql_leads.domain.leads.lead import CloseReason, EmailValidity, LeadOutcome, LeadStage, LeadStatus, PhoneValidity
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import deals, favorites, notes, outcomes, updates
from tests.factories import World
from tests.fixtures import (  # fmt: skip
    QUALIFIED,
    Clock,
    RecordingNotifier,
    dump_tables,
    load_lead,
    load_viewer,
    make_accepted_lead,
    make_lead,
    make_qualified_lead,
    make_won_lead,
    timeline_kinds,
)


async def test_the_status_is_set_in_any_order_and_the_same_again_is_no_change(app: AppContext, world: World, clock: Clock) -> None:
    lead = await make_lead(app, partner=world.acme)
    clock.advance(minutes=1)
    for number, status in enumerate((LeadStatus.DELIVERED, LeadStatus.NEW, LeadStatus.PURCHASED), 2):
        await updates.update_lead_status(app, world.rep, lead, status, number - 1)
        found = await load_lead(app, lead)
        assert (found.status, found.version, found.updated_at) == (status, number, clock())
    before = await dump_tables(app)
    assert isinstance(app.notify, RecordingNotifier)
    calls = app.notify.calls
    await updates.update_lead_status(app, world.rep, lead, LeadStatus.PURCHASED)
    assert await dump_tables(app) == before
    assert app.notify.calls == calls


async def test_an_edit_changes_what_was_given_and_judges_anew(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme, company="Contoso", city="Lyon")
    contact = ContactFields(email="nobody", phone="+33 1 23 45 67 89", title=None)
    await updates.update_lead(app, world.rep, lead, LeadFields(contact=contact, city=None))
    found = await load_lead(app, lead)
    assert (found.first_name, found.last_name, found.company, found.city) == ("Aparna", "Bosu", "Contoso", None)
    assert (found.email, found.email_validity) == ("nobody", EmailValidity.INVALID)
    assert (found.phone, found.phone_validity) == ("+33123456789", PhoneValidity.VALID)
    assert found.version == 2
    assert await timeline_kinds(app, lead) == ["CREATED", "DETAILS_CHANGED", "QUALITY_CHANGED"]
    before = await dump_tables(app)
    await updates.update_lead(app, world.rep, lead, LeadFields(contact=contact, company=" Contoso "))
    assert await dump_tables(app) == before


async def test_a_national_number_is_read_anew_where_the_country_changes(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme, country=None, phone="01 23 45 67 89")
    await updates.update_lead(app, world.rep, lead, LeadFields(country="FR"))
    found = await load_lead(app, lead)
    assert (found.phone, found.phone_validity) == ("+33123456789", PhoneValidity.VALID)


async def test_a_deal_keeps_what_is_left_out_and_null_clears_it(app: AppContext, world: World) -> None:
    lead = await make_accepted_lead(app, world.rep)
    value = MoneyFields(amount=Decimal("1250.5"), currency="EUR")
    await deals.update_lead_deal(app, world.rep, lead, DealFields(estimated_value=value, crm_id="7", expected_close_date="2027-01-31"))
    await deals.update_lead_deal(app, world.rep, lead, DealFields(crm_id=None))
    found = await load_lead(app, lead)
    assert (found.deal_minor, found.deal_currency, found.crm_id) == (125_050, "EUR", None)
    assert (found.deal_name, str(found.expected_close_date), found.version) == ("Contoso", "2027-01-31", 4)
    await deals.update_lead_deal(app, world.rep, lead, DealFields(estimated_value=None))
    assert (await load_lead(app, lead)).deal_minor is None
    before = await dump_tables(app)
    await deals.update_lead_deal(app, world.rep, lead, DealFields(name="Contoso"))
    assert await dump_tables(app) == before


async def test_a_qualification_is_complete_when_both_steps_are_and_can_turn_out_not_to_be(
    app: AppContext, world: World, clock: Clock
) -> None:
    lead = await make_accepted_lead(app, world.rep)
    await outcomes.qualify_lead(app, world.rep, lead, QualificationFields(customer_responded=True, budget=True))
    assert (await load_lead(app, lead)).qualified_at is None
    await outcomes.qualify_lead(app, world.rep, lead, QualificationFields(authority=True, need=True, timeline=True))
    when = clock()
    assert (await load_lead(app, lead)).qualified_at == when
    clock.advance(hours=1)
    await outcomes.qualify_lead(app, world.rep, lead, QUALIFIED)
    assert (await load_lead(app, lead)).qualified_at == when
    await outcomes.qualify_lead(app, world.rep, lead, QualificationFields(need=False))
    assert (await load_lead(app, lead)).qualified_at is None
    assert (await timeline_kinds(app, lead)).count("QUALIFIED") == 3


async def test_a_lead_ends_won_or_lost_with_its_reason(app: AppContext, world: World) -> None:
    won = await load_lead(app, await make_won_lead(app, world.rep))
    assert (won.stage, won.outcome, won.archived_at, won.close_reason) == (LeadStage.ARCHIVED, LeadOutcome.WON, app.now(), None)
    lead = await make_accepted_lead(app, world.rep)
    await outcomes.mark_lead_lost(app, world.colleague, lead, CloseReason.BUDGET_NOT_ADEQUATE, " Next year ")
    lost = await load_lead(app, lead)
    assert (lost.outcome, lost.close_reason, lost.close_comment) == (LeadOutcome.LOST, CloseReason.BUDGET_NOT_ADEQUATE, "Next year")
    assert lost.closed_by_id == world.colleague.member_id


async def test_a_note_leaves_the_version_and_tells_nothing_but_that_it_is_there(app: AppContext, world: World) -> None:
    lead = await make_qualified_lead(app, world.rep)
    before = await load_lead(app, lead)
    for who in (world.rep, world.channel, world.admin):
        await notes.add_lead_note(app, who, lead, "a\nb")
    assert await load_lead(app, lead) == before
    assert (await timeline_kinds(app, lead))[-3:] == ["NOTE_ADDED"] * 3
    rows = await app.database.reading.fetch("SELECT changes FROM timeline_entry WHERE kind = 'NOTE_ADDED'")
    assert {str(row["changes"]) for row in rows} == {"[]"}


async def test_a_mark_is_ones_own_and_no_event(app: AppContext, world: World) -> None:
    lead = await make_won_lead(app, world.rep)
    before = await dump_tables(app)
    for _ in range(2):
        await favorites.favorite_lead(app, world.rep, lead)
    await favorites.favorite_lead(app, await load_viewer(app, world.channel), lead)
    marked = await dump_tables(app)
    assert len(marked["favorite"]) == 2
    assert {**marked, "favorite": []} == before
    for who in (world.rep, world.rep, world.channel):
        await favorites.unfavorite_lead(app, who, lead)
    assert await dump_tables(app) == before
