"""What says who a person is, and what does not."""

from dataclasses import replace
from typing import Any

import pytest

from gql_leads.domain.leads.erasure import ERASED, Person, redacted, without_person
from gql_leads.domain.leads.history import FieldChange
from tests.domain.facts import make_lead


def person(**facts: Any) -> Person:
    return Person.of(make_lead(**({"last_name": "Ärger", "email": None, "phone": None} | facts)), ())


@pytest.mark.parametrize("text", ["Ärger", "ÄRGER & Sons", "info@ärger.example"])
def test_a_person_is_recognised_by_their_family_name_however_it_is_written(text: str) -> None:
    assert person().is_in(text)
    assert person().out_of(text) is None


@pytest.mark.parametrize("text", [None, "", "Contoso", "Arger"])
def test_other_texts_stay(text: str | None) -> None:
    assert not person().is_in(text)
    assert person().out_of(text) == text


@pytest.mark.parametrize("name", ["Li", "Unknown", ERASED])
def test_what_could_be_anybodys_names_nobody(name: str) -> None:
    assert person(last_name=name).marks == frozenset()


def test_names_of_before_are_known_from_the_history() -> None:
    told = [FieldChange("contact.lastName", "Bosu", "Bose"), FieldChange("status", "NEW", "CONTACTED")]
    assert Person.of(make_lead(last_name="Bose", email=None), told).marks == {"bosu", "bose"}


def test_a_history_keeps_its_fields_and_every_value_that_is_not_the_persons() -> None:
    told = [
        FieldChange("contact.title", "CIO", None),
        FieldChange("message", None, "Hello"),
        FieldChange("company", "Ärger & Sons", "Contoso"),
        FieldChange("status", "NEW", "CONTACTED"),
    ]
    assert redacted(told, person()) == [
        FieldChange("contact.title", None, None),
        FieldChange("message", None, None),
        FieldChange("company", None, "Contoso"),
        FieldChange("status", "NEW", "CONTACTED"),
    ]


def test_a_lead_without_its_person_is_the_same_once_more() -> None:
    lead = make_lead(last_name="Ärger", company="Ärger & Sons", message="Hello", deal_name="A deal")
    once = without_person(lead, person())
    assert (once.company, once.message, once.deal_name) == (None, None, ERASED)
    assert without_person(once, person()) == once
    assert replace(once, status=lead.status) == once
