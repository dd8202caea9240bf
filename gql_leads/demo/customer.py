"""The customer of a lead: a person, most often of a company, in one of many countries."""

from random import Random
from typing import Any, Final

from gql_leads.demo.names import LOCALES, Locale, Name
from gql_leads.demo.wording import INDUSTRIES, MESSAGES, TITLES
from gql_leads.domain.leads.lead import CompanySize

PRIVATE: Final = 0.18
"""How many are private persons, without a company."""


def customer(rng: Random, number: int) -> dict[str, Any]:
    """What is known of the customer of the so-manyeth lead: attributes of a lead, not judged yet."""
    locale = LOCALES[number % len(LOCALES)]
    first, last = rng.choice(locale.first_names), rng.choice(locale.last_names)
    company = None if rng.random() < PRIVATE else rng.choice(locale.companies)
    city, region = rng.choice(locale.places)
    return {
        "first_name": first.written if rng.random() < 0.95 else None,
        "last_name": last.written,
        "title": rng.choice(TITLES) if rng.random() < 0.5 else None,
        "email": _email(rng, locale, number, first, last, company),
        "phone": _phone(rng, locale),
        "company": company.written if company else None,
        "company_size": rng.choice(list(CompanySize)) if company and rng.random() < 0.8 else None,
        "industry": rng.choice(INDUSTRIES) if company and rng.random() < 0.7 else None,
        "city": city,
        "region": region,
        "country": locale.country if rng.random() < 0.98 else None,
        "consent_to_contact": rng.random() < 0.96,
        "consent_to_share": rng.random() < 0.4,
        "message": rng.choice(MESSAGES) if rng.random() < 0.6 else None,
    }


def _email(rng: Random, locale: Locale, number: int, first: Name, last: Name, company: Name | None) -> str | None:
    """An address nobody has: at `.example`, or one that its provider does not give out (hyphens, at Gmail)."""
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
    return f"{local}@{company.spelled}.example"


def _phone(rng: Random, locale: Locale) -> str | None:
    drawn = rng.random()
    if drawn < 0.15:
        return None
    return "12 34" if drawn < 0.2 else locale.phone_number(rng)
