"""Sort order of lists of leads."""

from dataclasses import dataclass
from enum import StrEnum


class LeadSortField(StrEnum):
    CREATED_AT = "CREATED_AT"
    UPDATED_AT = "UPDATED_AT"
    FIRST_NAME = "FIRST_NAME"
    LAST_NAME = "LAST_NAME"
    COMPANY = "COMPANY"
    LISTING_NAME = "LISTING_NAME"
    COUNTRY = "COUNTRY"
    STATUS = "STATUS"
    STAGE = "STAGE"
    QUALITY = "QUALITY"
    EXPIRES_AT = "EXPIRES_AT"


@dataclass(frozen=True, slots=True)
class LeadSort:
    """Sort key of a list of leads."""

    field: LeadSortField
    descending: bool = False


NEWEST_FIRST = (LeadSort(LeadSortField.CREATED_AT, descending=True),)
