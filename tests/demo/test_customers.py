"""Demo customers are consistent: company, place, language, phone, currency and deal size belong together."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from random import Random
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from gql_leads.demo.customers import CURRENCY_OF, DEAL_EUROS, PER_EURO, customer, deal_value
from gql_leads.demo.leads import TYPES
from gql_leads.demo.locales import LOCALES
from gql_leads.demo.steps import FINAL_STATES
from gql_leads.demo.texts import COMMENTS, HOSTILE_COMPANIES, HOSTILE_MESSAGES, LANGUAGES
from gql_leads.domain.leads.lead import CloseReason, CompanySize, Lead, LeadSource, LeadType
from gql_leads.domain.values.codes import COUNTRIES, CURRENCIES
from tests.fixtures import START

CUSTOMERS = 3_000
BY_COUNTRY = {locale.country: locale for locale in LOCALES}
WILD = re.compile(r'[%_*"]|^[=+@-]')
"""Characters that wildcards, quoting or formulas give a meaning."""


def customers(*, hostile: bool = False) -> list[dict[str, Any]]:
    return [customer(Random(number), number, hostile=hostile) for number in range(CUSTOMERS)]


def texts(*found: Iterable[dict[str, Any]]) -> set[str]:
    return {one[name] for some in found for one in some for name in ("company", "message", "title") if one[name]}


def test_a_company_has_one_country_place_industry_and_size() -> None:
    seen = defaultdict(set)
    for one in customers():
        if one["company"]:
            seen[one["company"]].add((one["country"], one["city"], one["region"], one["company_size"]))
    assert len(seen) > 80
    assert {name: places for name, places in seen.items() if len(places) > 1} == {}
    for one in customers():
        company = next((it for it in BY_COUNTRY[one["country"]].companies if it.name == one["company"]), None)
        assert (company is None) == (one["company"] is None)
        assert one["industry"] in ({None, company.industry} if company else {None})


def test_places_and_names_are_of_the_country() -> None:
    for one in customers():
        locale = BY_COUNTRY[one["country"]]
        assert (one["city"], one["region"]) in locale.places
        assert one["last_name"] in {name.written for name in locale.last_names}


def test_messages_and_titles_are_in_the_language_of_the_country_and_fit_company_or_person() -> None:
    for one in customers():
        language = LANGUAGES[BY_COUNTRY[one["country"]].language]
        assert one["message"] in {None, *language.messages, *(language.company_messages if one["company"] else ())}
        assert one["title"] in {None, *(language.titles if one["company"] else ())}


def test_there_are_at_least_sixty_different_messages() -> None:
    assert len({one["message"] for one in customers()} - {None}) >= 60


@pytest.mark.parametrize("size", [None, *CompanySize])
def test_a_deal_has_the_currency_of_the_country_and_the_size_of_the_company(size: CompanySize | None) -> None:
    lowest, highest = DEAL_EUROS[size]
    for country, currency in CURRENCY_OF.items():
        lead = Lead(
            id=uuid7(), reference="L-1", type=LeadType.OFFER, source=LeadSource.API, last_name="x", country=country, company_size=size,
            created_at=START, updated_at=START,
        )  # fmt: skip
        deal = deal_value(Random(1), lead)
        assert deal["deal_currency"] == currency
        assert lowest * 0.9 <= deal["deal_minor"] / 10 ** CURRENCIES[currency] / PER_EURO[currency] <= highest


def test_every_locale_has_known_codes() -> None:
    assert {locale.country for locale in LOCALES} <= set(COUNTRIES)
    assert {locale.currency for locale in LOCALES} <= set(CURRENCIES)
    assert {locale.language for locale in LOCALES} == set(LANGUAGES)


def test_every_reason_has_comments_of_its_own() -> None:
    assert COMMENTS.keys() == set(CloseReason)
    comments = [comment for some in COMMENTS.values() for comment in some if comment]
    assert len(comments) == len(set(comments))


def test_half_of_the_leads_are_offers_and_a_fifth_profiles_and_types_meet_every_state() -> None:
    shares = Counter(TYPES)
    assert shares.keys() == set(LeadType)
    assert shares[LeadType.OFFER] / len(TYPES) == pytest.approx(0.5, abs=0.05)
    assert shares[LeadType.PROFILE] / len(TYPES) == pytest.approx(0.2, abs=0.05)
    pairs = {(number % len(TYPES), number % len(FINAL_STATES)) for number in range(len(TYPES) * len(FINAL_STATES))}
    assert len(pairs) == len(TYPES) * len(FINAL_STATES)


def test_hostile_texts_are_in_the_hostile_demo_only() -> None:
    plain, hostile = texts(customers()), texts(customers(hostile=True))
    assert {one for one in plain if WILD.search(one)} <= {'תפוח זהב בע"מ'}  # A Hebrew legal form is written with a quote.
    assert hostile >= {*HOSTILE_COMPANIES, *HOSTILE_MESSAGES}
    assert not plain & {*HOSTILE_COMPANIES, *HOSTILE_MESSAGES}
