"""Validation and assessment of the customer's details, for new leads and for updates."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

from gql_leads.domain.attributes import defaults_of
from gql_leads.domain.commands import ContactFields, LeadFields
from gql_leads.domain.leads import quality
from gql_leads.domain.leads.lead import ATTRIBUTES, DETAILS, Lead
from gql_leads.domain.values.validation import UNSET, Validator, none_if_unset
from gql_leads.services.contact_validation import ContactValidator, assess_phone

Facts = dict[str, Any]
"""New values of a lead's attributes, by name."""


def check_details(validator: Validator, details: LeadFields) -> Facts:
    """Validate the details and return the attributes that were not left out."""
    facts: Facts = {name: _check_detail(validator, name, getattr(details, name)) for name in DETAILS}
    if isinstance(details.contact, ContactFields):
        facts |= _check_contact(validator, details.contact)
    elif details.contact is None:
        validator.add_error("Give the contact: it must not be null.", "contact")
    return {name: value for name, value in facts.items() if value is not UNSET}


def check_new_details(validator: Validator, details: LeadFields) -> Facts:
    """Validate a new lead's details and return those that have a value; the last name is required."""
    contact = details.contact if isinstance(details.contact, ContactFields) else ContactFields()
    named = replace(details, contact=replace(contact, last_name=none_if_unset(contact.last_name)))
    return {name: value for name, value in check_details(validator, named).items() if value is not None}


def _check_contact(validator: Validator, contact: ContactFields) -> Facts:
    return {
        "first_name": validator.text(contact.first_name, "contact", "firstName", most=100),
        "last_name": validator.required_text(contact.last_name, "contact", "lastName", most=100),
        "title": validator.text(contact.title, "contact", "title", most=100),
        "email": validator.email(contact.email, "contact", "email"),
        "phone": validator.text(contact.phone, "contact", "phone", most=50),
    }


def _check_detail(validator: Validator, name: str, value: Any) -> Any:
    field, detail = to_camel_case(name), ATTRIBUTES[name].detail
    if detail is not None and detail.max_length is not None:
        return validator.text(value, field, most=detail.max_length, lines=detail.has_lines)
    if name == "country":
        return validator.country(value, field)
    is_required = defaults_of(Lead)[name] is not None
    return validator.required(value, field) if is_required else value


@lru_cache(maxsize=256)
def to_camel_case(name: str) -> str:
    """Return the name of the attribute in the API."""
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


async def add_email_validity(facts: Facts, contact_validator: ContactValidator) -> Facts:
    """Add the validity of a changed e-mail address. It may ask DNS, so call it outside of a transaction."""
    if "email" not in facts:
        return facts
    return facts | {"email_validity": await contact_validator.assess_email(facts["email"])}


def update_details(lead: Lead, facts: Facts) -> Lead:
    """Return the lead with the changed details, assessed anew.

    A number that comes back as it is shown was not given anew: a corrected country still reads it as it was given first.
    """
    if facts.get("phone", lead.phone) != lead.phone:
        facts = facts | {"phone_given": None}
    return assess_lead(replace(lead, **facts))


def assess_lead(lead: Lead) -> Lead:
    """Return the lead with the validity and format of its phone number and its quality computed anew."""
    if lead.erased_at is not None:
        return lead  # The person was erased: the assessment stays, its inputs are gone.
    given = lead.phone_given or lead.phone
    validity, phone = assess_phone(given, lead.country)
    reachable = replace(lead, phone_validity=validity, phone=phone, phone_given=given if given != phone else None)
    assessment = quality.assess(reachable)
    return replace(reachable, quality=assessment.quality, quality_reasons=assessment.reasons)
