"""The customer's details, checked and judged: the same for a lead that is entered and for one that is edited."""

from dataclasses import replace
from typing import Any

from gql_leads.domain.commands import ContactFields, LeadFields
from gql_leads.domain.leads import quality
from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.validation import UNSET, Unset, Validator, none_if_unset
from gql_leads.services.contact_validation import ContactValidator, assess_phone

Facts = dict[str, Any]
"""Attributes of a lead and their new values."""


def check_details(validator: Validator, details: LeadFields) -> Facts:
    """The given details that were not left out, clean; `last_name` is None where it was given and is missing."""
    facts: Facts = {
        "company": validator.text(details.company, "company", most=200),
        "company_size": details.company_size,
        "industry": validator.text(details.industry, "industry", most=100),
        "city": validator.text(details.city, "city", most=100),
        "region": validator.text(details.region, "region", most=100),
        "country": validator.country(details.country, "country"),
        "message": validator.text(details.message, "message", most=10_000, lines=True),
        "consent_to_contact": _flag(validator, details.consent_to_contact, "consentToContact"),
        "consent_to_share": _flag(validator, details.consent_to_share, "consentToShare"),
    }
    if isinstance(details.contact, ContactFields):
        facts |= _check_contact(validator, details.contact)
    elif details.contact is None:
        validator.add_error("Give the contact: it must not be null.", "contact")
    return {name: value for name, value in facts.items() if value is not UNSET}


def check_new_details(validator: Validator, details: LeadFields) -> Facts:
    """The details of a new lead that somebody enters, clean and without those that are missing; the last name must be there."""
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


def _flag(validator: Validator, value: bool | Unset | None, field: str) -> bool | Unset | None:
    return validator.required(value, field) if value is None else value


async def add_email_validity(facts: Facts, contact_validator: ContactValidator) -> Facts:
    """The facts, and the validity of the e-mail address where they change it: asked before a transaction, since it may ask the DNS."""
    if "email" not in facts:
        return facts
    return facts | {"email_validity": await contact_validator.assess_email(facts["email"])}


def assess_lead(lead: Lead) -> Lead:
    """The lead with its phone number's validity and its quality as they follow from its other facts."""
    if lead.erased_at is not None:
        return lead  # whoever it was is gone, and what they were judged as stays
    validity, phone = assess_phone(lead.phone, lead.country)
    reachable = replace(lead, phone_validity=validity, phone=phone)
    assessment = quality.assess(reachable)
    return replace(reachable, quality=assessment.quality, quality_reasons=assessment.reasons)
