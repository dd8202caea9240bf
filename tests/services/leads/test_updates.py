"""Updates of a lead's status and details."""

import pytest

from gql_leads.domain.commands import ContactFields, Conversion, LeadFields
from gql_leads.domain.errors import InvalidTransition
from gql_leads.domain.leads.lead import CloseReason, EmailValidity, LeadOutcome, LeadStage, LeadStatus, PhoneValidity
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import conversion, outcomes, updates
from tests.factories import World
from tests.fixtures import (  # fmt: skip
    QUALIFIED,
    Clock,
    RecordingNotifier,
    dump_tables,
    load_lead,
    make_accepted_lead,
    make_lead,
    make_won_lead,
    timeline_kinds,
)


async def test_any_status_can_be_set_and_the_same_status_changes_nothing(app: AppContext, world: World, clock: Clock) -> None:
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


async def test_an_update_changes_the_given_fields_and_assesses_the_lead_again(app: AppContext, world: World) -> None:
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


async def test_the_status_of_a_won_or_converted_lead_is_updated_and_of_a_lost_one_refused(app: AppContext, world: World) -> None:
    converted = await make_accepted_lead(app, world.rep)
    await outcomes.qualify_lead(app, world.rep, converted, QUALIFIED)
    await conversion.convert_lead(app, world.rep, converted, Conversion(status=LeadStatus.PURCHASED))
    for lead, outcome in ((await make_won_lead(app, world.rep), LeadOutcome.WON), (converted, LeadOutcome.CONVERTED)):
        await updates.update_lead_status(app, world.colleague, lead, LeadStatus.DELIVERED)
        found = await load_lead(app, lead)
        assert (found.status, found.stage, found.outcome) == (LeadStatus.DELIVERED, LeadStage.ARCHIVED, outcome)
        assert (await timeline_kinds(app, lead))[-1] == "STATUS_CHANGED"
    lost = await make_accepted_lead(app, world.rep)
    await outcomes.mark_lead_lost(app, world.rep, lost, CloseReason.OTHER)
    with pytest.raises(InvalidTransition):
        await updates.update_lead_status(app, world.rep, lost, LeadStatus.DELIVERED)
