"""Declarations of attributes: what they require, and that what is derived from them covers every attribute."""

from dataclasses import dataclass, field, fields

import pytest

from gql_leads.domain.attributes import VisibilityClass, attributes_of, contact, public, work
from gql_leads.domain.commands import LeadFields
from gql_leads.domain.leads.lead import ATTRIBUTES, DETAILS, Lead
from gql_leads.domain.opportunities.records import Account, Contact, Opportunity


def test_an_attribute_without_a_visibility_class_is_refused() -> None:
    @dataclass
    class Forgetful:
        declared: str = field(metadata=public())
        forgotten: str = ""

    with pytest.raises(TypeError, match=r"Forgetful\.forgotten has no visibility class"):
        attributes_of(Forgetful)


def test_each_declaration_names_its_visibility_class_and_its_paths() -> None:
    @dataclass
    class Declared:
        open: str = field(metadata=public("open", "opened"))
        person: str = field(metadata=contact())
        deal: str = field(metadata=work("deal"))

    found = attributes_of(Declared)
    assert {name: (one.visibility, one.audited) for name, one in found.items()} == {
        "open": (VisibilityClass.PUBLIC, ("open", "opened")),
        "person": (VisibilityClass.CONTACT, ()),
        "deal": (VisibilityClass.WORK, ("deal",)),
    }


@pytest.mark.parametrize("kind", [Lead, Account, Contact, Opportunity])
def test_every_attribute_of_a_record_is_declared(kind: type) -> None:
    assert list(attributes_of(kind)) == [*kind.__dataclass_fields__]  # type: ignore[attr-defined]


def test_no_two_attributes_share_a_csv_column() -> None:
    columns = [one.csv for one in ATTRIBUTES.values() if one.csv is not None]
    assert len({column.position for column in columns}) == len({column.heading for column in columns}) == len(columns)


def test_personal_data_of_the_contact_is_hidden_with_the_contact() -> None:
    hidden = {name for name, one in ATTRIBUTES.items() if one.visibility is VisibilityClass.CONTACT}
    of_person = {"first_name", "last_name", "title", "email", "email_validity", "phone", "phone_given", "phone_validity"}
    assert hidden == of_person | {"external_reference"}


def test_texts_of_the_customer_are_masked_with_the_contact() -> None:
    assert {name for name, one in ATTRIBUTES.items() if one.visibility is VisibilityClass.MASKED} == {"message"}


def test_the_input_of_a_lead_has_the_declared_details_and_no_others() -> None:
    assert [one.name for one in fields(LeadFields)] == ["contact", *DETAILS]
    with pytest.raises(TypeError):
        LeadFields(reference="L-1")


def test_every_text_that_members_enter_has_a_maximum_length() -> None:
    texts = {name for name in DETAILS if Lead.__annotations__[name] == str | None}
    assert {name for name in texts if (detail := ATTRIBUTES[name].detail) is None or detail.max_length is None} == {"country"}
