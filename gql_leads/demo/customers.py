"""The customer of a demo lead. Person, company, place, language, phone and deal size belong together."""

from random import Random
from typing import Any, Final

from gql_leads.demo.locales import LOCALES, Company, Locale, Name
from gql_leads.demo.texts import HOSTILE_COMPANIES, HOSTILE_MESSAGES, LANGUAGES
from gql_leads.domain.leads.lead import CompanySize, Lead
from gql_leads.domain.values.codes import CURRENCIES

PRIVATE: Final = 0.12
"""The share of customers without a company."""
HOSTILE: Final = 0.2
"""The share of companies and messages with hostile texts in a hostile demo."""
CURRENCY_OF: Final = {locale.country: locale.currency for locale in LOCALES}
PER_EURO: Final = {
    "EUR": 1, "USD": 1.1, "GBP": 0.85, "BRL": 6, "SEK": 11, "DKK": 7.5, "PLN": 4.3, "CZK": 25, "TRY": 40, "HUF": 400, "ISK": 150,
    "VND": 28_000, "NGN": 1_700, "UAH": 45, "RSD": 117, "CNY": 8, "TWD": 35, "JPY": 160, "KRW": 1_500, "EGP": 55, "AED": 4, "KWD": 0.34,
    "ILS": 4, "INR": 95, "THB": 38,
}  # fmt: skip
"""Approximate exchange rates."""
DEAL_EUROS: Final = {
    None: (400, 4_000),
    CompanySize.EMPLOYEES_1_TO_9: (1_000, 6_000),
    CompanySize.EMPLOYEES_10_TO_50: (3_000, 20_000),
    CompanySize.EMPLOYEES_51_TO_250: (10_000, 60_000),
    CompanySize.EMPLOYEES_251_TO_1000: (25_000, 150_000),
    CompanySize.EMPLOYEES_1001_TO_5000: (60_000, 400_000),
    CompanySize.EMPLOYEES_5001_TO_10000: (150_000, 800_000),
    CompanySize.EMPLOYEES_10001_TO_20000: (300_000, 1_500_000),
    CompanySize.EMPLOYEES_OVER_20000: (500_000, 3_000_000),
}
"""Lowest and highest value of a deal by the size of the company; None is a private person."""


def customer(rng: Random, number: int, *, hostile: bool = False) -> dict[str, Any]:
    """Return the lead attributes of the customer of lead `number`, without validity and quality."""
    locale = rng.choice(LOCALES)
    first, last = rng.choice(locale.first_names), rng.choice(locale.last_names)
    company = None if rng.random() < PRIVATE else rng.choice(locale.companies)
    city, region = rng.choice(locale.places) if company is None else locale.place_of(company)
    language = LANGUAGES[locale.language]
    attributes = {
        "first_name": first.written if rng.random() < 0.95 else None,
        "last_name": last.written,
        "title": rng.choice(language.titles) if company and rng.random() < 0.6 else None,
        "email": _email(rng, locale, number, first, last, company),
        "phone": _phone(rng, locale),
        "company": company.name if company else None,
        "company_size": company.size if company else None,
        "industry": company.industry if company and rng.random() < 0.9 else None,
        "city": city,
        "region": region,
        "country": locale.country,
        "consent_to_contact": rng.random() < 0.96,
        "consent_to_share": rng.random() < 0.4,
        "message": rng.choice((*language.messages, *(language.company_messages if company else ()))) if rng.random() < 0.7 else None,
    }
    return attributes | (_hostile_texts(rng, company) if hostile else {})


def deal_value(rng: Random, lead: Lead) -> dict[str, Any]:
    """Return a deal value, rounded to two digits, that fits the customer's country and company size."""
    currency = CURRENCY_OF[lead.country] if lead.country else "EUR"
    lowest, highest = DEAL_EUROS[lead.company_size]
    amount = int(rng.uniform(lowest, highest) * PER_EURO[currency])
    step = 10 ** max(len(str(amount)) - 2, 0)
    return {"deal_minor": amount // step * step * 10 ** CURRENCIES[currency], "deal_currency": currency}


def _hostile_texts(rng: Random, company: Company | None) -> dict[str, str]:
    texts = {}
    if company and rng.random() < HOSTILE:
        texts["company"] = rng.choice(HOSTILE_COMPANIES)
    if rng.random() < HOSTILE:
        texts["message"] = rng.choice(HOSTILE_MESSAGES)
    return texts


def _email(rng: Random, locale: Locale, number: int, first: Name, last: Name, company: Company | None) -> str | None:
    """Return an address that does not exist.

    It is at `.example`, or has a spelling that the provider does not give out (hyphens at Gmail).
    """
    local = f"{first.spelled}.{last.spelled}"
    drawn = rng.random()
    if drawn < 0.04:
        return None
    if drawn < 0.08:
        return f"{local}@@{last.spelled}"
    if drawn < 0.11:
        return f"made-up-{local}-{number}@mailinator.com"
    if drawn < 0.14:
        return f"{first.written}.{number}@пример.example" if locale.country in {"UA", "BG", "RS"} else f"{local}+{number}@mail.example"
    if company is None:
        return f"made-up-{local}-{number}@gmail.com" if drawn < 0.6 else f"{local}{number}@post.example"
    return f"{local}@{company.label}.example"


def _phone(rng: Random, locale: Locale) -> str | None:
    drawn = rng.random()
    if drawn < 0.15:
        return None
    return "12 34" if drawn < 0.2 else locale.phone_number(rng)
