from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from gql_leads.domain.leads.lead import (
    CallToAction,
    EmailValidity,
    Lead,
    LeadQuality,
    LeadSource,
    LeadType,
    PhoneValidity,
    QualityReasonCode,
)
from gql_leads.domain.leads.quality import FROM_CONTACT, WEIGHTS, assess, message

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ORDINARY = Lead(
    id=UUID(int=1), reference="L-000001", type=LeadType.OFFER, source=LeadSource.API, created_at=NOON, updated_at=NOON,
    first_name="Aparna", last_name="Bosu", email="aparna@mail.example", company="Contoso Ltd",
)  # fmt: skip

INVALID_EMAIL: dict[str, Any] = {"email_validity": EmailValidity.INVALID}
SPAM_EMAIL: dict[str, Any] = {"email_validity": EmailValidity.SPAM}
FREE_EMAIL: dict[str, Any] = {"email": "aparna@Gmail.com", "company": None}
VALID_PHONE: dict[str, Any] = {"phone": "+33123456789", "phone_validity": PhoneValidity.VALID}
INVALID_PHONE: dict[str, Any] = {"phone": "12", "phone_validity": PhoneValidity.INVALID}
ASKED: dict[str, Any] = {"contact_requested_at": NOON}
TRIED: dict[str, Any] = {"call_to_action": CallToAction.TEST_DRIVE}


@pytest.mark.parametrize(
    ("facts", "quality", "reasons"),
    [
        ({}, "HIGH", ""),
        ({"company": None}, "HIGH", ""),
        ({"email_validity": EmailValidity.VALID}, "HIGH", ""),
        ({"email": "a@contoso.example"}, "HIGH", "EMAIL_MATCHES_COMPANY"),
        (FREE_EMAIL, "HIGH", "EMAIL_FREE_PROVIDER"),
        (FREE_EMAIL | INVALID_PHONE, "LOW", "EMAIL_FREE_PROVIDER PHONE_INVALID"),
        (FREE_EMAIL | VALID_PHONE, "HIGH", "EMAIL_FREE_PROVIDER PHONE_VALID"),
        ({"email": "a@gmail.com", "company": "Gmail"}, "HIGH", "EMAIL_FREE_PROVIDER"),
        (INVALID_PHONE, "HIGH", "PHONE_INVALID"),
        ({"email": None}, "LOW", "CONTACT_INCOMPLETE"),
        ({"email": None} | ASKED | TRIED, "LOW", "CONTACT_INCOMPLETE ASKED_FOR_CONTACT TRIED_THE_PRODUCT"),
        ({"email": None, "phone": "030 123456"}, "HIGH", ""),
        ({"email": None} | VALID_PHONE, "HIGH", "PHONE_VALID"),
        ({"email": None} | INVALID_PHONE, "LOW", "PHONE_INVALID CONTACT_INCOMPLETE"),
        ({"email": None} | INVALID_PHONE | ASKED | TRIED, "LOW", "PHONE_INVALID CONTACT_INCOMPLETE ASKED_FOR_CONTACT TRIED_THE_PRODUCT"),
        (INVALID_EMAIL | ASKED | TRIED, "LOW", "EMAIL_INVALID ASKED_FOR_CONTACT TRIED_THE_PRODUCT"),
        (INVALID_EMAIL | INVALID_PHONE | ASKED | TRIED, "LOW", "EMAIL_INVALID PHONE_INVALID ASKED_FOR_CONTACT TRIED_THE_PRODUCT"),
        ({"email": "ada@hotmail.be"}, "HIGH", "EMAIL_FREE_PROVIDER"),
        ({"email": "a@xn--mller-kva.de", "company": "Müller KG"}, "HIGH", "EMAIL_MATCHES_COMPANY"),
        (INVALID_EMAIL, "LOW", "EMAIL_INVALID"),
        (INVALID_EMAIL | ASKED, "LOW", "EMAIL_INVALID ASKED_FOR_CONTACT"),
        (INVALID_EMAIL | VALID_PHONE, "LOW", "EMAIL_INVALID PHONE_VALID"),
        (INVALID_EMAIL | VALID_PHONE | ASKED, "HIGH", "EMAIL_INVALID PHONE_VALID ASKED_FOR_CONTACT"),
        (INVALID_EMAIL | {"email": "a b@contoso.example"}, "LOW", "EMAIL_INVALID"),
        (SPAM_EMAIL, "LOW", "EMAIL_DISPOSABLE"),
        (SPAM_EMAIL | VALID_PHONE | ASKED, "LOW", "EMAIL_DISPOSABLE PHONE_VALID ASKED_FOR_CONTACT"),
        (SPAM_EMAIL | ASKED | TRIED, "LOW", "EMAIL_DISPOSABLE ASKED_FOR_CONTACT TRIED_THE_PRODUCT"),
        (TRIED, "HIGH", "TRIED_THE_PRODUCT"),
        ({"call_to_action": CallToAction.FREE_TRIAL}, "HIGH", "TRIED_THE_PRODUCT"),
        ({"call_to_action": CallToAction.GET_IT_NOW}, "HIGH", "TRIED_THE_PRODUCT"),
        ({"call_to_action": CallToAction.CONTACT_ME} | ASKED, "HIGH", "ASKED_FOR_CONTACT"),
    ],
)
def test_quality_is_computed_from_the_attributes(facts: dict[str, Any], quality: str, reasons: str) -> None:
    assessment = assess(replace(ORDINARY, **facts))
    assert assessment.quality is LeadQuality(quality)
    assert assessment.reasons == tuple(QualityReasonCode(reason) for reason in reasons.split())


def test_every_reason_has_a_weight_and_a_sentence_in_the_order_of_the_enum() -> None:
    assert list(WEIGHTS) == list(QualityReasonCode)
    assert all(message(code).endswith(".") for code in QualityReasonCode)
    assert len({message(code) for code in QualityReasonCode}) == len(QualityReasonCode)


def test_reasons_that_depend_on_the_contact_are_hidden_with_it() -> None:
    about_contact = {code for code in QualityReasonCode if code.startswith(("EMAIL", "PHONE", "CONTACT"))}
    assert about_contact == FROM_CONTACT
