from typing import Any

import pytest

from gql_leads.domain.leads.lead import Lead, LeadQuality, LeadSource, LeadType, ListingKind
from gql_leads.domain.routing import Rule, first_fitting, fits
from tests.domain.facts import ACME, GENERAL, GLOBEX, a_lead

# what the rule asks, the lead, and whether it fits
CASES: list[tuple[dict[str, Any], Lead, bool]] = [
    ({}, a_lead(), True),
    ({"countries": ("FR", "DE")}, a_lead(country="DE"), True),
    ({"countries": ("FR",)}, a_lead(country="DE"), False),
    ({"countries": ("FR",)}, a_lead(), False),
    ({"types": (LeadType.OFFER,)}, a_lead(), True),
    ({"types": (LeadType.PROFILE,)}, a_lead(), False),
    ({"sources": (LeadSource.EVENT, LeadSource.API)}, a_lead(), True),
    ({"sources": (LeadSource.EVENT,)}, a_lead(), False),
    ({"listing_kinds": (ListingKind.SERVICE,)}, a_lead(listing_kind=ListingKind.SERVICE), True),
    ({"listing_kinds": (ListingKind.SERVICE,)}, a_lead(listing_kind=ListingKind.APPLICATION), False),
    ({"listing_kinds": tuple(ListingKind)}, a_lead(), False),
    ({"qualities": (LeadQuality.LOW,)}, a_lead(quality=LeadQuality.LOW), True),
    ({"qualities": (LeadQuality.LOW,)}, a_lead(), False),
    ({"countries": ("FR",), "types": (LeadType.OFFER,)}, a_lead(country="FR"), True),
    ({"countries": ("FR",), "types": (LeadType.PROFILE,)}, a_lead(country="FR"), False),
    ({"keywords": ("ÉCOLE",)}, a_lead(message="Pour une école\nà Lyon"), True),
    ({"keywords": ("straße",)}, a_lead(company="STRASSENBAU"), True),
    ({"keywords": ("retail",)}, a_lead(industry="Retail"), True),
    ({"keywords": ("ledger",)}, a_lead(listing_name="The Ledger 365"), True),
    ({"keywords": ("hospital", "school")}, a_lead(message="for a school"), True),
    ({"keywords": ("school",)}, a_lead(message="for a hospital"), False),
    ({"keywords": ("school",)}, a_lead(), False),
    ({"keywords": ("100%",)}, a_lead(message="100% sure"), True),
    ({"keywords": ("100%",)}, a_lead(message="100 percent sure"), False),
    ({"keywords": ("a_b",)}, a_lead(message="aab"), False),
    ({"keywords": (".*",)}, a_lead(message="anything"), False),
    ({"keywords": ("bosu",)}, a_lead(), False),  # the person's name is not looked at
    ({"keywords": ("x y",)}, a_lead(message="x", company="y"), False),  # nor is a text across two facts
]


@pytest.mark.parametrize(("asked", "lead", "expected"), CASES)
def test_a_rule_fits_where_every_criterion_is_empty_or_met(asked: dict[str, Any], lead: Lead, expected: bool) -> None:
    assert fits(Rule(name="", **asked), lead) is expected


FRENCH = Rule(name="French", countries=("FR",), partner_id=ACME)
EVERYTHING = Rule(name="Everything", partner_id=GLOBEX)
ASLEEP = Rule(name="Asleep", is_active=False, queue_id=GENERAL)


def test_the_first_active_rule_that_fits_decides() -> None:
    assert first_fitting((ASLEEP, FRENCH, EVERYTHING), a_lead(country="FR")) is FRENCH
    assert first_fitting((EVERYTHING, FRENCH), a_lead(country="FR")) is EVERYTHING
    assert first_fitting((FRENCH, EVERYTHING), a_lead()) is EVERYTHING
    assert first_fitting((ASLEEP, FRENCH), a_lead()) is None
    assert first_fitting((), a_lead()) is None
