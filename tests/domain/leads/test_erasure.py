"""Erasure: recognition of the contact, and removal of personal values."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from gql_leads.domain.attributes import Personal, attributes_of, defaults_of
from gql_leads.domain.leads.erasure import (
    ERASED,
    ContactIdentity,
    erased_account,
    erased_contact,
    erased_opportunity,
    redacted,
    without_contact,
)
from gql_leads.domain.leads.history import AUDITED_FIELDS, ERASED_PATHS, FieldChange, differences
from gql_leads.domain.leads.lead import ATTRIBUTES, Lead
from gql_leads.domain.opportunities.records import Account, Contact, Opportunity
from tests.domain.facts import filled_with, make_lead


def person(**facts: Any) -> ContactIdentity:
    return ContactIdentity.of(make_lead(**({"last_name": "Ärger", "email": None, "phone": None} | facts)), ())


@pytest.mark.parametrize("text", ["Ärger", "ÄRGER & Sons", "info@ärger.example"])
def test_a_contact_is_recognised_by_the_family_name_in_any_case(text: str) -> None:
    assert person().is_in(text)
    assert person().out_of(text) is None


@pytest.mark.parametrize("text", [None, "", "Contoso", "Arger"])
def test_other_texts_are_kept(text: str | None) -> None:
    assert not person().is_in(text)
    assert person().out_of(text) == text


@pytest.mark.parametrize("name", ["Li", "Unknown", ERASED])
def test_common_and_short_names_identify_nobody(name: str) -> None:
    assert person(last_name=name).identifiers == frozenset()


def test_earlier_names_are_taken_from_the_history() -> None:
    changes = [FieldChange("contact.lastName", "Bosu", "Bose"), FieldChange("status", "NEW", "CONTACTED")]
    assert ContactIdentity.of(make_lead(last_name="Bose", email=None), changes).identifiers == {"bosu", "bose"}


def test_redaction_keeps_field_names_and_values_of_others() -> None:
    changes = [
        FieldChange("contact.title", "CIO", None),
        FieldChange("message", None, "Hello"),
        FieldChange("company", "Ärger & Sons", "Contoso"),
        FieldChange("status", "NEW", "CONTACTED"),
    ]
    assert redacted(changes, person()) == [
        FieldChange("contact.title", None, None),
        FieldChange("message", None, None),
        FieldChange("company", None, "Contoso"),
        FieldChange("status", "NEW", "CONTACTED"),
    ]


def test_a_second_erasure_changes_nothing() -> None:
    lead = make_lead(last_name="Ärger", company="Ärger & Sons", message="Hello", deal_name="A deal")
    once = without_contact(lead, person())
    assert (once.company, once.message, once.deal_name) == (None, None, ERASED)
    assert without_contact(once, person()) == once
    assert replace(once, status=lead.status) == once


NAME = "Zyxwvut"
RECORDS: list[tuple[type, Callable[[Any, ContactIdentity], Any]]] = [
    (Lead, without_contact),
    (Contact, lambda record, _: erased_contact(record)),
    (Account, lambda record, named: erased_account(record, named, is_only_contact=True)),
    (Opportunity, lambda record, _: erased_opportunity(record, record.updated_at)),
]


@pytest.mark.parametrize(("kind", "erase"), RECORDS)
def test_erasure_removes_every_personal_attribute_and_keeps_every_other(kind: type, erase: Callable[[Any, ContactIdentity], Any]) -> None:
    values = filled_with(kind, NAME) | ({} if kind is not Account else {"is_person": False})
    erased = erase(kind(**values), ContactIdentity(frozenset({NAME.casefold()})))
    for name, attribute in attributes_of(kind).items():
        value = getattr(erased, name)
        if attribute.personal is Personal.NO:
            assert value == values[name] or (name, kind) == ("version", Opportunity)
        else:
            assert value == (ERASED if attribute.is_required_text else defaults_of(kind)[name])


def test_erasure_keeps_texts_that_may_name_the_contact_and_do_not() -> None:
    lead = Lead(**filled_with(Lead, "Somebody else"))
    erased = without_contact(lead, ContactIdentity(frozenset({NAME.casefold()})))
    kept = {name for name, one in ATTRIBUTES.items() if one.personal is Personal.MAYBE}
    assert kept >= {"company", "industry", "recipient_email", "campaign_code", "team"}
    assert {name: getattr(erased, name) for name in kept} == {name: getattr(lead, name) for name in kept}


def test_changes_of_personal_attributes_are_redacted_in_the_history() -> None:
    value = {"deal_currency": "EUR", "partner_id": uuid7()}  # the deal of a lead that changes its partner is no change
    changes = differences(Lead(**(filled_with(Lead, "Before") | value)), Lead(**(filled_with(Lead, NAME) | value)))
    personal = {path for name, path in AUDITED_FIELDS.items() if ATTRIBUTES[name].personal is Personal.YES}
    assert {one.field for one in changes} >= personal
    for change in redacted(changes, ContactIdentity(frozenset({NAME.casefold()}))):
        assert NAME not in (change.after or "")
        if change.field in ERASED_PATHS:
            assert (change.before, change.after) == (None, None)
