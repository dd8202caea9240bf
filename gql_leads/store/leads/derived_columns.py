"""Columns of a lead that are derived from others: sort keys, search texts and keys of duplicates."""

import re
from typing import Final

from gql_leads.domain.leads.lead import full_name
from gql_leads.domain.matching.addresses import email_key, email_spellings
from gql_leads.domain.matching.names import company_name, name_key
from gql_leads.domain.values.text_folding import SEPARATOR, fold, fold_for_search, search_text
from gql_leads.store.leads.phone_keys import phone_keys

_UNSPACED: Final = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]+")
"""A name in a script in which the family name is written first and without a space."""


def derived_columns(
    first_name: str | None,
    last_name: str,
    email: str | None,
    phone: str | None,
    company: str | None,
    listing_name: str | None,
    country: str | None,
) -> dict[str, str | None]:
    """Return the derived columns by name. `phone` is the number as it was given."""
    name = company_name(company) if company else None
    number = phone_keys(phone, country)
    return {
        "first_name_key": fold(first_name) if first_name else None,
        "last_name_key": fold(last_name),
        "company_key": fold(company) if company else None,
        "company_search": fold_for_search(company) if company else None,
        "company_match": name.core if name else None,
        "company_form": name.form if name else None,
        "company_rest": name.rest if name else None,
        "listing_key": fold(listing_name) if listing_name else None,
        "email_key": email_key(email) if email else None,
        "phone_key": number.dialed,
        "phone_local": number.national,
        "person_key": f"{name_key(full_name(first_name, last_name))}{SEPARATOR}{name.core}" if name else None,
        "search_open": search_text(company, listing_name),
        "search_person": person_search_text(first_name, last_name, email),
    }


def person_search_text(first_name: str | None, last_name: str, email: str | None) -> str:
    """Return the search text of a person: the full name in both orders, and the e-mail address.

    An address with an international domain is included in both spellings.
    """
    names = [full_name(first_name, last_name)]
    if first_name:
        names.append(f"{last_name} {first_name}")
        if _UNSPACED.fullmatch(last_name + first_name):
            names.append(last_name + first_name)
    return search_text(*names, *(email_spellings(email) if email else ()))
