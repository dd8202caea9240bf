"""Working a lead: status, details, deal, qualification, its end, notes and favorites."""

from decimal import Decimal

from gql_leads.domain.commands import GivenContact, GivenDeal, GivenDetails, GivenMoney, GivenQualification
from gql_leads.domain.leads.lead import CloseReason, EmailValidity, LeadOutcome, LeadStage, LeadStatus, PhoneValidity
from gql_leads.services.app_context import Desk
from gql_leads.services.leads import favorites, notes, outcomes, updates
from tests.factories import World
from tests.fixtures import (  # fmt: skip
    QUALIFIED,
    Bell,
    Clock,
    a_lead,
    a_qualified_lead,
    a_won_lead,
    an_accepted_lead,
    come_in,
    everything,
    kinds_of,
    the_lead,
)


async def test_the_status_is_set_in_any_order_and_the_same_again_is_no_change(desk: Desk, world: World, clock: Clock) -> None:
    lead = await a_lead(desk, partner=world.acme)
    clock.advance(minutes=1)
    for number, status in enumerate((LeadStatus.DELIVERED, LeadStatus.NEW, LeadStatus.PURCHASED), 2):
        await updates.update_status(desk, world.rep, lead, status, number - 1)
        found = await the_lead(desk, lead)
        assert (found.status, found.version, found.updated_at) == (status, number, clock())
    before = await everything(desk)
    assert isinstance(desk.ring, Bell)
    rung = desk.ring.rung
    await updates.update_status(desk, world.rep, lead, LeadStatus.PURCHASED)
    assert await everything(desk) == before
    assert desk.ring.rung == rung


async def test_an_edit_changes_what_was_given_and_judges_anew(desk: Desk, world: World) -> None:
    lead = await a_lead(desk, partner=world.acme, company="Contoso", city="Lyon")
    contact = GivenContact(email="nobody", phone="+33 1 23 45 67 89", title=None)
    await updates.update_lead(desk, world.rep, lead, GivenDetails(contact=contact, city=None))
    found = await the_lead(desk, lead)
    assert (found.first_name, found.last_name, found.company, found.city) == ("Aparna", "Bosu", "Contoso", None)
    assert (found.email, found.email_validity) == ("nobody", EmailValidity.INVALID)
    assert (found.phone, found.phone_validity) == ("+33123456789", PhoneValidity.VALID)
    assert found.version == 2
    assert await kinds_of(desk, lead) == ["CREATED", "DETAILS_CHANGED", "QUALITY_CHANGED"]
    before = await everything(desk)
    await updates.update_lead(desk, world.rep, lead, GivenDetails(contact=contact, company=" Contoso "))
    assert await everything(desk) == before


async def test_a_national_number_is_read_anew_where_the_country_changes(desk: Desk, world: World) -> None:
    lead = await a_lead(desk, partner=world.acme, country=None, phone="01 23 45 67 89")
    await updates.update_lead(desk, world.rep, lead, GivenDetails(country="FR"))
    found = await the_lead(desk, lead)
    assert (found.phone, found.phone_validity) == ("+33123456789", PhoneValidity.VALID)


async def test_a_deal_keeps_what_is_left_out_and_null_clears_it(desk: Desk, world: World) -> None:
    lead = await an_accepted_lead(desk, world.rep)
    value = GivenMoney(amount=Decimal("1250.5"), currency="EUR")
    await outcomes.update_deal(desk, world.rep, lead, GivenDeal(estimated_value=value, crm_id="7", expected_close_date="2027-01-31"))
    await outcomes.update_deal(desk, world.rep, lead, GivenDeal(crm_id=None))
    found = await the_lead(desk, lead)
    assert (found.deal_minor, found.deal_currency, found.crm_id) == (125_050, "EUR", None)
    assert (found.deal_name, str(found.expected_close_date), found.version) == ("Contoso", "2027-01-31", 4)
    await outcomes.update_deal(desk, world.rep, lead, GivenDeal(estimated_value=None))
    assert (await the_lead(desk, lead)).deal_minor is None
    before = await everything(desk)
    await outcomes.update_deal(desk, world.rep, lead, GivenDeal(name="Contoso"))
    assert await everything(desk) == before


async def test_a_qualification_is_complete_when_both_steps_are_and_can_turn_out_not_to_be(desk: Desk, world: World, clock: Clock) -> None:
    lead = await an_accepted_lead(desk, world.rep)
    await outcomes.qualify_lead(desk, world.rep, lead, GivenQualification(customer_responded=True, budget=True))
    assert (await the_lead(desk, lead)).qualified_at is None
    await outcomes.qualify_lead(desk, world.rep, lead, GivenQualification(authority=True, need=True, timeline=True))
    when = clock()
    assert (await the_lead(desk, lead)).qualified_at == when
    clock.advance(hours=1)
    await outcomes.qualify_lead(desk, world.rep, lead, QUALIFIED)
    assert (await the_lead(desk, lead)).qualified_at == when
    await outcomes.qualify_lead(desk, world.rep, lead, GivenQualification(need=False))
    assert (await the_lead(desk, lead)).qualified_at is None
    assert (await kinds_of(desk, lead)).count("QUALIFIED") == 3


async def test_a_lead_ends_won_or_lost_with_its_reason(desk: Desk, world: World) -> None:
    won = await the_lead(desk, await a_won_lead(desk, world.rep))
    assert (won.stage, won.outcome, won.archived_at, won.close_reason) == (LeadStage.ARCHIVED, LeadOutcome.WON, desk.now(), None)
    lead = await an_accepted_lead(desk, world.rep)
    await outcomes.mark_lost(desk, world.colleague, lead, CloseReason.BUDGET_NOT_ADEQUATE, " Next year ")
    lost = await the_lead(desk, lead)
    assert (lost.outcome, lost.close_reason, lost.close_comment) == (LeadOutcome.LOST, CloseReason.BUDGET_NOT_ADEQUATE, "Next year")
    assert lost.closed_by_id == world.colleague.member_id


async def test_a_note_leaves_the_version_and_tells_nothing_but_that_it_is_there(desk: Desk, world: World) -> None:
    lead = await a_qualified_lead(desk, world.rep)
    before = await the_lead(desk, lead)
    for who in (world.rep, world.channel, world.admin):
        await notes.add_note(desk, who, lead, "a\nb")
    assert await the_lead(desk, lead) == before
    assert (await kinds_of(desk, lead))[-3:] == ["NOTE_ADDED"] * 3
    rows = await desk.database.reading.fetch("SELECT changes FROM timeline_entry WHERE kind = 'NOTE_ADDED'")
    assert {str(row["changes"]) for row in rows} == {"[]"}


async def test_a_mark_is_ones_own_and_no_event(desk: Desk, world: World) -> None:
    lead = await a_won_lead(desk, world.rep)
    before = await everything(desk)
    for _ in range(2):
        await favorites.mark(desk, world.rep, lead)
    await favorites.mark(desk, await come_in(desk, world.channel), lead)
    marked = await everything(desk)
    assert len(marked["favorite"]) == 2
    assert {**marked, "favorite": []} == before
    for who in (world.rep, world.rep, world.channel):
        await favorites.unmark(desk, who, lead)
    assert await everything(desk) == before
