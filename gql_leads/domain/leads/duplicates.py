"""Duplicates: matches of two leads that may be the same person or request, and their likelihood."""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from math import prod
from typing import Final


class DuplicateMatch(StrEnum):
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    PERSON_AND_COMPANY = "PERSON_AND_COMPANY"
    COMPANY_AND_LISTING = "COMPANY_AND_LISTING"


LIKELIHOOD: Final = {
    DuplicateMatch.EMAIL: 0.8,
    DuplicateMatch.PHONE: 0.7,
    DuplicateMatch.PERSON_AND_COMPANY: 0.6,
    DuplicateMatch.COMPANY_AND_LISTING: 0.35,
}
"""How likely two leads are the same where this alone matches. No two sets of matches are equally likely."""

OF_THE_CONTACT: Final = frozenset({DuplicateMatch.EMAIL, DuplicateMatch.PHONE, DuplicateMatch.PERSON_AND_COMPANY})
"""Matches that do not exist while the contact of either lead is hidden."""

WITHIN: Final = timedelta(days=30)
"""Between two leads of one company about one listing."""


def score(matched: Iterable[DuplicateMatch]) -> float:
    """From 0 to 1: each match speaks for itself, and all of them would have to mislead."""
    return round(1 - prod(1 - LIKELIHOOD[one] for one in matched), 4)
