"""What a board puts side by side: one column for each value of a grouping, in the order people work through them."""

from enum import StrEnum
from typing import Final

from gql_leads.domain.leads.lead import LeadQuality, LeadStage, LeadStatus


class LeadBoardGrouping(StrEnum):
    STATUS = "STATUS"
    STAGE = "STAGE"
    QUALITY = "QUALITY"
    OWNER = "OWNER"
    LISTING = "LISTING"


WORDS: Final[dict[LeadBoardGrouping, tuple[StrEnum, ...]]] = {
    LeadBoardGrouping.STATUS: tuple(LeadStatus),
    LeadBoardGrouping.STAGE: tuple(LeadStage),
    LeadBoardGrouping.QUALITY: tuple(LeadQuality),
}
"""Groupings whose columns are always there, leads or not; of the others, those that have leads."""

MOST_COLUMNS: Final = 100
"""Of those that have leads, the fullest, beside the column of what has no value."""
