from typing import Any

import pytest

from gql_leads.domain.leads.lead import Lead, LeadQuality, LeadSource, LeadType, ListingKind
from gql_leads.domain.routing import Rule, first_fitting, fits
from tests.domain.facts import ACME, GENERAL, GLOBEX, make_lead

# what the rule asks, the lead, and whether it fits
CASES: list[tuple[dict[str, Any], Lead, bool]] = [
    ({}, make_lead(), True),
    ({"countries": ("FR", "DE")}, make_lead(country="DE"), True),
    ({"countries": ("FR",)}, make_lead(country="DE"), False),
    ({"countries": ("FR",)}, make_lead(), False),
    ({"types": (LeadType.OFFER,)}, make_lead(), True),
    ({"types": (LeadType.PROFILE,)}, make_lead(), False),
    ({"sources": (LeadSource.EVENT, LeadSource.API)}, make_lead(), True),
    ({"sources": (LeadSource.EVENT,)}, make_lead(), False),
    ({"listing_kinds": (ListingKind.SERVICE,)}, make_lead(listing_kind=ListingKind.SERVICE), True),
    ({"listing_kinds": (ListingKind.SERVICE,)}, make_lead(listing_kind=ListingKind.APPLICATION), False),
    ({"listing_kinds": tuple(ListingKind)}, make_lead(), False),
    ({"qualities": (LeadQuality.LOW,)}, make_lead(quality=LeadQuality.LOW), True),
    ({"qualities": (LeadQuality.LOW,)}, make_lead(), False),
    ({"countries": ("FR",), "types": (LeadType.OFFER,)}, make_lead(country="FR"), True),
    ({"countries": ("FR",), "types": (LeadType.PROFILE,)}, make_lead(country="FR"), False),
    ({"keywords": ("ÉCOLE",)}, make_lead(message="Pour une école\nà Lyon"), True),
    ({"keywords": ("straße",)}, make_lead(company="STRASSE & Bau"), True),
    ({"keywords": ("straße",)}, make_lead(company="STRASSENBAU"), False),  # keywords are whole words
    ({"keywords": ("AI",)}, make_lead(industry="Retail"), False),
    ({"keywords": ("AI",)}, make_lead(message="We maintain trains."), False),
    ({"keywords": ("AI",)}, make_lead(message="Help us with ai!"), True),
    ({"keywords": ("sante",)}, make_lead(message="Assurance santé"), True),
    ({"keywords": ("retail",)}, make_lead(industry="Retail"), True),
    ({"keywords": ("ledger",)}, make_lead(listing_name="The Ledger 365"), True),
    ({"keywords": ("hospital", "school")}, make_lead(message="for a school"), True),
    ({"keywords": ("school",)}, make_lead(message="for a hospital"), False),
    ({"keywords": ("school",)}, make_lead(), False),
    ({"keywords": ("100%",)}, make_lead(message="100% sure"), True),
    ({"keywords": ("100%",)}, make_lead(message="100 percent sure"), False),
    ({"keywords": ("a_b",)}, make_lead(message="aab"), False),
    ({"keywords": (".*",)}, make_lead(message="anything"), False),
    ({"keywords": ("bosu",)}, make_lead(), False),  # the person's name is not looked at
    ({"keywords": ("x y",)}, make_lead(message="x", company="y"), False),  # nor is a text across two facts
]


@pytest.mark.parametrize(("asked", "lead", "expected"), CASES)
def test_a_rule_matches_if_each_criterion_is_empty_or_met(asked: dict[str, Any], lead: Lead, expected: bool) -> None:
    assert fits(Rule(name="", **asked), lead) is expected


FRENCH = Rule(name="French", countries=("FR",), partner_id=ACME)
EVERYTHING = Rule(name="Everything", partner_id=GLOBEX)
INACTIVE = Rule(name="Asleep", is_active=False, queue_id=GENERAL)


def test_the_first_active_matching_rule_is_used() -> None:
    assert first_fitting((INACTIVE, FRENCH, EVERYTHING), make_lead(country="FR")) is FRENCH
    assert first_fitting((EVERYTHING, FRENCH), make_lead(country="FR")) is EVERYTHING
    assert first_fitting((FRENCH, EVERYTHING), make_lead()) is EVERYTHING
    assert first_fitting((INACTIVE, FRENCH), make_lead()) is None
    assert first_fitting((), make_lead()) is None
