"""Recommendations: order and reasons."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from gql_leads.domain.leads.lead import CompanySize, LeadType, ListingKind
from gql_leads.domain.leads.recommendations import Answers, Candidate, PartnerPreferences, reason, recommended
from tests.domain.facts import NOW

SMALL = CompanySize.EMPLOYEES_10_TO_50


def candidate(minutes: int = 0, **facts: Any) -> Candidate:
    usual: dict[str, Any] = {"id": uuid4(), "created_at": NOW + timedelta(minutes=minutes), "type": LeadType.OFFER}
    return Candidate(**(usual | facts))


def ranked(taste: PartnerPreferences, *leads: Candidate) -> list[UUID]:
    return [lead_id for lead_id, _ in recommended(leads, taste, len(leads))]


def test_without_preferences_the_newest_lead_is_first() -> None:
    old, new = candidate(0), candidate(1)
    assert ranked(PartnerPreferences(), old, new) == [new.id, old.id]
    assert reason(new, PartnerPreferences()) == "It is one of the newest that wait."


def test_keywords_and_sizes_of_profiles_outrank_accepted_leads() -> None:
    taste = PartnerPreferences(("ERP", "Straße"), frozenset({SMALL}), {("country", "FR"): Answers(accepted=50)})
    both = candidate(0, message="We need STRASSE software", company_size=SMALL)
    keyword, size = candidate(1, industry="erp vendors"), candidate(2, company_size=SMALL)
    liked, other = candidate(3, country="FR"), candidate(4)
    assert ranked(taste, other, liked, keyword, size, both) == [both.id, size.id, keyword.id, liked.id, other.id]
    assert reason(both, taste) == "It speaks of “Straße”, as your profiles do, and the customer is of a size they name."
    assert reason(keyword, taste) == "It speaks of “ERP”, as your profiles do."
    assert reason(size, taste) == "The customer is of a size that your profiles name."


def test_a_keyword_is_literal_and_searched_in_all_visible_texts() -> None:
    taste = PartnerPreferences(("100%",))
    for name in ("message", "company", "industry", "listing_name"):
        assert taste.keyword_in(candidate(0, **{name: "we are 100% sure"})) == "100%"
        assert taste.keyword_in(candidate(0, **{name: "1000 of us"})) is None


def test_accepted_values_outrank_declined_ones_for_each_attribute() -> None:
    answers = {
        ("country", "FR"): Answers(accepted=8, declined=1),
        ("country", "DE"): Answers(accepted=1, declined=8),
        ("listing_kind", "SERVICE"): Answers(accepted=3),
        ("industry", "Retail"): Answers(accepted=1),
        ("type", "MARKETING_QUALIFIED"): Answers(declined=2),
    }
    taste = PartnerPreferences(answers=answers)
    best = candidate(0, country="FR", listing_kind=ListingKind.SERVICE)
    service, retail, unknown = candidate(1, listing_kind=ListingKind.SERVICE), candidate(2, industry="Retail"), candidate(3)
    declined, worst = candidate(4, type=LeadType.MARKETING_QUALIFIED), candidate(5, country="DE")
    assert ranked(taste, worst, declined, unknown, retail, service, best) == [
        one.id for one in (best, service, retail, unknown, declined, worst)
    ]
    assert reason(best, taste) == "You accepted 8 of 9 leads from France."
    assert reason(service, taste) == "You accepted 3 of 3 leads about services."
    assert reason(retail, taste) == "You accepted 1 of 1 leads of the industry “Retail”."
    assert reason(worst, taste) == "It is one of the newest that wait."
    liked = PartnerPreferences(answers={("type", "SALES_QUALIFIED"): Answers(accepted=2)})
    assert reason(candidate(type=LeadType.SALES_QUALIFIED), liked) == "You accepted 2 of 2 leads of the type sales qualified."


def test_one_acceptance_weighs_less_than_many() -> None:
    assert 0 < Answers(accepted=1).preference < Answers(accepted=9, declined=1).preference < Answers(accepted=90).preference < 1
    assert Answers().preference == Answers(accepted=4, declined=4).preference == 0


def test_at_most_the_requested_number_is_recommended() -> None:
    assert len(recommended([candidate(one) for one in range(5)], PartnerPreferences(), 3)) == 3
