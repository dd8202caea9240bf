"""Validation and assessment of the customer's details."""

from dataclasses import replace

import pytest

from gql_leads.domain.commands import ContactFields, LeadFields, NewLead
from gql_leads.domain.leads.lead import EmailValidity, LeadQuality, LeadSource, LeadType, PhoneValidity
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import updates
from gql_leads.services.leads.intake import create_lead
from tests.factories import World
from tests.fixtures import (  # fmt: skip
    load_lead,
    make_lead,
)


async def test_a_national_number_is_parsed_again_after_a_change_of_country(app: AppContext, world: World) -> None:
    lead = await make_lead(app, partner=world.acme, country=None, phone="01 23 45 67 89")
    await updates.update_lead(app, world.rep, lead, LeadFields(country="FR"))
    found = await load_lead(app, lead)
    assert (found.phone, found.phone_validity) == ("+33123456789", PhoneValidity.VALID)


async def test_a_corrected_country_reads_a_national_number_again_as_it_was_given(app: AppContext, world: World) -> None:
    contact = ContactFields(last_name="Bosu", phone="06 12 34 56 78")
    new = NewLead(type=LeadType.MARKETING_QUALIFIED, source=LeadSource.API, details=LeadFields(contact=contact, country="FR"))
    lead = await create_lead(app, world.rep, new)

    async def phone() -> tuple[str | None, str | None, PhoneValidity]:
        found = await load_lead(app, lead)
        return found.phone, found.phone_given, found.phone_validity

    assert await phone() == ("+33612345678", "06 12 34 56 78", PhoneValidity.VALID)
    await updates.update_lead(app, world.rep, lead, LeadFields(country="NL"))
    assert await phone() == ("+31612345678", "06 12 34 56 78", PhoneValidity.VALID)
    shown = ContactFields(phone="+31612345678")  # A form that sends back what it was shown.
    await updates.update_lead(app, world.rep, lead, LeadFields(contact=shown, country="FR"))
    assert await phone() == ("+33612345678", "06 12 34 56 78", PhoneValidity.VALID)
    await updates.update_lead(app, world.rep, lead, LeadFields(country="US"))
    assert await phone() == ("06 12 34 56 78", None, PhoneValidity.INVALID)
    await updates.update_lead(app, world.rep, lead, LeadFields(contact=ContactFields(phone="+33 1 23 45 67 89"), country="NL"))
    assert await phone() == ("+33123456789", "+33 1 23 45 67 89", PhoneValidity.VALID)
    await updates.update_lead(app, world.rep, lead, LeadFields(contact=ContactFields(phone=None)))
    assert await phone() == (None, None, PhoneValidity.UNKNOWN)


async def test_invisible_characters_are_dropped_from_an_email_and_no_text_by_themselves(app: AppContext, world: World) -> None:
    contact = ContactFields(first_name="\u200b", last_name="Bosu", title="\u3164", email="a\u200bda@gmail\u2060.com")
    new = NewLead(type=LeadType.MARKETING_QUALIFIED, source=LeadSource.API, details=LeadFields(contact=contact, company="\u200e\u200f"))
    found = await load_lead(app, await create_lead(app, world.rep, new))
    assert (found.first_name, found.title, found.company) == (None, None, None)
    assert (found.email, found.email_validity) == ("ada@gmail.com", EmailValidity.VALID)


NEW = NewLead(source=LeadSource.API, details=LeadFields(contact=ContactFields(last_name="Bosu", email="b@contoso.example")))


async def test_details_are_cleaned_and_assessed(app: AppContext, world: World) -> None:
    contact = ContactFields(first_name=" É ", last_name="Bosu", email="a@b", phone="01 23 45 67 89")
    details = LeadFields(contact=contact, country="FR", company=" ", consent_to_share=True, message="a\r\nb")
    lead = await load_lead(app, await create_lead(app, world.admin, replace(NEW, details=details)))
    assert (lead.first_name, lead.company, lead.message) == ("É", None, "a\nb")
    assert (lead.email, lead.email_validity) == ("a@b", EmailValidity.INVALID)
    assert (lead.phone, lead.phone_validity) == ("+33123456789", PhoneValidity.VALID)
    assert (lead.consent_to_contact, lead.consent_to_share) == (True, True)
    assert lead.quality in LeadQuality
    assert lead.quality_reasons


@pytest.mark.parametrize("name", ["ﷺ" * 100, "𝔘" * 100, "ß" * 100])
async def test_the_longest_names_of_any_script_are_kept(app: AppContext, world: World, name: str) -> None:
    contact = ContactFields(first_name=name, last_name=name)
    details = LeadFields(contact=contact, company=name * 2, message=name * 100)
    lead = await load_lead(app, await create_lead(app, world.admin, replace(NEW, details=details)))
    assert (lead.first_name, lead.last_name, lead.company) == (name, name, name * 2)
